// The label server's API. Its types are made from label.json; its errors are Problems, as everywhere.
import { ask } from '../api/client';
import type { components } from '../api/label';

type S = components['schemas'];
export type Desk = S['DeskAnswer'];
export type Line = S['LineAnswer'];
export type Sheet = S['SheetAnswer'];
export type Crossing = S['CrossingAnswer'];
export type Reading = S['ReadingAnswer'];
export type Way = Crossing['direction'];
export type RoadUser = Crossing['road_user'];
export type Stretch = [number, number];
export const OTHER: Record<Way, Way> = { forward: 'backward', backward: 'forward' };

const BASE = '/api/label';
const line = (id: string): string => `${BASE}/lines/${encodeURIComponent(id)}`;

async function get<T>(url: string): Promise<T> {
  return (await (await ask(url)).json()) as T;
}

async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method };
  if (body !== undefined) Object.assign(init, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const response = await ask(BASE + path, init);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const api = {
  desk: () => get<Desk>(`${BASE}/desk`),
  reading: () => get<Reading>(`${BASE}/reading`),
  samples: (first: number) => get<S['SamplesAnswer']>(`${BASE}/samples?first=${first}`),
  moments: (id: string) => get<S['MomentsAnswer']>(`${line(id)}/moments`),
  sheet: () => get<Sheet>(`${BASE}/sheet`),
  add: (new_: S['NewCrossing']) => send<Sheet>('POST', '/crossings', new_),
  change: (id: number, changed: S['ChangedCrossing']) => send<Sheet>('PATCH', `/crossings/${id}`, changed),
  remove: (id: number) => send<Sheet>('DELETE', `/crossings/${id}`),
  undo: () => send<Sheet>('POST', '/undo'),
  redo: () => send<Sheet>('POST', '/redo'),
  labelled: (id: string, stretch: Stretch | null) =>
    send<Sheet>('PUT', `/lines/${encodeURIComponent(id)}/labelled`, { from_s: stretch?.[0] ?? null, to_s: stretch?.[1] ?? null }),
  finish: () => send<void>('POST', '/finish'),
  tile: async (id: string, number: number) => picture(`${line(id)}/tiles/${number}`),
  frame: async (number: number, near: string) => picture(`${BASE}/frames/${number}${near ? `?line=${encodeURIComponent(near)}` : ''}`),
};

async function picture(url: string): Promise<ImageBitmap> {
  return createImageBitmap(await (await ask(url)).blob());
}
