// From the API's series to what a chart, a strip, a table and a sentence need. A bucket without a value stays null: it
// breaks the line and becomes a span with its reason; it is never a zero and never bridged.
import type { Column, Series, Tier, Words } from '../api/types';
import { wallOf } from './zone';

export interface Track { id: string; label: Words; unit: string; values: (number | null)[] }
/** Watched, and yet no figure: 1 to 9 people, published at the next tier only, or not for the public. */
export type Hidden = 'suppressed' | 'wider' | 'closed';
export interface Span { from: number; to: number; reason: string; kind: 'outage' | 'fault' | 'moved' | 'unwatched' | 'held' | 'thin' | Hidden }
export interface Bounds { low: number; high: number }
export interface Stretch { from: number; to: number; level: number }
export interface Model {
  tier: Tier;
  zone: string;
  bucket: number;
  utc: number[];
  wall: number[];
  tracks: Track[];
  total: (number | null)[];
  coverage: (number | null)[];
  provisional: boolean[];
  night: (number | null)[];
  rain: (number | null)[];
  doubts: { from: number; to: number }[];
  held: boolean[];
  hidden: (Hidden | null)[];
  adds: boolean;
  spans: Span[];
  breaks: { at: number; method: string; revision: number }[];
  strip: Stretch[];
  low: number;
  high: number;
}

export const BUCKET: Record<Tier, number> = { minute: 60_000, quarter_hour: 900_000, hour: 3_600_000, day: 86_400_000, month: 30 * 86_400_000 };

/** Below this a bucket that adds up is too small by what was not seen: it is hatched and no peak. */
export const THIN = 0.8;

const LEVELS = [0.999, 0.95, 0.8, 0.5, 0];

/** Coverage in five steps, 0 (complete) to 4 (nearly nothing), so that neighbours of one step are drawn as one. */
export const levelOf = (coverage: number): number => LEVELS.findIndex((least) => coverage >= least);

/** Where buckets are missing altogether, one empty bucket is put in, which breaks the line. */
function spread(utc: number[], bucket: number): (number | null)[] {
  const rows: (number | null)[] = [];
  for (const [i, at] of utc.entries()) {
    const before = utc[i - 1];
    if (before !== undefined && at - before > bucket * 1.5) rows.push(null);
    rows.push(i);
  }
  return rows;
}

/** Runs of equal `kind` over the buckets, as [first, one past the last]. */
function runs<T>(kinds: T[]): { kind: T; from: number; to: number }[] {
  const found: { kind: T; from: number; to: number }[] = [];
  for (const [i, kind] of kinds.entries()) {
    const last = found.at(-1);
    if (last && last.kind === kind) last.to = i + 1;
    else found.push({ kind, from: i, to: i + 1 });
  }
  return found;
}

/** Sum over tracks; unknown as soon as one of them is. */
export function totals(columns: (number | null)[][], n: number): (number | null)[] {
  return Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (const values of columns) {
      const value = values[i];
      if (value === null || value === undefined) return null;
      sum += value;
    }
    return columns.length ? sum : null;
  });
}

const HIDDEN: Hidden[] = ['closed', 'wider', 'suppressed'];

/** Why a bucket's figure is withheld, where one of its tracks is. */
function hiddenOf(columns: Column[], row: number): Hidden | null {
  const states = columns.map((column) => column.states?.[row]);
  return HIDDEN.find((kind) => states.includes(kind)) ?? null;
}

