// A made-up API for working on the pages without a server: `npm run dev`. It is a plugin of Vite's development server
// only; the build can't contain it. Every name in it says that it is made up.
// With a real server instead: PANTAU_API=http://127.0.0.1:8000 npm run dev
import { readFileSync } from 'node:fs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STARTED = Date.now();

const words = (id, en) => ({ id, en });
const indicator = (family, name, unit, over_time, places, label) => ({
  id: `${family}.${name}`, name, unit, over_time, over_places: 'cordon', places, road_user: name === 'inside' ? null : name, label,
  definition: words(`${label.id} yang melewati garis hitung, per arah (tiruan).`, `${label.en} across the counting line, by direction (made up).`), source: 'tiruan', since: '0.1.0',
});
const FAMILIES = [
  { name: 'visitors', label: words('Pengunjung', 'Visitors'), indicators: [
    indicator('visitors', 'person', '{passage}', 'sum', ['line', 'site'], words('Orang lewat', 'People passing')),
    indicator('visitors', 'inside', '{person}', 'mean', ['zone'], words('Orang di dalam zona', 'People inside'))] },
  { name: 'traffic', label: words('Lalu lintas', 'Traffic'), indicators: [['car', 'Mobil', 'Cars'], ['motorcycle', 'Sepeda motor', 'Motorcycles'], ['bus', 'Bus', 'Buses'], ['truck', 'Truk', 'Lorries'], ['bicycle', 'Sepeda', 'Bicycles']]
    .map(([name, id, en]) => indicator('traffic', name, '{vehicle}', 'sum', ['line', 'site'], words(id, en))) },
];
const iso = (ms) => new Date(ms).toISOString();
const own = (id, name, kind, families, lon, lat, firstAgo) => ({
  id, name, kind, camera: id.split('.')[0], families, forward_name: 'ke timur', backward_name: 'ke barat', lon, lat, timezone: 'Asia/Jakarta',
  source: 'Rekaman tiruan', licence: 'CC0 (tiruan)', revision: 1, first: firstAgo === null ? null : iso(STARTED - firstAgo), last: firstAgo === null ? null : iso(STARTED),
});
const site = (id, name, lon, lat) => ({
  id: `akl.${id}`, name: `${name} (tiruan)`, kind: 'site', camera: null, families: ['visitors'], forward_name: '', backward_name: '', lon, lat, timezone: 'Pacific/Auckland',
  source: 'Heart of the City, tiruan untuk pengembangan', licence: 'CC BY 4.0', revision: 1, first: '2019-01-01T00:00:00Z', last: '2025-06-30T12:00:00Z',
});
const PLACES = [
  own('plaza.W', 'Plaza barat (tiruan)', 'line', ['visitors'], 110.42, -6.984, 90 * DAY),
  own('plaza.Z', 'Pelataran (tiruan)', 'zone', ['visitors'], 110.421, -6.985, 90 * DAY),
  own('jalan.A', 'Jalan A (tiruan)', 'line', ['traffic'], 110.408, -6.99, 40 * MINUTE),
  site('107-quay-street', '107 Quay Street', 174.768, -36.844), site('7-custom-street', '7 Custom Street', 174.765, -36.845),
  site('queen-street', '210 Queen Street', 174.764, -36.85), site('k-road', '183 K Road', 174.757, -36.857),
];
const spot = (x, y) => [x, y];
const camera = (id, name, status, lon, lat, lines, zones) => ({
  id, name, lon, lat, area: 'Tengah', status, reason: status === 'outage' ? 'RTSP server refused the connection (tiruan)' : '', time: iso(STARTED - (status === 'outage' ? 7 * MINUTE : 0)),
  fps_asked: 5, fps_got: status === 'live' ? 4.9 : 0, step_ms: 28, dropped: { late: 3, cadence: 900 }, detector: 'centernet', attribution: 'tiruan', picture: status === 'live', lines, zones,
});
const line = (id, name, start, end) => ({ id, name, start, end, forward_name: 'ke timur', backward_name: 'ke barat', revision: 1 });
const CAMERAS = [
  camera('plaza', 'Plaza (tiruan)', 'live', 110.42, -6.984, [line('plaza.W', 'Plaza barat (tiruan)', spot(0.3, 0.85), spot(0.35, 0.35)), line('plaza.E', 'Plaza timur (tiruan)', spot(0.85, 0.8), spot(0.7, 0.35))],
    [{ id: 'plaza.Z', name: 'Pelataran (tiruan)', polygon: [spot(0.4, 0.45), spot(0.62, 0.45), spot(0.66, 0.8), spot(0.4, 0.8)], revision: 1 }]),
  camera('jalan', 'Jalan (tiruan)', 'outage', 110.408, -6.99, [line('jalan.A', 'Jalan A (tiruan)', spot(0.1, 0.6), spot(0.9, 0.6))], []),
  camera('taman', 'Taman (tiruan)', 'off', 110.43, -6.995, [], []),
];
const box = (w, s, e, n, code, name) => ({ type: 'Feature', properties: { code, name }, geometry: { type: 'Polygon', coordinates: [[[w, s], [e, s + 0.004], [e - 0.003, n], [w + 0.004, n - 0.003], [w, s]]] } });
const AREAS = { type: 'FeatureCollection', features: [box(110.39, -7.01, 110.415, -6.975, '33.74.01', 'A'), box(110.415, -7.006, 110.445, -6.977, '33.74.02', 'B')] };

