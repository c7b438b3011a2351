// Reads the API. Every failure becomes a Problem that says what happened, what was kept and what to do.
import type {
  AlarmDetail, AlarmPage, AlarmRule, AnsweredComplaint, Camera, Check, City, CityNow, Complaint, Decision, Events, Family, FamilyMethods, Flows, Group, Holiday, Level, NewAnswer, NewComplaint, NewDecision, Outlook, Place, Policies, Potential, Role, Series, TaughtExample, TaughtFunction, TaughtReport, Tier, Transparency, Trend, Usual, Way, Week,
} from './types';

/** What the server answers instead of a result (RFC 9457), or that it can't be reached (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(title);
  }
}

let signedOut = (): void => undefined;

/** What to do when the server no longer knows the session. */
export const onSignedOut = (listener: () => void): void => {
  signedOut = listener;
};

export type Query = Record<string, string | string[] | undefined>;

export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(key, one);
  }
  const tail = search.toString();
  return `/api/v1${path}${tail ? `?${tail}` : ''}`;
}

async function problem(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { title?: string; detail?: unknown };
    const detail = typeof body.detail === 'string' ? body.detail : '';
    return new Problem(response.status, body.title ?? response.statusText, detail);
  } catch (error) {
    if (error instanceof SyntaxError) return new Problem(response.status, response.statusText, '');
    throw error;
  }
}

export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { credentials: 'same-origin', ...init });
  } catch (error) {
    if (error instanceof TypeError) throw new Problem(0, '', ''); // the browser's word for "no answer"
    throw error;
  }
  if (response.status === 401) signedOut();
  if (!response.ok) throw await problem(response);
  return response;
}

async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const response = await ask(address(path, query), { headers: { accept: 'application/json' }, ...(signal ? { signal } : {}) });
  return (await response.json()) as T;
}

async function post<T>(path: string, body: object = {}): Promise<T> {
  const response = await ask(address(path), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return (await response.json()) as T;
}

export interface SeriesQuery { place: string; indicators: string[]; tier: Tier; from: string; to: string; way: Way }

export interface FlowsQuery { camera: string; from: string; to: string }

export function seriesQuery(q: SeriesQuery): Query {
  return { place: q.place, indicator: q.indicators, tier: q.tier, from: q.from, to: q.to, direction: q.way };
}

const taught = (camera: string, place = ''): string => `/cameras/${encodeURIComponent(camera)}/functions${place ? `/${encodeURIComponent(place)}` : ''}`;

export const api = {
  city: () => get<City>('/city'),
  session: () => get<{ role: Role }>('/session'),
  areas: () => get<GeoJSON.FeatureCollection>('/areas'),
  families: async () => (await get<{ families: Family[] }>('/indicators')).families,
  places: async () => (await get<{ places: Place[] }>('/places')).places,
  place: (id: string) => get<Place>(`/places/${encodeURIComponent(id)}`),
  series: (q: SeriesQuery, signal?: AbortSignal) => get<Series>('/series', seriesQuery(q), signal),
  newest: async (place: string, kind: string) => (await get<Events>('/events', { place, kind, limit: '1' })).events[0] ?? null,
  now: () => get<CityNow>('/now'),
  outlook: (query: Query) => get<Outlook>('/outlook', query),
  usual: (query: Query) => get<Usual>('/usual', query),
  week: (query: Query) => get<Week>('/week', query),
  trend: (query: Query) => get<Trend>('/trend', query),
  holidays: async (place: string, from: string, to: string) => (await get<{ holidays: Holiday[] }>('/holidays', { place, from, to })).holidays,
  flows: (q: FlowsQuery) => get<Flows>('/flows', { ...q }),
  cameras: async () => (await get<{ cameras: Camera[] }>('/cameras')).cameras,
  camera: (id: string) => get<Camera>(`/cameras/${encodeURIComponent(id)}`),
  levels: async () => (await get<{ levels: Level[] }>('/levels')).levels,
  alarms: (query: Query) => get<AlarmPage>('/alarms', query),
  rules: async () => (await get<{ rules: AlarmRule[] }>('/rules')).rules,
  acknowledge: (id: string) => post<AlarmDetail>(`/alarms/${encodeURIComponent(id)}/acknowledge`),
  judge: (id: string, verdict: 'right' | 'wrong', reason: string) => post<AlarmDetail>(`/alarms/${encodeURIComponent(id)}/verdict`, { verdict, reason }),
  potential: (from: string, to: string) => get<Potential>('/potential', { from: from || undefined, to: to || undefined }),
  checks: async (id: string) => (await get<{ checks: Check[] }>(`/cameras/${encodeURIComponent(id)}/checks`)).checks,
  functions: async (camera: string) => (await get<{ functions: TaughtFunction[] }>(taught(camera))).functions,
  addFunction: (camera: string, zone: string, name: string) => post<TaughtFunction>(taught(camera), { zone, name }),
  markStill: (camera: string, place: string, time: string, label: TaughtExample['label']) => post<TaughtExample>(`${taught(camera, place)}/examples`, { time, label }),
  learnFunction: (camera: string, place: string) => post<TaughtReport>(`${taught(camera, place)}/lesson`),
  forgetExample: async (camera: string, place: string, picture: string) => {
    await ask(address(`${taught(camera, place)}/examples/${picture}`), { method: 'DELETE' });
  },
  answered: async (place: string, indicator: string) => (await get<{ complaints: AnsweredComplaint[] }>('/complaints/answered', { place, indicator })).complaints,
  complain: (said: NewComplaint) => post<{ id: string }>('/complaints', said),
  complaints: async (state: string) => (await get<{ complaints: Complaint[] }>('/steward/complaints', { state })).complaints,
  answerComplaint: (id: string, answer: NewAnswer) => post<Complaint>(`/steward/complaints/${id}/answer`, answer),
  transparency: () => get<Transparency>('/open/transparency'),
  methods: async () => (await get<{ families: FamilyMethods[] }>('/open/methods')).families,
  policies: () => get<Policies>('/steward/policies'),
  groups: async () => (await get<{ groups: Group[] }>('/groups')).groups,
  decide: (decision: NewDecision) => post<Decision>('/steward/decisions', decision),
  signIn: async (code: string) => {
    await ask(address('/session'), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
  },
  signOut: async () => {
    await ask(address('/session'), { method: 'DELETE' });
  },
};
