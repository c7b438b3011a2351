// Whether a figure has been compared with what people saw, in words. Accuracy never stands without its interval and n;
// a figure made of several classes has no accuracy of its own, so the least accurate class speaks for it.
import type { Series, Validation } from '../api/types';
import { change, number, percent, when } from '../format.svelte';
import { say, t } from '../i18n/index.svelte';

/** In one line: `text` for people, `warning` where a class is less accurate than it must be, else empty. */
export interface Validity { status: Validation['status']; text: string; warning: string }

type Name = (indicator: string) => string;

/** "ketepatan 95% [88–100%], n 84, 23 Nov 2026"; empty where nothing was compared. */
function measured(one: Validation, zone: string): string {
  if (one.accuracy === null || one.interval === null) return '';
  const [low, high] = one.interval;
  return t('validity.measured', {
    accuracy: percent(one.accuracy), low: percent(low).replace(/\s?%$/, ''), high: percent(high), n: number(one.n ?? 0),
    date: one.date === null ? '–' : when(Date.parse(one.date), zone, 'date'),
  });
}

/** One class. `counted`: whether labelled crossings can validate it at all; means of samples can't be compared yet. */
function phrase(one: Validation, zone: string, counted: boolean): string {
  const found = measured(one, zone);
  if (one.status === 'expired') return t('validity.expired');
  if (one.status === 'validated') return found ? t('validity.validated', { measured: found }) : t('validity.validatedOnly');
  if (!counted || one.n === null) return t('validity.unvalidated');
  if (one.n >= one.needed && found) return t('validity.failed', { measured: found });
  return t('validity.few', { n: number(one.n), needed: number(one.needed) });
}

/** Several classes together: how many of them fall short, else the least accurate one. */
function together(entries: Validation[], name: Name, zone: string): string {
  const of = number(entries.length);
  const count = (status: Validation['status']): number => entries.filter((one) => one.status === status).length;
  const [expired, unvalidated] = [count('expired'), count('unvalidated')];
  const short = [
    expired ? t('validity.expiredOf', { n: number(expired), of }) : '',
    unvalidated ? t('validity.unvalidatedOf', { n: number(unvalidated), of }) : '',
  ].filter(Boolean);
  if (short.length) return short.join(', ');
  const least = entries.reduce((low, one) => ((one.accuracy ?? 0) < (low.accuracy ?? 0) ? one : low));
  return t('validity.each', { name: name(least.indicator), measured: measured(least, zone) });
}

function worst(entries: Validation[]): Validation['status'] {
  if (entries.some((one) => one.status === 'expired')) return 'expired';
  return entries.length && entries.every((one) => one.status === 'validated') ? 'validated' : 'unvalidated';
}

interface Asked { name: Name; zone: string; from?: number | undefined; counted?: (indicator: string) => boolean }

/** What is said beside a figure. `from`: start of its first bucket; a status that begins later says since when. */
export function validityOf(entries: Validation[], { name, zone, from, counted = () => true }: Asked): Validity {
  const [first] = entries;
  if (!first) return { status: 'unvalidated', text: t('validity.unvalidated'), warning: '' };
  const many = entries.length > 1;
  const text = many ? together(entries, name, zone) : phrase(first, zone, counted(first.indicator));
  const since = Math.max(...entries.map((one) => (one.since === null ? -Infinity : Date.parse(one.since))));
  const partly = from !== undefined && since > from && entries.some((one) => one.n !== 0);
  const flagged = entries.filter((one) => one.flagged).map((one) => name(one.indicator));
  return {
    status: worst(entries),
    text: partly ? t('validity.since', { validity: text, date: when(since, zone, 'date') }) : text,
    warning: !flagged.length ? '' : many ? t('validity.flaggedOf', { names: flagged.join(', ') }) : t('validity.flagged'),
  };
}

/** What is said beside a figure of a series. */
export function validityOfSeries(series: Series, from?: number): Validity {
  const column = (id: string) => series.columns.find((one) => one.indicator === id);
  const name = (id: string): string => { const found = column(id); return found ? say(found.label) : id; };
  // What is sampled is shown with its percentiles, which are as right as it is: one of them speaks.
  const sums = (series.validations ?? []).filter((one) => column(one.indicator)?.over_time !== 'mean');
  const entries = sums.length ? sums : (series.validations ?? []).slice(0, 1);
  return validityOf(entries, { name, zone: series.timezone, from, counted: (id) => column(id)?.over_time !== 'mean' });
}

/** The whole story of one class, for what stands under the graph. */
export function told(one: Validation, zone: string, counted = true): string {
  const found = measured(one, zone);
  if (one.status === 'unvalidated' && !(found && (one.n ?? 0) >= one.needed)) {
    return !counted || !one.n ? t('validity.never') : t('validity.fewLong', { n: number(one.n), needed: number(one.needed) });
  }
  const lead = one.status === 'expired' ? t('validity.expiredLong', { measured: found || '–' }) : `${phrase(one, zone, counted)}.`;
  const net = one.net_error === null ? '' : t('validity.net', { net: change(one.net_error) });
  const scope = one.scope === 'camera' ? t('validity.camera', { lines: one.lines.join(', ') || '–' }) : one.scope === 'line' ? t('validity.line') : '';
  const truth = one.source ? t('validity.truth', { source: one.source }) : '';
  return [lead.charAt(0).toUpperCase() + lead.slice(1), scope, net, truth].filter(Boolean).join(' ');
}

/** `text` and `warning` as one run of words, for sentences and citations. */
export const inWords = (validity: Validity): string => [validity.text, validity.warning].filter(Boolean).join('; ');