const comparison = (place, id, direction) => (place.camera === 'plaza'
  ? { indicator: id, direction, status: 'validated', accuracy: 0.7143, interval: [0.607, 0.81], net_error: -0.1786, n: 84, needed: 30, date: iso(STARTED - 20 * DAY), flagged: true, scope: 'line', lines: ['W'], method: 'tiruan', source: 'tiruan.csv 0f3a', since: null }
  : { indicator: id, direction, status: 'unvalidated', accuracy: null, interval: null, net_error: null, n: 0, needed: /motorcycle|bicycle/.test(id) ? 200 : 30, date: null, flagged: false, scope: null, lines: [], method: '', source: '', since: null });

const noise = (n) => { const x = Math.sin(n * 12.9898) * 43758.5453; return x - Math.floor(x); };
function value(place, id, at, bucket) {
  const seed = place.id.length + id.length;
  const local = at + (place.timezone === 'Asia/Jakarta' ? 7 : 12) * HOUR;
  const hour = (local / HOUR) % 24, weekday = Math.floor(local / DAY) % 7, season = 1 + 0.3 * Math.sin((local / DAY / 365) * 6.28);
  const perHour = (id.endsWith('person') ? 620 : id.endsWith('inside') ? 12 : id.endsWith('motorcycle') ? 900 : id.endsWith('car') ? 500 : 40) * season * (weekday < 2 ? 0.7 : 1);
  if (bucket === DAY) return Math.round(perHour * 9 * (0.85 + 0.3 * noise(at / DAY + seed)));
  const shape = Math.max(0.02, Math.sin(((hour - 5) / 18) * Math.PI)) ** 1.6;
  return Math.round(perHour * shape * (0.8 + 0.4 * noise(at / HOUR + seed)) * (bucket / HOUR));
}

function series(query) {
  const place = PLACES.find((one) => one.id === query.get('place'));
  if (!place) return problem(404, 'No such place', `there is no place ${query.get('place')}`);
  const tier = query.get('tier');
  const bucket = { minute: MINUTE, hour: HOUR, day: DAY }[tier];
  const shift = tier === 'day' ? (place.timezone === 'Asia/Jakarta' ? 7 : 12) * HOUR : 0;
  const from = Math.floor((Date.parse(query.get('from')) + shift) / bucket) * bucket - shift;
  const to = Date.parse(query.get('to'));
  const t = [];
  for (let at = from; at < to; at += bucket) t.push(at);
  if (t.length > 6000) return problem(422, 'Too many points', 'ask for tier=day instead');
  const first = Date.parse(place.first ?? iso(Date.now())), last = place.camera ? Date.now() : Date.parse(place.last);
  const away = (at) => (place.camera ? noise(Math.floor(at / (bucket * 5))) < 0.06 : noise(Math.floor(at / (40 * DAY)) + place.id.length) < 0.05);
  const held = t.map((at) => tier !== 'minute' && at + bucket + 15 * MINUTE > Date.now() && at < Date.now());
  const none = t.map((at, i) => at < first - bucket || at >= last || held[i] || away(at));
  const gaps = [];
  t.forEach((at, i) => {
    if (!none[i] || held[i] || !away(at)) return;
    const before = gaps.at(-1);
    if (before && Date.parse(before.to) === at) before.to = iso(at + bucket);
    else gaps.push({ from: iso(at), to: iso(at + bucket), kind: place.camera ? 'outage' : 'unwatched', reason: '' });
  });
  const half = query.get('direction') === 'both' ? 1 : query.get('direction') === 'forward' ? 0.55 : 0.45;
  return {
    place: place.id, tier, direction: query.get('direction') ?? 'both', timezone: place.timezone, from: iso(from), to: iso(to), t: t.map(iso),
    coverage: t.map((at, i) => (held[i] ? null : none[i] ? 0 : noise(at / bucket) < 0.1 ? 0.7 : 0.99)), provisional: t.map((at, i) => !none[i] && at > Date.now() - 2 * bucket), held,
    columns: query.getAll('indicator').map((id) => {
      const one = FAMILIES.flatMap((family) => family.indicators).find((x) => x.id === id);
      return { indicator: id, unit: one.unit, over_time: one.over_time, label: one.label, values: t.map((at, i) => (none[i] ? null : Math.round(value(place, id, at, bucket) * half))) };
    }),
    breaks: place.camera && tier === 'day' ? [{ t: iso(t[Math.floor(t.length * 0.9)]), method: 'tiruan-2', revision: 2 }] : [], gaps, source: place.source, licence: place.licence, validation: place.camera === 'plaza' ? 'validated' : 'unvalidated',
    validations: query.getAll('indicator').map((id) => comparison(place, id, query.get('direction') ?? 'both')),
  };
}

