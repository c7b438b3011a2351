// What every page needs to know once: the city, its indicators and places, who is looking. Kept for the visit, so that
// going from page to page shows no skeleton twice.
import { api, onSignedOut, Problem } from './api/client';
import type { SeriesQuery } from './api/client';
import type { City, Family, Indicator, Place, Role, Series } from './api/types';
import { asReleased } from './series/release';

let city = $state.raw<City | null>(null);
let families = $state.raw<Family[]>([]);
let places = $state.raw<Place[]>([]);
let role = $state<Role>('public');
let error = $state.raw<Error | null>(null);
let ready = $state(false);
let offset = 0;

export const house = {
  get city() { return city; },
  get families() { return families; },
  get places() { return places; },
  get role() { return role; },
  get error() { return error; },
  get ready() { return ready; },
  indicator: (id: string): Indicator | undefined => families.flatMap((family) => family.indicators).find((one) => one.id === id),
  place: (id: string): Place | undefined => places.find((place) => place.id === id),
  /** The server's clock: a phone whose own is wrong still asks for the right range. */
  clock: (): number => Date.now() + offset,
};

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

onSignedOut(() => {
  role = 'public'; // the room then asks for the code
});

/** Read everything again; the old is kept where the new can't be had. */
export async function openHouse(): Promise<void> {
  try {
    const [c, f, p, s] = await Promise.all([api.city(), api.families(), api.places(), api.session()]);
    [city, families, places, role] = [c, f, p, s.role];
    offset = Date.parse(c.now) - Date.now();
    error = null;
  } catch (reason) {
    error = asError(reason);
  }
  ready = true;
}

export async function refreshPlaces(): Promise<void> {
  places = await api.places();
}

/** Ask who is looking: a stream that breaks does not say whether the server went or the session. */
export async function checkSession(): Promise<void> {
  try {
    role = (await api.session()).role;
  } catch (reason) {
    if (!(reason instanceof Problem)) throw reason; // unreachable: the stream says so already
  }
}

export async function signIn(code: string): Promise<void> {
  await api.signIn(code);
  role = (await api.session()).role;
}

export async function signOut(): Promise<void> {
  await api.signOut();
  role = 'public';
}

/** A series as the public may see it. */
export async function releasedSeries(query: SeriesQuery): Promise<Series> {
  return asReleased(await api.series(query), city?.release.delay_s ?? 0, house.clock());
}
