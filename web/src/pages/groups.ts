// Places by who measured them: the city's own first, then each source of imported series.
import type { Place } from '../api/types';

export interface Group { id: string; source: string; licence: string; own: boolean; places: Place[] }

export function groupsOf(places: Place[]): Group[] {
  const groups = new Map<string, Group>();
  for (const place of places) {
    const own = place.camera !== null;
    const id = own ? 'own' : place.source || place.timezone;
    let group = groups.get(id);
    if (!group) groups.set(id, (group = { id, source: place.source, licence: place.licence, own, places: [] }));
    group.places.push(place);
  }
  return [...groups.values()].sort((a, b) => Number(b.own) - Number(a.own) || a.source.localeCompare(b.source));
}
