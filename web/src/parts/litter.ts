// What lies where litter is watched. Whether it has lain too long is a shape and a word; colour only repeats it.
import type { Camera, LiveEvent } from '../api/types';

export type Lying = LiveEvent['litter'][number];

export const LITTER_SHAPE: Record<Lying['stage'], string> = { within: '◇', over: '◆' };

export const watchesLitter = (zone: Camera['zones'][number]): boolean => zone.kind === 'litter' || zone.kind === 'bin';

/** What lies in a zone now, longest first. */
export function litterOf(zone: string, live: LiveEvent | null): Lying[] {
  return (live?.litter ?? []).filter((one) => one.zone === zone).sort((a, b) => a.since.localeCompare(b.since));
}
