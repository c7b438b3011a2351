// What the city or an area shows of a theme: the sum over its places where the vocabulary allows one, else the place that has
// been measured for longest. The groups are asked for once for the whole visit.
import { api } from '../api/client';
import type { Group, ThemeNow } from '../api/types';
import { Asking } from '../asking.svelte';
import { house } from '../house.svelte';
import { t } from '../i18n/index.svelte';
import { choicesOf } from '../series/choice';
import { longest, subjectOf, type Subject } from '../series/subject';

const asking = new Asking<Group[]>();

export const groups = {
  get value() { return asking.value; },
  get error() { return asking.error; },
  load: () => void asking.ask(api.groups),
  /** Ask where nobody did. */
  want: () => { if (!asking.value && !asking.busy) groups.load(); },
};

/** `group`: where `subject` is the sum over its places; else `subject` is one of them. */
export interface Shown { subject: Subject; group: Group | null }

/** Of the group with this id; `places`: those that belong to it, null: all. Nothing where nothing measures the theme. */
export function shownOf(id: string, name: string, theme: ThemeNow, places: string[] | null): Shown | null {
  const family = house.families.find((one) => one.name === theme.id);
  const group = asking.value?.find((one) => one.id === id);
  if (group && family) {
    const found = subjectOf(group, family, house.city?.timezone ?? 'UTC', { in: t('group.in'), out: t('group.out') });
    if (choicesOf(found, house.families).length) return { subject: { ...found, name }, group };
  }
  const mine = theme.places.filter((one) => !places || places.includes(one.place));
  const known = mine.map((one) => house.place(one.place)).filter((one) => one !== undefined);
  const single = longest(known, (place) => mine.some((one) => one.place === place && one.current));
  return single ? { subject: { ...single, families: single.families.filter((one) => one === theme.id) }, group: null } : null;
}
