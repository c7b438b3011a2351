// What a page is asked to show of a place or group: the same choice and direction for every figure on it, out of the address.
import type { Family, Indicator, Place, Way } from '../api/types';
import { choicesOf, choose, type Choice } from './choice';
import type { Subject } from './subject';

export const WAYS: Way[] = ['both', 'forward', 'backward'];

export const choiceOf = (subject: Subject, families: Family[], query: URLSearchParams): Choice | undefined =>
  choose(choicesOf(subject, families), query.get('show'));

/** Only lines have a direction, and what crosses the declared border of a group. */
export const directed = (subject: Subject, choice: Choice | undefined): boolean =>
  subject.kind === 'line' || (subject.kind === 'group' && choice?.indicators.every((one) => one.over_places === 'cordon') === true);

export const wayOf = (subject: Subject, choice: Choice | undefined, query: URLSearchParams): Way =>
  (directed(subject, choice) ? WAYS.find((one) => one === query.get('direction')) : undefined) ?? 'both';

/** One figure of a choice: what adds up, together; of a mean and its percentiles, the mean. */
export const addedOf = (choice: Choice): Indicator[] =>
  choice.indicators.every((one) => one.over_time === 'sum') ? choice.indicators : choice.indicators.slice(0, 1);

/** The query that asks a question about one figure of a place or group. */
export const figureQuery = (subject: Subject, choice: Choice, way: Way): { place: string; indicator: string[]; direction: Way } => ({
  place: subject.id, indicator: addedOf(choice).map((one) => one.id), direction: way,
});

/** Places that can be compared with this one: they have the same indicators. With a group none can. */
export const comparable = (subject: Subject, choice: Choice, places: Place[]): Place[] =>
  subject.kind === 'group' ? [] : places.filter((one) => one.id !== subject.id && one.families.includes(choice.family.name) && choice.indicators.every((each) => each.places.includes(one.kind)));

export const MOST_COMPARED = 4;

/** The other places of a comparison, out of the address; those that are not there or can't be compared are left out. */
export function comparedWith(subject: Subject, choice: Choice, places: Place[], query: URLSearchParams): Place[] {
  const ids = [...new Set((query.get('with') ?? '').split(',').filter(Boolean))];
  const possible = comparable(subject, choice, places);
  return ids.map((id) => possible.find((one) => one.id === id)).filter((one): one is Place => one !== undefined).slice(0, MOST_COMPARED - 1);
}
