// Lines and zones on a picture. Configured points are fractions; drawing happens in the picture's pixels, because a
// normal is only square there. Forward is from the left to the right of start→end (x right, y down).
type Spot = [number, number];

export interface DrawnLine { from: Spot; to: Spot; middle: Spot; arrow: string }

/** A line in pixels with the arrow of its forward direction, `reach` pixels long. */
export function drawLine(start: Spot, end: Spot, [width, height]: Spot, reach: number): DrawnLine {
  const from: Spot = [start[0] * width, start[1] * height];
  const to: Spot = [end[0] * width, end[1] * height];
  const middle: Spot = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [-dy / length, dx / length]; // right-hand side of start→end where y points down
  const [ax, ay] = [dx / length, dy / length];
  const tip: Spot = [middle[0] + nx * reach, middle[1] + ny * reach];
  const wing = reach * 0.4;
  const point = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  const back: Spot = [tip[0] - nx * wing, tip[1] - ny * wing];
  const arrow = `M${point(...middle)}L${point(...tip)}M${point(back[0] + ax * wing, back[1] + ay * wing)}L${point(...tip)}L${point(back[0] - ax * wing, back[1] - ay * wing)}`;
  return { from, to, middle, arrow };
}

export const polygon = (points: Spot[], [width, height]: Spot): string =>
  points.map(([x, y]) => `${(x * width).toFixed(1)},${(y * height).toFixed(1)}`).join(' ');

/** What stands on the picture for the n-th line (1, 2, …) or zone (A, B, …): names are too long for it. */
export const lineBadge = (n: number): string => String(n + 1);
export const zoneBadge = (n: number): string => String.fromCharCode(65 + (n % 26));

/** The corner of a zone's polygon that is highest in the picture: where its name stands. */
export const highest = (points: Spot[]): Spot => points.reduce((top, one) => (one[1] < top[1] ? one : top), points[0] ?? [0, 0]);

/** The mean of a polygon's corners: where its mark stands. */
export const middle = (points: Spot[]): Spot =>
  [points.reduce((sum, [x]) => sum + x, 0) / points.length, points.reduce((sum, [, y]) => sum + y, 0) / points.length];
