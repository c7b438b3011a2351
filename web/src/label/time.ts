// Where pictures and seconds stand to each other, which stretch was looked at, and where one page ends and the next begins.
// Pure, so that it can be tried without a page.
import type { Stretch } from './api';

/** Samples of the slit-scan: seconds and picture numbers, both rising. Pictures between two samples lie evenly. */
export class Samples {
  t: number[] = [];
  frame: number[] = [];
  constructor(readonly fps: number) {}

  get length(): number { return this.t.length; }

  append(first: number, t: readonly number[], frame: readonly number[]): void {
    if (first !== this.t.length) return; // an answer to an older question
    for (const [i, one] of t.entries()) { this.t.push(one); this.frame.push(frame[i] ?? 0); }
  }

  /** Seconds at which picture `frame` is shown. */
  second(frame: number): number { return between(this.frame, this.t, frame, 1 / this.fps); }

  /** The picture shown at `s`. */
  picture(s: number): number {
    const last = this.frame.at(-1) ?? 1;
    return Math.max(1, Math.min(last, Math.round(between(this.t, this.frame, s, this.fps))));
  }

  /** The first sample at or after `s`. */
  from(s: number): number { return lower(this.t, s); }
}

/** Index of the first value of a rising list that is not below `x`. */
export function lower(values: readonly number[], x: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function between(xs: readonly number[], ys: readonly number[], x: number, slope: number): number {
  const i = lower(xs, x);
  const [x1, y1] = [xs[i], ys[i]];
  if (x1 === x && y1 !== undefined) return y1;
  const [x0, y0] = [xs[i - 1], ys[i - 1]];
  if (x0 === undefined || y0 === undefined) return x1 === undefined || y1 === undefined ? 0 : y1 - (x1 - x) * slope;
  if (x1 === undefined || y1 === undefined) return y0 + (x - x0) * slope;
  return y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

const TOUCH_S = 0.05;
/** Seconds from a mark within which a moment is that mark's; less than moments lie apart. */
export const TAKEN_S = 0.35;

/** The stretch looked at after [a, b] was too; unchanged when a gap lies between, because nobody looked there. */
export function looked(before: Stretch | null, [a, b]: Stretch): Stretch {
  if (!before || before[0] === before[1]) return [a, b];
  if (a > before[1] + TOUCH_S || b < before[0] - TOUCH_S) return before;
  return [Math.min(before[0], a), Math.max(before[1], b)];
}

/** The first of `moments` (seconds) in (after, until] with no crossing within `apart` seconds; nothing when there is none. */
export function nextMoment(moments: readonly number[], taken: readonly number[], after: number, until: number, apart = TAKEN_S): number | null {
  for (let i = lower(moments, after + 1e-6); i < moments.length; i++) {
    const s = moments[i] ?? 0;
    if (s > until) return null;
    if (!taken.some((one) => Math.abs(one - s) <= apart)) return s;
  }
  return null;
}

/** The free moment nearest to `s` within `reach` seconds, for a key that was pressed a little late. */
export function snapped(moments: readonly number[], taken: readonly number[], s: number, reach: number): number {
  let best = s;
  let least = reach;
  for (const one of moments) {
    const gap = Math.abs(one - s);
    if (gap < least && !taken.some((other) => Math.abs(other - one) < 0.25)) [best, least] = [one, gap];
  }
  return best;
}

/** 754.3 as 12:34,3. */
export function clock(s: number, comma: string, digits = 1): string {
  const whole = Math.max(0, s);
  const minutes = Math.floor(whole / 60);
  const rest = (whole - minutes * 60).toFixed(digits);
  if (Number(rest) >= 60) return clock((minutes + 1) * 60, comma, digits);
  return `${minutes}:${rest.padStart(digits ? 3 + digits : 2, '0').replace('.', comma)}`;
}
