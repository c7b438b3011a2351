// What must be known beside a bucket: that it was counted at night or in rain, or that a self-check doubts it.
import { percent } from '../format.svelte';
import { t } from '../i18n/index.svelte';
import type { Model } from './model';

const LEAST = 0.05;
const WHOLE = 0.95;

/** "malam", "hujan 40 %": what made counting hard in this bucket; nothing where there is no figure. */
export function weatherOf(model: Model, row: number): string[] {
  if (model.total[row] === null || model.total[row] === undefined) return [];
  const part = (word: string, share: number | null | undefined): string =>
    (share ?? 0) < LEAST ? '' : (share ?? 0) >= WHOLE ? word : t('condition.part', { word, share: percent(share ?? 0) });
  return [part(t('condition.night'), model.night[row]), part(t('condition.rain'), model.rain[row])].filter(Boolean);
}

/** The same, and doubts. */
export function conditionsOf(model: Model, row: number): string[] {
  const at = model.wall[row] ?? 0;
  return [...weatherOf(model, row), doubtIn(model, at, at + 1)].filter(Boolean);
}

const doubted = (model: Model, row: number): boolean => {
  const at = model.wall[row] ?? 0;
  return model.doubts.some((one) => one.from < at + model.bucket && one.to > at);
};

/** What is said beside a figure of which some buckets are doubted; empty where none is. */
export function doubtIn(model: Model, low: number, high: number): string {
  return model.wall.some((at, row) => at >= low && at < high && model.total[row] !== null && doubted(model, row)) ? t('checks.doubt') : '';
}
