// The graph as SVG text: a line that breaks at gaps and at a new method, the gap hatched, what is withheld pale, the
// provisional lighter, zero on the axis. No library: the whole script stays within its budget.
import type { Point } from './answer';

export interface Drawing { width: number; height: number; bucket: number; low: number; high: number; now: number }
export interface Ticks { value(n: number): string; time(wall: number): string }
export interface Placed { svg: string; x(wall: number): number; y(value: number): number }

const LEFT = 44, RIGHT = 8, TOP = 10, FOOT = 22;

/** Round numbers from zero up to `top`, about four. */
export function ticksOf(top: number): number[] {
  if (!(top > 0)) return [0, 1];
  const raw = top / 4;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 2.5, 5, 10].find((n) => n * size >= raw) ?? 10) * size;
  return Array.from({ length: Math.ceil(top / step) + 1 }, (_, i) => i * step);
}

const pale = (state: Point['state']): boolean => state !== 'missing' && state !== 'released';

/** Stretches without a figure, as [first, one past the last, whether it is withheld]; what is yet to come is none. */
export function holes(points: Point[], now: number): [number, number, boolean][] {
  const found: [number, number, boolean][] = [];
  const first = points.findIndex((one) => one.value !== null);
  for (const [i, one] of points.entries()) {
    if (one.value !== null || one.wall >= now || first < 0 || (i < first && !pale(one.state))) continue;
    const withheld = pale(one.state);
    const last = found.at(-1);
    if (last && last[1] === i && last[2] === withheld) last[1] = i + 1;
    else found.push([i, i + 1, withheld]);
  }
  return found;
}

/** Runs of points that one line may join: known, next to each other, of one method. */
export function runsOf(points: Point[]): [number, number][] {
  const found: [number, number][] = [];
  for (const [i, one] of points.entries()) {
    if (one.value === null) continue;
    const last = found.at(-1);
    if (last && last[1] === i && points[i - 1]?.method === one.method) last[1] = i + 1;
    else found.push([i, i + 1]);
  }
  return found;
}

/** Where the method differs from the last that measured anything; gaps have none. */
export function breaksOf(points: Point[]): number[] {
  let before = '';
  return points.flatMap((one) => {
    if (one.value === null || !one.method) return [];
    const changed = before !== '' && before !== one.method;
    before = one.method;
    return changed ? [one.wall] : [];
  });
}

/** Where labels of time stand: about one each 90 px, on whole days, months or years where the stretch is long. */
function timesOf(d: Drawing): number[] {
  const room = Math.max(2, Math.floor((d.width - LEFT - RIGHT) / 90));
  const span = d.high - d.low;
  const DAY = 86_400_000;
  if (span <= 2 * DAY) return steps(d, [3, 6, 12].map((n) => n * 3_600_000).find((s) => span / s <= room) ?? DAY);
  if (span <= 70 * DAY) return steps(d, ([1, 2, 7, 14].find((n) => span / (n * DAY) <= room) ?? 28) * DAY);
  const months = [1, 2, 3, 6, 12, 24, 60].find((n) => span / (n * 30 * DAY) <= room) ?? 120;
  const begin = new Date(d.low);
  const found: number[] = [];
  for (let m = begin.getUTCFullYear() * 12 + begin.getUTCMonth(); ; m++) {
    const at = Date.UTC(Math.floor(m / 12), m % 12, 1);
    if (at > d.high) return found;
    if (at >= d.low && m % months === 0) found.push(at);
  }
}

const steps = (d: Drawing, step: number): number[] => {
  const first = Math.ceil(d.low / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((d.high - first) / step) + 1) }, (_, i) => first + i * step);
};

const round = (n: number): number => Math.round(n * 10) / 10;

export function draw(points: Point[], d: Drawing, ticks: Ticks): Placed {
  const top = Math.max(...points.map((one) => one.value ?? 0), 0);
  const levels = ticksOf(top);
  const most = levels.at(-1) ?? 1;
  const x = (wall: number): number => round(LEFT + ((wall - d.low) / (d.high - d.low)) * (d.width - LEFT - RIGHT));
  const y = (value: number): number => round(TOP + (1 - value / most) * (d.height - TOP - FOOT));
  const edge = (i: number): number => x(points[i]?.wall ?? (points[i - 1]?.wall ?? d.low) + d.bucket);
  const middle = (one: Point): number => x(one.wall + d.bucket / 2);
  const ground = y(0);
  const line = (from: number, to: number): string => points.slice(from, to).map((one, i) => `${i ? 'L' : 'M'}${middle(one)} ${y(one.value ?? 0)}`).join('') + (to - from === 1 ? 'h0.1' : '');
  const marks = [
    ...levels.map((level) => `<path class="rule" d="M${LEFT} ${y(level)}H${d.width - RIGHT}"/><text class="tick" x="${LEFT - 6}" y="${y(level) + 4}" text-anchor="end">${ticks.value(level)}</text>`),
    ...timesOf(d).map((at) => `<path class="axis" d="M${x(at)} ${ground}v4"/><text class="tick" x="${x(at)}" y="${ground + 17}" text-anchor="${d.width - x(at) < 30 ? 'end' : 'middle'}">${ticks.time(at)}</text>`),
    ...holes(points, d.now).map(([from, to, withheld]) => `<rect class="${withheld ? 'pale' : 'gap'}" x="${edge(from)}" y="${TOP}" width="${round(Math.max(1, edge(to) - edge(from)))}" height="${round(ground - TOP)}"/>`),
    ...breaksOf(points).map((at) => `<path class="break" d="M${x(at)} ${TOP}V${ground}"/>`),
  ];
  const lines = runsOf(points).map(([from, to]) => {
    const settled = points.slice(from, to).filter((one) => !one.provisional).length;
    const soft = settled < to - from ? `<path class="line soft" d="${line(Math.max(from, from + settled - 1), to)}"/>` : '';
    const area = to - from > 1 ? `<path class="area" d="${line(from, to)}V${ground}H${middle(points[from] as Point)}z"/>` : '';
    return area + (settled ? `<path class="line" d="${line(from, from + settled)}"/>` : '') + soft;
  });
  const svg = `<svg viewBox="0 0 ${d.width} ${d.height}" width="${d.width}" height="${d.height}" aria-hidden="true"><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M-1 7 7-1" class="hatch"/></pattern></defs>${marks.join('')}<path class="axis" d="M${LEFT} ${ground}H${d.width - RIGHT}"/>${lines.join('')}<path class="cross" d=""/></svg>`;
  return { svg, x, y };
}
