// What has a history: a place, or a group of places whose figures are added. A group is shown one family at a time.
import type { Family, Group, Indicator, Place } from '../api/types';
import type { Preset } from './range';
import { DAY } from './zone';

type Told = 'id' | 'name' | 'families' | 'forward_name' | 'backward_name' | 'timezone' | 'source' | 'licence' | 'revision' | 'service' | 'first' | 'last';

/** `added`: of a group, the indicators that are summed over its places. */
export interface Subject extends Pick<Place, Told> { kind: Place['kind'] | 'group'; added?: string[] }

/** What a family has of it. */
export const indicatorsOf = (subject: Subject, family: Family): Indicator[] =>
  subject.families.includes(family.name) ? family.indicators.filter((one) => (subject.kind === 'group' ? subject.added?.includes(one.id) : one.places.includes(subject.kind))) : [];

/** A group as the graph takes it. Its border has two ways, in and out, which `ways` names. */
export const subjectOf = (group: Group, family: Family, timezone: string, ways: { in: string; out: string }): Subject => ({
  id: group.id, name: group.name, kind: 'group', families: [family.name], added: group.indicators,
  forward_name: ways.in, backward_name: ways.out, timezone, source: '', licence: '', revision: 1, first: group.first, last: group.last,
});

/** The place of a theme that has been measured for longest, of those that are measured still where there are any. */
export function longest(places: Place[], current: (id: string) => boolean): Place | undefined {
  const begun = (one: Place): number => (one.first ? Date.parse(one.first) : Infinity);
  return [...places].sort((a, b) => Number(current(b.id)) - Number(current(a.id)) || begun(a) - begun(b) || a.id.localeCompare(b.id))[0];
}

/** What is shown first: a year as soon as there is a season of it, else what there is. */
export function standardOf(subject: Subject, now: number): Preset {
  const days = subject.first ? (now - Date.parse(subject.first)) / DAY : 0;
  return days > 90 ? 'year' : days > 3 ? 'month' : 'day';
}
