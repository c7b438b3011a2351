// What the open API answers, as the graph of another site needs it: points on the local clock of the place, and why a
// point has no value. Everything is the public's; nothing here knows a cookie.
import type { Place, Tier, Words } from '../api/types';

export type State = 'released' | 'suppressed' | 'missing' | 'wider' | 'held' | 'closed';
export interface Point { wall: number; value: number | null; coverage: number | null; provisional: boolean; state: State; method: string }
export interface Answer { place: Place; label: Words; unit: string; tier: Tier; points: Point[] }

interface Sheet { columns: { name: string; unit: string | null; label: Words }[]; rows: Record<string, string | number | boolean | null>[] }

export class Refused extends Error {}

async function read<T>(url: string): Promise<T> {
  const response = await fetch(url, { credentials: 'omit', headers: { accept: 'application/json' } });
  const body = (await response.json()) as T & { detail?: string };
  if (!response.ok) throw new Refused(typeof body.detail === 'string' ? body.detail : response.statusText);
  return body;
}

export const readPlace = (home: string, id: string): Promise<Place> => read<Place>(`${home}/api/v1/places/${encodeURIComponent(id)}`);

export async function readSeries(home: string, place: Place, indicator: string, stretch: { tier: Tier; from: number; to: number; direction: string }): Promise<Answer> {
  const { tier, from, to, direction } = stretch;
  const query = new URLSearchParams({ place: place.id, indicator, tier, direction, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  const sheet = await read<Sheet>(`${home}/api/v1/open/series.json?${query}`);
  const column = sheet.columns.find((one) => one.name === indicator);
  const points = sheet.rows.map((row): Point => ({
    wall: Date.parse(`${String(row['start']).slice(0, 19)}Z`), // the offset is the place's own
    value: typeof row[indicator] === 'number' ? row[indicator] : null,
    coverage: typeof row['coverage'] === 'number' ? row['coverage'] : null,
    provisional: row['provisional'] === true, state: (row[`${indicator}.state`] ?? 'released') as State, method: String(row['method'] ?? ''),
  }));
  return { place, label: column?.label ?? { id: indicator, en: indicator }, unit: column?.unit ?? '', tier, points };
}
