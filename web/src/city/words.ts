// How a theme's figure and its change are said. A change is neutral: more is neither good nor bad, so it has a shape, a
// sign and words, and no colour of state.
import type { FigureNow, PlaceNow, ThemeNow } from '../api/types';
import { change as share, number } from '../format.svelte';
import { t, type Key } from '../i18n/index.svelte';

/** -2 much less, -1 less, 0 as usual, 1 more, 2 much more. */
export type Step = -2 | -1 | 0 | 1 | 2;

const UNITS: Record<string, Key> = { visitors: 'unit.passage', traffic: 'unit.vehicle', parking: 'unit.parked', litter: 'unit.lying', water: 'unit.cm' };
const LEADS: Record<string, Key> = { visitors: 'tile.busiest', traffic: 'tile.busiest', parking: 'tile.fullest', litter: 'tile.most', water: 'tile.highest' };

export const unitOf = (theme: ThemeNow): string => t(UNITS[theme.id] ?? 'unit.cm');
export const leadOf = (theme: ThemeNow, n: number): string => t(LEADS[theme.id] ?? 'tile.most', { n });

/** A figure whole where it counts, with one decimal where it is a mean. */
export const figureOf = (value: number): string => number(Math.round(value * 10) / 10);

export function stepOf(theme: ThemeNow, by: number): Step {
  const [more, much] = theme.steps;
  const size = Math.abs(by) >= much ? 2 : Math.abs(by) >= more ? 1 : 0;
  return (by < 0 && size > 0 ? -size : size) as Step;
}

/** "+12 %" or "+12 cm". */
export function changeOf(theme: ThemeNow, by: number): string {
  if (theme.told === 'share') return share(by);
  const rounded = Math.round(by * 10) / 10;
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : ''}${number(Math.abs(rounded))}${theme.id === 'water' ? ` ${t('unit.cm')}` : ''}`;
}

export const markOf = (step: Step): string => (step > 0 ? '▲' : step < 0 ? '▼' : '≈');

/** The change in words, or why there is none. */
export function comparedIn(theme: ThemeNow, figure: Pick<FigureNow, 'change' | 'usual' | 'value' | 'compared'>): string {
  if (figure.change !== null) {
    const step = stepOf(theme, figure.change);
    const said = t(step === 0 ? 'tile.asUsual' : 'tile.onUsual', { change: changeOf(theme, figure.change) });
    return `${markOf(step)} ${said}`;
  }
  if (figure.compared > 0) return t('tile.little');
  return t('tile.noUsual');
}

export const ofPlace = (one: PlaceNow): Pick<FigureNow, 'change' | 'usual' | 'value' | 'compared'> => ({ ...one, compared: one.usual === null || one.value === null ? 0 : 1 });

const STATES: Record<PlaceNow['state'], Key> = {
  released: 'history.none', suppressed: 'history.suppressed', missing: 'now.missing', wider: 'history.wider', held: 'history.held', closed: 'history.closed',
};

/** A place's figure in words, or what its absence is. */
export const valueOf = (one: PlaceNow): string => (one.value === null ? t(STATES[one.state]) : figureOf(one.value));
