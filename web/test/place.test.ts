import { describe, expect, it } from 'vitest';
import { compareOption } from '../src/chart/compare';
import { historyOption } from '../src/chart/history';
import type { Look } from '../src/chart/look';
import { breaksOf, draw, holes, runsOf, ticksOf } from '../src/embed/draw';
import type { Point } from '../src/embed/answer';
import { families, NOW, place, series } from '../src/fixtures/states';
import { addedOf, comparable, comparedWith, figureQuery, wayOf } from '../src/series/asked';
import { choicesOf } from '../src/series/choice';
import { againstUsual, bandOf, calendarOf, levelOf, stepOf, weekOf } from '../src/series/heat';
import { modelOf } from '../src/series/model';
import { boundsOf } from '../src/series/range';
import { longest, standardOf, subjectOf } from '../src/series/subject';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const [visitors, traffic] = families as [(typeof families)[number], (typeof families)[number]];
const [person, vehicles] = choicesOf(place, families) as [ReturnType<typeof choicesOf>[number], ReturnType<typeof choicesOf>[number]];
const group = { id: 'city', name: 'Kota', code: '', indicators: ['visitors.person', 'traffic.car'], cordon: 'Batas', tiers: [], members: [], first: null, last: null };
const city = subjectOf(group, visitors, 'Asia/Jakarta', { in: 'in', out: 'out' });
const look = { ink: '', quiet: '', line: '', strong: '', surface: '', brand: '', series: ['a', 'b', 'c', 'd'], cover: [], hatch: '', font: '' } satisfies Look;

describe('what a place is asked for', () => {
  it('is one figure: what adds up together, of a mean the mean', () => {
    expect(addedOf(vehicles)).toHaveLength(3);
    const mean = { ...person, indicators: vehicles.indicators.map((one) => ({ ...one, over_time: 'mean' as const })) };
    expect(addedOf(mean)).toHaveLength(1);
    expect(figureQuery(place, person, 'both')).toEqual({ place: 'contoh.A', indicator: ['visitors.person'], direction: 'both' });
  });
  it('has a direction only on a line, and on the border of a group', () => {
    const query = new URLSearchParams('direction=forward');
    expect([wayOf(place, person, query), wayOf({ ...place, kind: 'site' }, person, query)]).toEqual(['forward', 'both']);
    const state = { ...person, indicators: person.indicators.map((one) => ({ ...one, over_places: 'yes' as const })) };
    expect([wayOf(city, person, query), wayOf(city, state, query)]).toEqual(['forward', 'both']);
  });
  it('is of a group only what is added over its places, one family at a time, beside no place', () => {
    expect(choicesOf(city, families).map((one) => one.id)).toEqual(['visitors.person']);
    expect(choicesOf({ ...city, added: [] }, families)).toEqual([]);
    expect(comparable(city, person, [place])).toEqual([]);
    expect([city.forward_name, city.name]).toEqual(['in', 'Kota']);
  });
  it('begins with a year where there is a season of it, and with today where it has just begun', () => {
    const since = (days: number) => standardOf({ ...city, first: new Date(NOW - days * DAY).toISOString() }, NOW);
    expect([since(400), since(30), since(1), standardOf({ ...city, first: null }, NOW)]).toEqual(['year', 'month', 'day', 'day']);
  });
  it('is, where nothing is added, of the place that is measured for longest and still', () => {
    const old = { ...place, id: 'old', first: '2020-01-01T00:00:00Z' };
    expect(longest([place, old], () => true)?.id).toBe('old');
    expect(longest([old, place], (id) => id === place.id)?.id).toBe(place.id);
    expect(longest([], () => true)).toBeUndefined();
  });
  it('is compared with at most three others that have the same indicator, each once, unknown ones left out', () => {
    const others = ['b', 'c', 'd', 'e'].map((id) => ({ ...place, id }));
    const zone = { ...place, id: 'z', kind: 'zone' as const };
    expect(comparable(place, person, [place, ...others, zone]).map((one) => one.id)).toEqual(['b', 'c', 'd', 'e']);
    const query = new URLSearchParams('with=c,c,contoh.A,nowhere,z,b,d,e');
    expect(comparedWith(place, person, [place, ...others, zone], query).map((one) => one.id)).toEqual(['c', 'b', 'd']);
  });
});

describe('a heat map', () => {
  it('has round steps that one concert does not stretch', () => {
    const values = [...Array.from({ length: 99 }, (_, i) => i + 1), 9000];
    const step = stepOf(values);
    expect(step).toBe(20);
    expect([levelOf(0, step), levelOf(99, step), levelOf(9000, step)]).toEqual([0, 4, 5]);
    expect(stepOf([])).toBe(1);
  });
  it('lays a year out by weeks from Monday, with every day once', () => {
    const model = modelOf(series('gap', visitors, 'day', 300), boundsOf(place, NOW));
    const columns = calendarOf(model, 2026, (row) => `day ${row}`, () => 'm');
    const cells = columns.flatMap((column) => column.cells);
    expect(cells.filter(Boolean)).toHaveLength(365);
    expect(columns[0]?.cells.slice(0, 3)).toEqual([null, null, null]); // 1 January 2026 is a Thursday
    expect(columns.filter((column) => column.label)).toHaveLength(12);
    expect(cells.some((cell) => cell?.kind === 'gap')).toBe(false); // its gap is in 2025
    expect(calendarOf(model, 2025, String, () => '').flatMap((column) => column.cells).some((cell) => cell?.kind === 'gap' && cell.value === null)).toBe(true);
    expect(cells.at(-4)?.kind ?? 'none').toBe('none'); // not yet
  });
  it('keeps an hour of which too little is known as a gap', () => {
    const hours = Array.from({ length: 168 }, (_, i) => ({ weekday: Math.floor(i / 24) + 1, hour: i % 24, median: i === 25 ? null : i, weeks: i === 25 ? 2 : 9 }));
    const columns = weekOf({ hours } as Parameters<typeof weekOf>[0], (one) => `${one.weekday} ${one.hour}`, String);
    expect(columns).toHaveLength(24);
    expect(columns[1]?.cells[1]).toEqual({ value: null, kind: 'gap', text: '2 1' });
    expect(columns[3]?.cells[2]?.value).toBe(51);
  });
});

