// Which stretch of time a graph shows, and how wide its buckets are. A range ends with today for a place that is still
// measured, with its last day for one that is not, or with a chosen day; it lies in whole local days.
import type { Tier } from '../api/types';
import { DAY, dateOf, isDate, shiftDate, startOf } from './zone';

export const PRESETS = ['day', 'week', 'month', 'year', 'five', 'all'] as const;
export type Preset = (typeof PRESETS)[number];

export interface Range { preset: Preset; from: number; to: number; tier: Tier; lastDay: string; fixed: boolean }
export interface Measured { timezone: string; first: string | null; last: string | null }

const HOUR = 3_600_000;
const BACK: Record<Exclude<Preset, 'all'>, { days?: number; months?: number; years?: number }> = {
  day: { days: -1 }, week: { days: -7 }, month: { months: -1 }, year: { years: -1 }, five: { years: -5 },
};

export const isPreset = (text: string | null): text is Preset => PRESETS.includes(text as Preset);

/** A place counts as still measured for two days after its last figure. */
export const isCurrent = (place: Measured, now: number): boolean =>
  place.last === null || now - Date.parse(place.last) < 2 * DAY;

/** The last instant that can have a figure: now, or the end of what was measured (`last` is the end of a bucket). */
export const newestOf = (place: Measured, now: number): number =>
  isCurrent(place, now) ? now : Date.parse(place.last ?? '') - 1;

/** Outside of these nothing can be missing. */
export const boundsOf = (place: Measured, now: number): { low: number; high: number } => ({
  low: place.first ? Date.parse(place.first) : -Infinity,
  high: newestOf(place, now),
});

/** From here on days are narrower than a pixel of a phone, and many; six years, so that five are still days. */
const MONTHS_FROM = 6 * 366 * DAY;

/** The widest buckets that still show what there is to see between two instants. Minutes are for the room. */
export function tierOf(from: number, to: number, minutes = false): Tier {
  if (minutes && to - from <= 12 * HOUR) return 'minute';
  if (to - from <= 62 * DAY) return 'hour';
  return to - from < MONTHS_FROM ? 'day' : 'month';
}

/** The range `preset` of a place, ending with the local day `lastDay` where one is chosen. */
export function rangeOf(preset: Preset, lastDay: string | null, place: Measured, now: number): Range {
  const zone = place.timezone;
  const fixed = isDate(lastDay);
  const anchor = newestOf(place, now);
  const day = fixed ? lastDay : dateOf(anchor, zone);
  const to = startOf(shiftDate(day, { days: 1 }), zone);
  const firstDay = dateOf(place.first ? Date.parse(place.first) : anchor, zone);
  const from = Math.min(startOf(preset === 'all' ? firstDay : shiftDate(shiftDate(day, { days: 1 }), BACK[preset]), zone), to - HOUR);
  return { preset, from, to, tier: tierOf(from, to), lastDay: day, fixed };
}

/** The last day of the range one length earlier (-1) or later (+1); nothing where there can be no figures. */
export function stepDay(range: Range, way: -1 | 1, place: Measured, now: number): string | null {
  if (range.preset === 'all') return null;
  const back = BACK[range.preset];
  const by = way === -1 ? back : Object.fromEntries(Object.entries(back).map(([unit, n]) => [unit, -n]));
  const day = shiftDate(range.lastDay, by);
  if (way === -1) return place.first && day < dateOf(Date.parse(place.first), place.timezone) ? null : day;
  const newest = dateOf(newestOf(place, now), place.timezone);
  if (range.lastDay >= newest) return null;
  return day > newest ? newest : day;
}
