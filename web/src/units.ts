// A unit in words. The API says UCUM codes, as the standard has them for machines; nobody should read `{item}` on a page.
import { t, type Key } from './i18n/index.svelte';

const WORDS: Record<string, Key> = {
  '{passage}': 'unit.passage', '{person}': 'unit.person', '{vehicle}': 'unit.vehicle', '{vehicle_or_person}': 'unit.vehicleOrPerson',
  '{item}': 'unit.item', '{slot}': 'unit.slot', '{stay}': 'unit.stay', '{still}': 'unit.still', '{box}': 'unit.box', '{event}': 'unit.event',
  '{pcu}': 'unit.pcu', '{pcu}/h': 'unit.pcuPerHour', '{vehicle}/km': 'unit.vehiclePerKm',
  s: 'unit.second', min: 'unit.minute', 'km/h': 'unit.kmh', 'cm/h': 'unit.cmPerHour', 'm3/s': 'unit.m3PerSecond',
};
const SIGNS: Record<string, string> = { '1': '', m2: 'm²' };

/** The words of a UCUM code; what is a sign in every language (cm, %) stays, and a number without a unit has none. */
export function unitWords(ucum: string): string {
  const key = WORDS[ucum];
  return key ? t(key) : (SIGNS[ucum] ?? ucum);
}