/** The city now: the last whole hour of each place against a made-up usual. */
function cityNow() {
  const to = Math.floor((Date.now() - 15 * MINUTE) / HOUR) * HOUR, from = to - HOUR;
  const none = { summed: false, lead: null, value: null, usual: null, change: null, compared: 0, known: 0, of: 0, coverage: null };
  const together = (found) => {
    const lead = [...found].sort((a, b) => b.value - a.value)[0];
    return lead ? { summed: false, lead: lead.place, value: lead.value, usual: lead.usual, change: lead.change, compared: found.length, known: found.length, of: found.length, coverage: 0.97 } : none;
  };
  const theme = (id, label, told, steps) => {
    const family = FAMILIES.find((one) => one.name === id);
    const indicators = family ? family.indicators.filter((one) => one.over_time === 'sum').map((one) => one.id) : [`${id}.x`];
    const sum = (place, at) => indicators.reduce((total, one) => total + value(place, one, at, HOUR), 0);
    const places = (family ? PLACES : []).filter((one) => one.camera && one.kind === 'line' && one.families.includes(id)).map((one) => {
      const came = sum(one, from), usual = sum(one, from - 7 * DAY);
      return { place: one.id, from: iso(from), to: iso(to), value: came, state: 'released', usual, change: usual > 20 ? came / usual - 1 : null, coverage: 0.97, current: true, doubted: false };
    });
    const city = together(places), lead = PLACES.find((one) => one.id === city.lead), midnight = to - ((to + 7 * HOUR) % DAY);
    return {
      id, label, indicators, unit: '{x}', over_time: 'sum', over_places: 'cordon', told, steps, state: places.length ? 'told' : 'none', due: null, from: iso(from), to: iso(to), city,
      hours: lead ? Array.from({ length: 24 }, (_, i) => ({ t: iso(midnight + i * HOUR), value: midnight + i * HOUR < to ? sum(lead, midnight + i * HOUR) : null, usual: sum(lead, midnight + i * HOUR - 7 * DAY) })) : [],
      so_far: null, areas: AREAS.features.map((one, i) => ({ code: one.properties.code, ...together(places.filter((x) => (x.place.startsWith('plaza') ? 1 : 0) === i)) })).filter((one) => one.of), places,
    };
  };
  return {
    checked: iso(Date.now()), looked: 5, of: 5, comparable: 4, unusual: [],
    themes: [theme('visitors', words('Pengunjung', 'Visitors'), 'share', [0.1, 0.3]), theme('traffic', words('Lalu lintas', 'Traffic'), 'share', [0.1, 0.3]), theme('parking', words('Parkir', 'Parking'), 'share', [0.1, 0.3]),
      theme('litter', words('Sampah', 'Litter'), 'difference', [1, 5]), theme('water', words('Genangan', 'Standing water'), 'difference', [5, 20])],
    areas: AREAS.features.map((one, i) => ({ ...one.properties, places: PLACES.filter((x) => x.camera && (x.id.startsWith('plaza') ? 1 : 0) === i).map((x) => x.id) })),
  };
}

const problem = (status, title, detail) => ({ problem: true, type: 'about:blank', status, title, detail });
let role = 'admin';
const counts = new Map();
const crossings = [];