/** The chart's model of a series. `bounds` (instants): before the first figure and after now nothing can be missing. */
export function modelOf(series: Series, bounds: Bounds = { low: -Infinity, high: Infinity }): Model {
  const bucket = BUCKET[series.tier];
  const zone = series.timezone;
  const times = series.t.map((text) => Date.parse(text));
  const rows = spread(times, bucket);
  const pick = <T>(values: T[] | undefined, none: T): T[] => rows.map((i) => (i === null ? none : (values?.[i] ?? none)));
  const utc = rows.map((i, row) => (i === null ? (times[(rows[row - 1] as number | null) ?? 0] ?? 0) + bucket : (times[i] ?? 0)));
  const wall = utc.map((ms) => wallOf(ms, zone));
  const tracks = series.columns.map((c: Column) => ({
    id: c.indicator, label: c.label, unit: c.unit, values: pick<number | null>(c.values, null),
  }));
  // People of a group may wait to be published long after the bucket is over: that is no gap either.
  const waits = (i: number): boolean => series.columns.some((column) => column.states?.[i] === 'held');
  const held = rows.map((i) => i !== null && ((series.held[i] ?? false) || waits(i)));
  const hidden = rows.map((i) => (i === null ? null : hiddenOf(series.columns, i)));
  const coverage = pick<number | null>(series.coverage, null);
  const adds = series.columns.every((column) => column.over_time === 'sum');
  // What does not add up is told by its first track: a mean, and its percentiles beside it.
  const total = adds ? totals(tracks.map((track) => track.values), rows.length) : (tracks[0]?.values ?? []);
  const endOf = (row: number): number => wall[row + 1] ?? (wall[row] ?? 0) + bucket;
  const toWall = (text: string): number => wallOf(Date.parse(text), zone);
  const low = Number.isFinite(bounds.low) ? wallOf(bounds.low, zone) : bounds.low;
  const high = Number.isFinite(bounds.high) ? wallOf(bounds.high, zone) : bounds.high;
  const clip = (span: Span): Span => ({ ...span, from: Math.max(span.from, low), to: Math.min(span.to, high) });
  const told = series.gaps.map((gap): Span => clip({ from: toWall(gap.from), to: toWall(gap.to), reason: gap.reason, kind: gap.kind }));
  const spans = told.filter((span) => span.from < span.to);
  const provisional = pick(series.provisional, false);
  const thin = (i: number): boolean => adds && !provisional[i] && (coverage[i] ?? 1) < THIN;
  for (const run of runs(total.map((value, i) => (held[i] ? 'held' : value === null ? (hidden[i] ?? 'gap') : thin(i) ? 'thin' : '')))) {
    const from = wall[run.from] ?? 0;
    const to = endOf(run.to - 1);
    if (run.kind !== 'gap') {
      if (run.kind) spans.push({ from, to, reason: '', kind: run.kind });
      continue;
    }
    const known = told.some((gap) => gap.from < to && gap.to > from);
    const silent = clip({ from, to, reason: '', kind: 'unwatched' });
    if (!known && silent.from < silent.to) spans.push(silent);
  }
  const strip = runs(coverage.map((value, i) => (value === null || total[i] === null ? -1 : levelOf(value))))
    .filter((run) => run.kind >= 0)
    .map((run) => ({ from: wall[run.from] ?? 0, to: endOf(run.to - 1), level: run.kind }));
  return {
    tier: series.tier, zone, bucket, utc, wall, tracks, total, coverage, held, hidden, provisional, adds, spans, strip, low, high,
    night: pick<number | null>(series.night, null), rain: pick<number | null>(series.rain, null),
    doubts: (series.doubts ?? []).map((one) => ({ from: toWall(one.from), to: toWall(one.to) })),
    breaks: series.breaks.map((b) => ({ at: toWall(b.t), method: b.method, revision: b.revision })),
  };
}

/** Whether bucket `a` is a better peak than `b`: a well-covered one always is, before one that is not. */
function greater(model: Model, a: number, b: number): boolean {
  const full = (i: number): number => Number((model.coverage[i] ?? 0) >= THIN);
  return full(a) - full(b) > 0 || (full(a) === full(b) && (model.total[a] ?? 0) > (model.total[b] ?? 0));
}

export interface Summary { figure: number | null; coverage: number; peak: number; filled: number; buckets: number }

/**
 * One figure for the shown stretch: the sum of what adds up, else the mean of the buckets weighted by their coverage.
 * `peak` is the row of the greatest bucket (-1 for none); `coverage` is the mean over all buckets between the place's first
 * figure and now, empty ones as zero; held ones are left out.
 */
export function summarise(model: Model, low = -Infinity, high = Infinity): Summary {
  let sum = 0, weight = 0, covered = 0, peak = -1, filled = 0, buckets = 0;
  for (const [i, at] of model.wall.entries()) {
    const next = model.wall[i + 1] ?? at + model.bucket;
    if (next <= Math.max(low, model.low) || at >= Math.min(high, model.high) || at < low || model.held[i]) continue;
    const n = Math.max(1, Math.round((next - at) / model.bucket));
    buckets += n;
    const value = model.total[i];
    if (value === null || value === undefined) continue;
    const share = model.coverage[i] ?? 0;
    filled += 1;
    covered += share;
    sum += model.adds ? value : value * share;
    weight += share;
    if (peak < 0 || greater(model, i, peak)) peak = i;
  }
  const mean = weight > 0 ? sum / weight : null;
  return { figure: filled === 0 ? null : model.adds ? sum : mean, coverage: buckets ? covered / buckets : 0, peak, filled, buckets };
}
