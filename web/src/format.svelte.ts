// Numbers and times as the chosen language writes them. The zone is always said; nothing here reads a clock.
import { lang } from './i18n/index.svelte';

const locale = (): string => (lang.now === 'id' ? 'id-ID' : 'en-GB');
const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(); // a few dozen

function once<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(name: string, make: () => T): T {
  const found = made.get(name);
  if (found) return found as T;
  const fresh = make();
  made.set(name, fresh);
  return fresh;
}

/** A count whole, a mean with one decimal below 100, a share with two. */
export function number(value: number): string {
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) < 1 ? 2 : 1;
  return once(`n${digits}${locale()}`, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits })).format(value);
}

/** 1.284.000 as 1,3 jt: for axes. */
export const short = (value: number): string =>
  once(`s${locale()}`, () => new Intl.NumberFormat(locale(), { notation: 'compact', maximumFractionDigits: 1 })).format(value);

/** A share as whole per cent; just under the whole never reads as the whole. */
export function percent(share: number): string {
  const shown = share < 1 && share > 0.995 ? 0.99 : share > 0 && share < 0.005 ? 0.01 : share;
  return once(`p${locale()}`, () => new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 })).format(shown);
}

export const change = (share: number): string =>
  once(`c${locale()}`, () => new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' })).format(share);

const SHAPES = {
  time: { hour: '2-digit', minute: '2-digit' },
  second: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  day: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
  both: { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' },
  axisTime: { hour: '2-digit', minute: '2-digit' },
  axisDay: { day: 'numeric', month: 'short' },
  axisMonth: { month: 'short', year: 'numeric' },
  axisYear: { year: 'numeric' },
  weekday: { weekday: 'short' },
  weekdayLong: { weekday: 'long' },
  month: { month: 'short' },
} satisfies Record<string, Intl.DateTimeFormatOptions>;
export type Shape = keyof typeof SHAPES;

/** A moment in the words of the language, on the clock of `zone`. */
export function when(ms: number, zone: string, shape: Shape): string {
  return once(`d${shape}${zone}${locale()}`, () =>
    new Intl.DateTimeFormat(locale(), { ...SHAPES[shape], timeZone: zone, hourCycle: 'h23' }),
  ).format(ms);
}

/** "3 menit lalu" for `ms` seen from `now`. */
export function ago(ms: number, now: number): string {
  const s = Math.round((ms - now) / 1000);
  const relative = once(`r${locale()}`, () => new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'long' }));
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', 86_400], ['hour', 3_600], ['minute', 60]];
  for (const [unit, size] of steps) if (Math.abs(s) >= size) return relative.format(Math.trunc(s / size), unit);
  return relative.format(s, 'second');
}

/** The zone's short name as people write it: WIB, WITA, WIT, else its offset or abbreviation. */
export function zoneName(zone: string, ms: number): string {
  const parts = new Intl.DateTimeFormat(locale(), { timeZone: zone, timeZoneName: 'short' }).formatToParts(ms);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? zone;
}
