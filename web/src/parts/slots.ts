// A slot's state as a shape and a word; colour only repeats it. Counts of a parking zone come from the same live values.
import type { Camera, LiveEvent, SlotState } from '../api/types';
import { t, type Key } from '../i18n/index.svelte';

export const SLOT_SHAPE: Record<SlotState, string> = { occupied: '■', free: '○', unknown: '?' };
const WORD: Record<SlotState, Key> = { occupied: 'slot.occupied', free: 'slot.free', unknown: 'slot.unknown' };

export const slotWord = (state: SlotState): string => t(WORD[state]);

export interface ZoneSlots { occupied: number; free: number; unknown: number; all: number }

/** The slots of a zone by state; one without a live value is unknown. */
export function slotsOf(zone: string, camera: Camera, live: LiveEvent | null): ZoneSlots {
  const mine = camera.slots.filter((slot) => slot.zone === zone);
  const states = mine.map((slot) => live?.slots.find((one) => one.slot === slot.id)?.state ?? 'unknown');
  const count = (state: SlotState): number => states.filter((one) => one === state).length;
  return { occupied: count('occupied'), free: count('free'), unknown: count('unknown'), all: mine.length };
}
