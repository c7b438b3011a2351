// What a taught function says of itself, in words: its answer now with the reason, how often it is wrong, what it lacks.
import type { TaughtFunction } from '../api/types';
import { number, percent, when } from '../format.svelte';
import { t, type Key } from '../i18n/index.svelte';

export type TaughtLabel = TaughtFunction['examples'][number]['label'];
export type TaughtAnswer = 'yes' | 'no' | 'abstain' | 'untaught';

export const ANSWER_SHAPE: Record<TaughtAnswer, string> = { yes: '▲', no: '●', abstain: '?', untaught: '○' };
export const ANSWER_WORD: Record<TaughtAnswer, Key> = { yes: 'taught.yes', no: 'taught.no', abstain: 'taught.abstain', untaught: 'taught.untaught' };
export const LABEL_SHAPE: Record<TaughtLabel, string> = { normal: '●', yes: '▲' };
export const labelWord = (label: TaughtLabel): string => t(label === 'normal' ? 'taught.normal' : 'taught.notNormal');

export const answerOf = (one: TaughtFunction): TaughtAnswer => one.sight?.answer ?? (one.in_force ? 'abstain' : 'untaught');

/** Why it answers so; empty where nothing is to be said. */
export function reasonOf({ sight, report }: TaughtFunction): string {
  if (!sight) return '';
  if (sight.fault === 'hidden') return t('taught.hidden');
  if (sight.answer === 'untaught' || !report) return '';
  if (sight.answer !== 'abstain') return t('taught.chance', { chance: percent(sight.chance) });
  return sight.distance > sight.limit ? t('taught.unlike') : t('taught.doubt', { chance: percent(sight.chance) });
}

/** Its own error from examples that it was not shown, or why that is not known. */
export function errorOf({ report }: TaughtFunction): string {
  if (!report) return '';
  if (report.error === null || report.interval === null) return t('taught.errorUnknown', { groups: number(report.groups) });
  return t('taught.error', {
    asked: number(report.answered + report.abstained), wrong: number(report.wrong), share: percent(report.error), low: percent(report.interval[0]),
    high: percent(report.interval[1]), abstained: number(report.abstained), groups: number(report.groups),
  });
}

/** Examples of one kind. */
export const countOf = (one: TaughtFunction, label: TaughtLabel): number => one.examples.filter((example) => example.label === label).length;

/** Examples that nothing was learned from yet. */
export const pendingOf = (one: TaughtFunction): number => Math.max(0, one.examples.length - one.in_force);

/** What is learned, what is not yet, and what it needs before it can. */
export function lessonOf(one: TaughtFunction, zone: string): string[] {
  const missing = (['normal', 'yes'] as const).filter((label) => countOf(one, label) < one.fewest);
  const said: string[] = [];
  if (one.learned && one.in_force) said.push(t('taught.learned', { n: number(one.in_force), time: when(Date.parse(one.learned), zone, 'both'), by: one.by }));
  if (missing.length) said.push(...missing.map((label) => t('taught.missing', { n: number(one.fewest - countOf(one, label)), label: labelWord(label) })));
  else if (!one.in_force) said.push(t('taught.enough'));
  else if (pendingOf(one)) said.push(t('taught.pending', { n: number(pendingOf(one)) }));
  return said;
}

/** Whether learning now would change something. */
export const canLearn = (one: TaughtFunction): boolean =>
  countOf(one, 'normal') >= one.fewest && countOf(one, 'yes') >= one.fewest && (pendingOf(one) > 0 || !one.in_force);
