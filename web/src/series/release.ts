// The portal shows what the public may see, also to an operator who is signed in and whom the API tells more: a bucket
// that ended less than the city's delay ago is held.
import type { Series } from '../api/types';
import { BUCKET } from './model';

export function asReleased(series: Series, delay_s: number, now: number): Series {
  const newest = now - delay_s * 1000;
  const ends = series.t.map((text, i) => Date.parse(series.t[i + 1] ?? '') || Date.parse(text) + BUCKET[series.tier]);
  const held = series.t.map((text, i) => (series.held[i] ?? false) || ((ends[i] ?? 0) > newest && Date.parse(text) < now));
  return {
    ...series,
    held,
    coverage: series.coverage.map((value, i) => (held[i] ? null : value)),
    columns: series.columns.map((column) => ({ ...column, values: column.values.map((value, i) => (held[i] ? null : value)) })),
  };
}

/** Whether people of buckets that are over are not published yet: of a group that is done place by place, and takes a while. */
export const unpublished = (series: Series): boolean => series.columns.some((column) => column.states?.some((state, i) => state === 'held' && !series.held[i]));