describe('the usual band', () => {
  const model = modelOf(series('gap', visitors), boundsOf(place, NOW));
  it('is compared over the hours that both are known of', () => {
    const hours = model.utc.map((at, i) => ({ t: new Date(at).toISOString(), usual: i === 2 ? null : 100, low: 80, high: 120 }));
    const found = againstUsual(model, bandOf({ hours } as Parameters<typeof bandOf>[0]));
    const known = model.total.map((value, i) => (i !== 2 && value !== null && (model.coverage[i] ?? 0) >= 0.8 ? value : null)).filter((value) => value !== null);
    expect(found?.hours).toBe(known.length);
    expect(found?.change).toBeCloseTo(known.reduce((sum, value) => sum + value, 0) / (known.length * 100) - 1);
    expect(againstUsual(model, new Map())).toBeNull();
  });
});

describe('the big graph', () => {
  const words = { track: String, axis: String, value: String, newMethod: '', mean: '', tip: () => '' };
  const model = modelOf(series('full', visitors, 'hour', 48), boundsOf(place, NOW));
  const made = (extra: object): { series: { yAxisIndex?: number; data: unknown[] }[] } =>
    historyOption(model, look, words, { from: 0, to: 1, low: 0, high: 1, compact: false, ...extra }) as never;
  it('draws the stretch and lets the slider show the whole', () => {
    const whole = modelOf(series('full', visitors, 'day', 300), boundsOf(place, NOW));
    const option = made({ whole });
    expect(option.series[0]?.yAxisIndex).toBe(2);
    expect(option.series[0]?.data).toHaveLength(300);
    expect(option.series[1]?.data).toHaveLength(48);
  });
  it('has a band and holidays only where they are given', () => {
    const plain = made({}).series.length;
    expect(made({ band: [{ at: 0, usual: 1, low: 0, high: 2 }] }).series).toHaveLength(plain + 3);
    expect(made({ holidays: [0] }).series).toHaveLength(plain + 1);
  });
  it('of several places breaks each line at its change of method', () => {
    const broken = modelOf(series('break', traffic, 'day', 30), boundsOf(place, NOW));
    const option = compareOption([broken, model], ['a', 'b'], look, { axis: String, value: String, tip: String }) as { series: { data: [number, number | null][] }[] };
    expect(option.series[0]?.data).toHaveLength(31);
    expect(option.series[0]?.data.filter(([, value]) => value === null)).toHaveLength(1);
    expect(option.series[1]?.data).toHaveLength(48);
  });
});

describe('the graph for other sites', () => {
  const point = (i: number, value: number | null, change: Partial<Point> = {}): Point => ({ wall: i * HOUR, value, coverage: value === null ? 0 : 1, provisional: false, state: value === null ? 'missing' : 'released', method: 'm', ...change });
  const points = [point(0, 5), point(1, 7), point(2, null), point(3, null, { state: 'suppressed' }), point(4, 0), point(5, 3, { method: 'n' }), point(6, null, { state: 'held' })];
  it('joins nothing across a gap or a change of method', () => {
    expect(runsOf(points)).toEqual([[0, 2], [4, 5], [5, 6]]);
    expect(breaksOf(points)).toEqual([5 * HOUR]);
    expect(breaksOf([point(0, 1), point(1, null, { method: '' }), point(2, 1, { method: 'n' })])).toEqual([2 * HOUR]);
  });
  it('hatches gaps, shows what is withheld as pale, and says nothing of what is yet to come', () => {
    expect(holes(points, 5.5 * HOUR)).toEqual([[2, 3, false], [3, 4, true]]);
    expect(holes([point(0, null), point(1, 4)], 9 * HOUR)).toEqual([]);
  });
  it('puts zero on the axis and never draws a gap as zero', () => {
    const drawn = draw(points, { width: 400, height: 200, bucket: HOUR, low: 0, high: 7 * HOUR, now: 5.5 * HOUR }, { value: String, time: String });
    expect(drawn.y(0)).toBe(178);
    expect(drawn.svg.match(/class="gap"/g)).toHaveLength(1);
    expect(drawn.svg.match(/class="break"/g)).toHaveLength(1);
    expect(drawn.svg).not.toContain('NaN');
    expect(draw([], { width: 400, height: 200, bucket: HOUR, low: 0, high: DAY, now: 0 }, { value: String, time: String }).svg).not.toContain('NaN');
  });
  it('has round ticks from zero to above the top', () => {
    expect(ticksOf(930)).toEqual([0, 250, 500, 750, 1000]);
    expect(ticksOf(0)).toEqual([0, 1]);
  });
});
