// Which alarm comes first, which one sounds, and how a value stands to its limit. Pure, so that it can be tried in tests.
import type { Alarm, Severity } from '../api/types';

const URGENCY: Record<Severity, number> = { critical: 0, warning: 1, info: 2 };
const STATE: Record<Alarm['state'], number> = { firing: 0, pending: 1, resolved: 2 };

/** Firing before pending, unseen before seen, urgent before mild, old before new. */
export const byUrgency = (a: Alarm, b: Alarm): number =>
  STATE[a.state] - STATE[b.state] || Number(a.acknowledged !== null) - Number(b.acknowledged !== null) || URGENCY[a.severity] - URGENCY[b.severity] || Date.parse(a.since) - Date.parse(b.since);

/** The severity that must be heard: of alarms that fire and that nobody has seen. */
export function heard(alarms: Iterable<Alarm>): Severity | null {
  let worst: Severity | null = null;
  for (const one of alarms) {
    if (one.state !== 'firing' || one.acknowledged !== null) continue;
    if (worst === null || URGENCY[one.severity] < URGENCY[worst]) worst = one.severity;
  }
  return worst;
}

/** Words for "2:05" and "1:02:03": how long something lasts, ticking. */
export function clock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  const two = (n: number): string => String(n).padStart(2, '0');
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

export interface Trace { path: string; limit: number; clear: number | null }

/** The readings on the way to the limit as a path in a box, with the heights of limit and clear. */
export function traced(alarm: Alarm, width: number, height: number): Trace | null {
  if (alarm.trace.length < 2 || alarm.limit === null) return null;
  const values = alarm.trace.map((one) => one.value);
  const times = alarm.trace.map((one) => Date.parse(one.t));
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  const top = Math.max(...values, alarm.limit, alarm.clear ?? alarm.limit) * 1.1 || 1;
  const low = Math.min(0, ...values, alarm.limit);
  const y = (value: number): number => height - ((value - low) / (top - low)) * height;
  const points = values.map((value, i) => `${((((times[i] ?? 0) - first) / (last - first || 1)) * width).toFixed(1)} ${y(value).toFixed(1)}`);
  return { path: `M${points.join('L')}`, limit: y(alarm.limit), clear: alarm.clear === null || alarm.clear === alarm.limit ? null : y(alarm.clear) };
}