/** A moving scene: two people walk, and each second something may cross. */
function live(id) {
  const now = Date.now(), s = now / 1000, one = CAMERAS.find((c) => c.id === id);
  if (one.status !== 'live') return { camera: id, time: one.time, status: one.status, reason: one.reason, size: [0, 0], boxes: [], counts: [], inside: [], crossings: [], fps_asked: 5, fps_got: 0, step_ms: 0, dropped: {}, picture: null };
  if (noise(Math.floor(s * 2)) < 0.2) {
    const c = { line: noise(s) < 0.5 ? 'plaza.W' : 'plaza.E', direction: noise(s + 1) < 0.6 ? 'forward' : 'backward', road_user: 'person' };
    const key = JSON.stringify(c);
    counts.set(key, (counts.get(key) ?? 0) + 1);
    crossings.push({ ...c, time: iso(now) });
    crossings.splice(0, crossings.length - 20);
  }
  const x = (s * 0.05) % 0.9, y = 0.5 + 0.1 * Math.sin(s);
  return {
    camera: id, time: iso(now), status: 'live', reason: '', size: [768, 576], boxes: [[x, y, x + 0.05, y + 0.2, 'person'], [0.9 - x, 0.4, 0.95 - x, 0.58, 'person']],
    counts: [...counts].map(([key, n]) => ({ ...JSON.parse(key), n })), inside: [{ zone: 'plaza.Z', road_user: 'person', n: Math.round(2 + Math.sin(s)) }],
    crossings: [...crossings], fps_asked: 5, fps_got: 4.9, step_ms: 28, dropped: { late: 3, cadence: 900 }, picture: `/api/v1/cameras/${id}/picture?t=${now}`,
  };
}

function picture(now) {
  const x = ((now / 1000) * 0.05) % 0.9;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="768" height="576"><rect width="768" height="576" fill="#59636d"/><path d="M0 380 768 250V576H0z" fill="#7a858f"/><rect x="${(x + 0.01) * 768}" y="${(0.5 + 0.1 * Math.sin(now / 1000)) * 576}" width="24" height="110" rx="10" fill="#9aa"/><text x="20" y="40" fill="#fff" font-family="sans-serif">tiruan</text></svg>`;
}

function answer(path, query) {
  const place = /^\/places\/(.+)$/.exec(path)?.[1], cam = /^\/cameras\/([^/]+)$/.exec(path)?.[1];
  if (place) return PLACES.find((one) => one.id === decodeURIComponent(place)) ?? problem(404, 'No such place', '');
  if (cam) return CAMERAS.find((one) => one.id === cam) ?? problem(404, 'No such camera', `there is no camera ${cam}`);
  switch (path) {
    case '/city': return { name: 'Kota Tiruan', region: '33.74', timezone: 'Asia/Jakarta', version: '0.1.0', now: iso(Date.now()), demo: true, map: { style: null }, release: { bin_s: 900, delay_s: 900 } };
    case '/session': return { role };
    case '/areas': return AREAS;
    case '/now': return cityNow();
    case '/indicators': return { families: FAMILIES };
    case '/places': return { places: PLACES };
    case '/cameras': return { cameras: CAMERAS };
    case '/series': return series(query);
    default: return problem(404, 'Not found', path);
  }
}

function stream(request, response, only) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const send = (type, data) => response.write(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  const tell = () => CAMERAS.filter((one) => !only || one.id === only).forEach((one) => (one.status === 'live' || !only) && send('live', live(one.id)));
  const beat = () => send('beat', { now: iso(Date.now()) });
  for (const one of CAMERAS) if (!only || one.id === only) send('live', live(one.id));
  beat();
  const timers = [setInterval(tell, 250), setInterval(beat, 5000)];
  request.on('close', () => timers.forEach(clearInterval));
}

export function mockApi() {
  return {
    name: 'pantau-mock-api', apply: 'serve',
    configureServer(server) {
      server.middlewares.use('/api/v1', (request, response) => {
        const url = new URL(request.url, 'http://mock');
        if (url.pathname === '/live') return stream(request, response, url.searchParams.get('camera'));
        if (url.pathname.endsWith('/picture')) { response.writeHead(200, { 'content-type': 'image/svg+xml', 'cache-control': 'no-store' }); return response.end(picture(Number(url.searchParams.get('t')))); }
        if (url.pathname === '/openapi.json') return response.end(readFileSync(new URL('../openapi.json', import.meta.url)));
        if (url.pathname === '/session' && request.method !== 'GET') { role = request.method === 'POST' ? 'admin' : 'public'; response.writeHead(204); return response.end(); }
        const said = answer(url.pathname, url.searchParams);
        response.writeHead(said.problem ? said.status : 200, { 'content-type': said.problem ? 'application/problem+json' : 'application/json' });
        response.end(JSON.stringify(said));
      });
    },
  };
}
