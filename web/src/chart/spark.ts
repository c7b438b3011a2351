// A line without axes: one path per unbroken run, so that a gap stays open. Zero is the lower edge. The first value stands at the
// left edge: of a day that is still going on, the rest is empty.

export interface Spark { paths: string[]; gaps: [number, number][]; end: string }

/** The largest of some values, at least 1. */
export const topOf = (...values: (number | null)[]): number => Math.max(1, ...values.filter((value): value is number => value !== null));

/** SVG paths, hatched stretches [from, to] and the end dot of `values` in a box of `width` × `height`, `top` at its upper edge. */
export function spark(values: (number | null)[], slots: number, width: number, height: number, top = topOf(...values)): Spark {
  const step = width / Math.max(1, slots - 1);
  const x = (i: number): string => (i * step).toFixed(1);
  const y = (value: number): string => (height - (value / top) * height).toFixed(1);
  const paths: string[] = [];
  const gaps: [number, number][] = [];
  let end = '';
  let from = 0;
  for (let i = 1; i <= values.length; i++) {
    const empty = values[from] === null;
    if (i < values.length && (values[i] === null) === empty) continue;
    if (empty) gaps.push([Math.max(0, from - 1) * step, Math.min(width, i * step)]);
    else {
      const points = values.slice(from, i).map((value, k) => `${x(from + k)} ${y(value ?? 0)}`);
      paths.push(`M${points.join('L')}`);
      if (i === values.length) end = `M${points.at(-1)}h.01`;
    }
    from = i;
  }
  return { paths, gaps, end };
}
