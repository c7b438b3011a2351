// The city now, asked once for the whole visit and again each minute that somebody looks. One answer holds every area and
// place: a page that knows where its reader stands never asks for that place alone.
import { api } from '../api/client';
import type { CityNow, FigureNow, PlaceNow, ThemeNow } from '../api/types';
import { Asking } from '../asking.svelte';
import { withQuery } from '../router.svelte';

const AGAIN_MS = 60_000;
const asking = new Asking<CityNow>();
const load = (): void => void asking.ask(api.now);
const find = (id: string | null): ThemeNow | undefined => asking.value?.themes.find((one) => one.id === id);

export const cityNow = {
  get value() { return asking.value; },
  get error() { return asking.error; },
  get busy() { return asking.busy; },
  load,
  theme: find,
  /** The figure of an area; nothing where no place of it has the theme. */
  area: (theme: string, code: string): FigureNow | undefined => find(theme)?.areas.find((one) => one.code === code),
  place: (theme: string, id: string): PlaceNow | undefined => find(theme)?.places.find((one) => one.place === id),
};

/** Where a theme is chosen: the range and the form of its graph stay, what was chosen of another theme does not. */
export const themeAddress = (id: string): string =>
  withQuery({ theme: id, map: undefined, show: undefined, direction: undefined, with: undefined, zoom: undefined });

/** Keep it new while a page shows it; returns how to stop. */
export function followNow(): () => void {
  load();
  const timer = setInterval(() => { if (!document.hidden) load(); }, AGAIN_MS);
  return () => clearInterval(timer);
}
