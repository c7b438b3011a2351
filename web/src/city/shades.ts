// What the map of areas shades: the step of each area's change, in the theme's own words.
import type { ThemeNow } from '../api/types';
import { t } from '../i18n/index.svelte';
import { changeOf, markOf, stepOf, type Step } from './words';

export interface Shade { step: Step | null; word: string }

/** By code; an area without a change has no step, and says so. */
export function shadesOf(theme: ThemeNow): Map<string, Shade> {
  return new Map(theme.areas.map((area): [string, Shade] => {
    if (area.change === null) return [area.code, { step: null, word: t('now.unknown') }];
    const step = stepOf(theme, area.change);
    return [area.code, { step, word: `${markOf(step)} ${changeOf(theme, area.change)}` }];
  }));
}

/** From much less to much more. */
export function legendOf(theme: ThemeNow): string[] {
  const [more, much] = theme.steps;
  return [
    `≤ ${changeOf(theme, -much)}`, `≤ ${changeOf(theme, -more)}`, t('now.asUsual'), `≥ ${changeOf(theme, more)}`, `≥ ${changeOf(theme, much)}`,
  ];
}
