// What the top bar finds: places, areas and indicators, in either language. An indicator leads to the place that measured it
// last; one that no place measures is not offered.
import type { CityNow, Family, Place } from '../api/types';
import { say, t } from '../i18n/index.svelte';

export interface Found { href: string; name: string; beside: string }

const MOST = 8;

/** At most `MOST` hits that hold every word; names that begin with the text come first, then places, areas, indicators. */
export function findAll(text: string, places: Place[], families: Family[], areas: CityNow['areas'], city: string): Found[] {
  const whole = text.trim().toLowerCase();
  const words = whole.split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const fits = (...parts: string[]): boolean => { const all = parts.join(' ').toLowerCase(); return words.every((word) => all.includes(word)); };
  const found: Found[] = places
    .filter((place) => fits(place.name, place.id, place.source))
    .map((place) => ({ href: `/portal/place/${encodeURIComponent(place.id)}`, name: place.name, beside: place.camera === null ? place.source : city }));
  for (const area of areas) {
    if (fits(area.name, area.code)) found.push({ href: `/portal/area/${encodeURIComponent(area.code)}`, name: area.name || area.code, beside: t('search.area') });
  }
  for (const family of families) {
    for (const one of family.indicators) {
      if (!fits(one.label.id, one.label.en, family.label.id, family.label.en, one.id)) continue;
      const at = places.filter((place) => place.families.includes(family.name) && one.places.includes(place.kind) && place.last);
      const lead = [...at].sort((a, b) => (b.last ?? '').localeCompare(a.last ?? ''))[0];
      if (lead) found.push({ href: `/portal/place/${encodeURIComponent(lead.id)}?show=${one.id}`, name: say(one.label), beside: t('search.indicator', { family: say(family.label), place: lead.name }) });
    }
  }
  return found.sort((a, b) => Number(b.name.toLowerCase().startsWith(whole)) - Number(a.name.toLowerCase().startsWith(whole))).slice(0, MOST);
}
