// The water of a zone as a shape and a word, and its level in words; colour only repeats them.
import type { Camera, LiveEvent } from '../api/types';
import { number } from '../format.svelte';
import { t, type Key } from '../i18n/index.svelte';

export type Water = LiveEvent['water'][number];
type State = Water['state'];
export type Reason = NonNullable<Water['reason']>;

export const WET_SHAPE: Record<State, string> = { dry: '○', wet: '◐', flooded: '■', unknown: '?' };
const WORD: Record<State, Key> = { dry: 'water.dry', wet: 'water.wet', flooded: 'water.flooded', unknown: 'water.unknown' };

const WHY: Record<Reason['code'], Key> = {
  learning: 'water.why.learning', rain: 'water.why.rain', passer: 'water.why.passer', moving: 'water.why.moving', refused: 'water.why.refused',
  refused_at_limit: 'water.why.refused_at_limit', resized: 'water.why.resized', untelling: 'water.why.untelling', unsure: 'water.why.unsure', hidden: 'water.why.hidden',
  unreadable: 'water.why.unreadable', short: 'water.why.short', wet_gauge: 'water.why.wet_gauge', zone_covered: 'water.why.zone_covered',
  zone_unreadable: 'water.why.zone_unreadable', zone_small: 'water.why.zone_small', moved: 'water.why.moved',
};

/** Why something of water is not known, in a sentence. */
export const whyWord = (reason: Reason): string => t(WHY[reason.code], reason.values);

export const wetWord = (state: State): string => t(WORD[state]);
export const watchesWater = (zone: Camera['zones'][number]): boolean => zone.kind === 'water';
export const waterOf = (zone: string, live: LiveEvent | null): Water | undefined => live?.water.find((one) => one.zone === zone);

/** A level such as `42 cm`, or a dash where it can't be read. */
export const levelWord = (one: Water | undefined): string => (one?.level_cm == null ? '–' : `${number(Math.round(one.level_cm))} cm`);
