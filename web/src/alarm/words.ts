// An alarm in words: its value against its limit, how often its rule was right, why it is over.
import type { Alarm } from '../api/types';
import { number, percent } from '../format.svelte';
import { t, type Key } from '../i18n/index.svelte';
import { unitWords } from '../units';

export const CAUSES: Record<Exclude<Alarm['cause'], ''>, Key> = {
  cleared: 'alarm.cause.cleared', ended: 'alarm.cause.ended', schedule: 'alarm.cause.schedule', judged: 'alarm.cause.judged', rule: 'alarm.cause.rule', unwatched: 'alarm.cause.unwatched',
};
export const REASONS: Key[] = ['alarm.reason.light', 'alarm.reason.weather', 'alarm.reason.allowed', 'alarm.reason.place', 'alarm.reason.drill'];

/** "6,2 orang, batas 5": the newest value while it is open, the furthest once it is over. */
export function against(alarm: Alarm): string {
  const value = alarm.state === 'resolved' ? alarm.peak : alarm.value;
  if (value === null || alarm.limit === null) return '';
  return t(alarm.side === 'above' ? 'alarm.above' : 'alarm.below', { value: number(value), limit: number(alarm.limit), unit: unitWords(alarm.unit) });
}

/** "benar 8 dari 10 (49–94 %)". */
export function rightness(precision: Alarm['precision']): string {
  if (!precision.n || !precision.interval) return t('alarm.unjudged');
  const [low, high] = precision.interval;
  return t('alarm.right', { right: number(precision.right), n: number(precision.n), low: percent(low), high: percent(high) });
}
