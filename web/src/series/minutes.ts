// The graph that grows: closed minutes come from the store, the minutes not yet closed are counted here from the live
// crossings. A stored minute always replaces what was counted for it. Bounded: only the last `span` minutes are held.
import type { LiveCrossing } from '../api/types';

const MINUTE = 60_000;

export interface Minute { at: number; value: number | null; coverage: number; provisional: boolean }
interface Stored { value: number; coverage: number; provisional: boolean }

export class Minutes {
  readonly #stored = new Map<number, Stored>();
  readonly #counted = new Map<number, number>();
  readonly #known = new Set<string>();
  #since = Infinity;

  constructor(readonly span = 60) {}

  /** Take the store's word for these minutes. One that may still change stays open: the greater of it and the count. */
  store(t: string[], values: (number | null)[], coverage: (number | null)[], provisional: boolean[]): void {
    for (const [i, text] of t.entries()) {
      const value = values[i] ?? null;
      if (value !== null) this.#stored.set(Date.parse(text), { value, coverage: coverage[i] ?? 0, provisional: provisional[i] ?? false });
    }
  }

  /** Count live crossings; one told twice counts once. `now` is the time of the live event. */
  count(crossings: LiveCrossing[], now: number): number {
    this.#since = Math.min(this.#since, now);
    let fresh = 0;
    const seen = new Map<string, number>(); // two of one class on one line in one instant are two
    for (const c of crossings) {
      const name = `${c.line} ${c.direction} ${c.road_user} ${c.time}`;
      const nth = (seen.get(name) ?? 0) + 1;
      seen.set(name, nth);
      if (this.#known.has(`${name} ${nth}`)) continue;
      this.#known.add(`${name} ${nth}`);
      const at = Math.floor(Date.parse(c.time) / MINUTE) * MINUTE;
      this.#counted.set(at, (this.#counted.get(at) ?? 0) + 1);
      fresh += 1;
    }
    this.#forget(now);
    return fresh;
  }

  #forget(now: number): void {
    const oldest = Math.floor(now / MINUTE) * MINUTE - this.span * MINUTE;
    for (const map of [this.#stored, this.#counted]) for (const at of map.keys()) if (at < oldest) map.delete(at);
    for (const name of this.#known) {
      const time = name.split(' ').at(-2) ?? '';
      if (Date.parse(time) < oldest) this.#known.delete(name);
    }
  }

  /** The last `span` minutes, oldest first. A minute nobody watched is null. */
  rows(now: number): Minute[] {
    const newest = Math.floor(now / MINUTE) * MINUTE;
    return Array.from({ length: this.span }, (_, i) => {
      const at = newest - (this.span - 1 - i) * MINUTE;
      const stored = this.#stored.get(at);
      const counted = this.#counted.get(at);
      if (stored) return { at, ...stored, value: stored.provisional ? Math.max(stored.value, counted ?? 0) : stored.value };
      const watched = at + MINUTE > this.#since;
      if (counted === undefined && !watched) return { at, value: null, coverage: 0, provisional: false };
      return { at, value: counted ?? 0, coverage: 0, provisional: true };
    });
  }
}
