// What a graph of a place can show: what adds up is shown together, stacked (all vehicles); what is sampled, alone; a mean
// together with its percentiles.
import type { Family, Indicator, Place } from '../api/types';
import { indicatorsOf, type Subject } from './subject';

export interface Choice { id: string; family: Family; indicators: Indicator[]; whole: boolean }

const isPercentileOf = (one: Indicator, base: Indicator): boolean => /^p\d+$/.test(one.take ?? '') && one.name === `${base.name}_${one.take}`;

/** The choices of a place or group: per family everything that adds up, then each indicator alone; the first is the default. */
export function choicesOf(subject: Subject, families: Family[]): Choice[] {
  const found: Choice[] = [];
  for (const family of families) {
    const here = indicatorsOf(subject, family);
    const adding = here.filter((one) => one.over_time === 'sum' && one.road_user); // classes add up; who came and who left does not
    if (adding.length > 1) found.push({ id: family.name, family, indicators: adding, whole: true });
    for (const one of here) {
      const base = here.find((other) => isPercentileOf(one, other));
      if (!base) found.push({ id: one.id, family, indicators: [one, ...here.filter((other) => isPercentileOf(other, one))], whole: false });
    }
  }
  return found;
}

/** What a family shows of a place in one figure: all its classes together, else its first indicator. */
export function headline(family: Family, kind: Place['kind']): Indicator[] {
  const here = family.indicators.filter((one) => one.places.includes(kind));
  const adding = here.filter((one) => one.over_time === 'sum' && one.road_user);
  return adding.length ? adding : here.slice(0, 1);
}

export const choose = (choices: Choice[], id: string | null): Choice | undefined =>
  choices.find((choice) => choice.id === id) ?? choices[0];
