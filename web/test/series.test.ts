import { describe, expect, it } from 'vitest';
import type { Place, Series } from '../src/api/types';
import { families, place as fixture } from '../src/fixtures/states';
import { choicesOf, choose } from '../src/series/choice';
import { matchedChange } from '../src/series/compare';
import { Minutes } from '../src/series/minutes';
import { conditionsOf, doubtIn } from '../src/series/condition';
import { levelOf, modelOf, summarise, totals } from '../src/series/model';
import { boundsOf, rangeOf, stepDay, tierOf } from '../src/series/range';
import { meanBetween, rollingMean } from '../src/series/smooth';
import { asReleased, unpublished } from '../src/series/release';
import { dateOf, instantOf, shiftDate, startOf, wallOf } from '../src/series/zone';
import { spark } from '../src/chart/spark';
import { washed } from '../src/chart/history';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.parse('2025-03-03T00:00:00Z');
const iso = (ms: number): string => new Date(ms).toISOString();

function series(values: (number | null)[][], change: Partial<Series> = {}): Series {
  const n = values[0]?.length ?? 0;
  return {
    place: 'p.A', tier: 'hour', direction: 'both', timezone: 'UTC', from: iso(T0), to: iso(T0 + n * HOUR), t: Array.from({ length: n }, (_, i) => iso(T0 + i * HOUR)),
    coverage: Array<number>(n).fill(1), provisional: Array<boolean>(n).fill(false), held: Array<boolean>(n).fill(false),
    columns: values.map((column, i) => ({ indicator: `f.${i}`, unit: '1', over_time: 'sum', label: { id: 'a', en: 'b' }, values: column })),
    breaks: [], gaps: [], source: '', licence: '', validation: 'unvalidated', ...change,
  };
}

describe('local time', () => {
  it.each([
    ['2025-07-01T00:00:00Z', 'Asia/Jakarta', '2025-07-01T07:00:00.000Z'],
    ['2025-07-01T00:00:00Z', 'Pacific/Auckland', '2025-07-01T12:00:00.000Z'],
    ['2025-01-01T00:00:00Z', 'Pacific/Auckland', '2025-01-01T13:00:00.000Z'],
    ['1969-12-31T20:00:00Z', 'Asia/Jakarta', '1970-01-01T03:00:00.000Z'],
  ])('reads %s in %s as %s', (instant, zone, wall) => {
    expect(iso(wallOf(Date.parse(instant), zone))).toBe(wall);
    expect(instantOf(Date.parse(wall), zone)).toBe(Date.parse(instant));
  });

  it('begins days of 23 and 25 hours where the clocks change', () => {
    const length = (day: string): number => (startOf(shiftDate(day, { days: 1 }), 'Pacific/Auckland') - startOf(day, 'Pacific/Auckland')) / HOUR;
    expect([length('2025-04-06'), length('2025-09-28'), length('2025-06-01')]).toEqual([25, 23, 24]);
  });

  it('ends a month where it ends', () => {
    expect(shiftDate('2025-03-31', { months: -1 })).toBe('2025-02-28');
    expect(shiftDate('2024-02-29', { years: 1 })).toBe('2025-02-28');
    expect(shiftDate('2025-01-01', { days: -1 })).toBe('2024-12-31');
  });
});

describe('a model', () => {
  it('tells a suppressed bucket from one that nobody watched', () => {
    const told = series([[10, null, null, null]], { coverage: [1, 1, 0, 1] });
    const [column] = told.columns;
    if (column) column.states = ['released', 'suppressed', 'missing', 'wider'];
    const model = modelOf(told);
    expect(model.hidden).toEqual([null, 'suppressed', null, 'wider']);
    expect(model.spans.map((span) => span.kind)).toEqual(['suppressed', 'unwatched', 'wider']);
  });

  it('keeps an empty bucket empty and says why where it is told', () => {
    const model = modelOf(series([[1, null, null, 4]], { gaps: [{ from: iso(T0 + HOUR), to: iso(T0 + 3 * HOUR), kind: 'outage', reason: 'refused' }] }));
    expect(model.total).toEqual([1, null, null, 4]);
    expect(model.spans).toEqual([{ from: T0 + HOUR, to: T0 + 3 * HOUR, kind: 'outage', reason: 'refused' }]);
  });

  it('finds a gap nobody told of, and breaks the line where buckets are missing altogether', () => {
    const holed = series([[1, 2, 3]]);
    holed.t = [iso(T0), iso(T0 + HOUR), iso(T0 + 6 * HOUR)];
    const model = modelOf(holed);
    expect(model.total).toEqual([1, 2, null, 3]);
    expect(model.spans).toEqual([{ from: T0 + 2 * HOUR, to: T0 + 6 * HOUR, kind: 'unwatched', reason: '' }]);
  });

  it('calls nothing a gap before the first figure or after now', () => {
    const model = modelOf(series([[null, 2, null]]), { low: T0 + HOUR, high: T0 + 2 * HOUR });
    expect(model.spans).toEqual([]);
    expect(summarise(model)).toMatchObject({ figure: 2, coverage: 1, buckets: 1 });
  });

  it('shows what is not yet released as held, not as a gap, and leaves it out of the coverage', () => {
    const model = modelOf(series([[5, null]], { held: [false, true], coverage: [1, null] }));
    expect(model.spans).toEqual([{ from: T0 + HOUR, to: T0 + 2 * HOUR, kind: 'held', reason: '' }]);
    expect(summarise(model).coverage).toBe(1);
  });

  it('shows people of a group who are not published yet as held, long after the bucket is over', () => {
    const told = series([[5, null]]);
    const [column] = told.columns;
    expect(unpublished(told)).toBe(false);
    if (column) column.states = ['released', 'held'];
    expect(unpublished(told)).toBe(true);
    expect(unpublished({ ...told, held: [false, true] })).toBe(false);
    expect(modelOf(told).spans.map((span) => span.kind)).toEqual(['held']);
  });

  it('never sums a known class with an unknown one', () => {
    expect(totals([[1, 2], [3, null]], 2)).toEqual([4, null]);
    expect(totals([], 1)).toEqual([null]);
  });

  it('counts the gap against the coverage', () => {
    const sum = summarise(modelOf(series([[10, null, 30, null]], { coverage: [1, 0, 0.5, 0] })));
    expect(sum).toMatchObject({ figure: 40, coverage: 1.5 / 4, peak: 0 });
  });

  it('weighs the mean of a sampled indicator by coverage', () => {
    const sampled = series([[10, 20]], { coverage: [1, 0.5] });
    for (const column of sampled.columns) column.over_time = 'mean';
    expect(summarise(modelOf(sampled)).figure).toBeCloseTo(20 / 1.5);
  });

  it('has no figure where nothing was seen, rather than zero', () => {
    expect(summarise(modelOf(series([[null, null]]))).figure).toBeNull();
    expect(summarise(modelOf(series([[0, 0]]))).figure).toBe(0);
  });

  it('joins neighbours of one coverage level in the strip', () => {
    const model = modelOf(series([[1, 1, 1]], { coverage: [1, 1, 0.6] }));
    expect(model.strip).toEqual([{ from: T0, to: T0 + 2 * HOUR, level: 0 }, { from: T0 + 2 * HOUR, to: T0 + 3 * HOUR, level: 3 }]);
    expect([1, 0.97, 0.85, 0.5, 0].map(levelOf)).toEqual([0, 1, 2, 3, 4]);
  });

  it('hatches a sum that is too small because little was seen, and takes no peak from it', () => {
    const model = modelOf(series([[50, 9, 3]], { coverage: [0.3, 1, 1] }));
    expect(model.spans).toEqual([{ from: T0, to: T0 + HOUR, reason: '', kind: 'thin' }]);
    expect(summarise(model).peak).toBe(1);
    expect(summarise(modelOf(series([[1, 2]], { coverage: [0.3, 0.3] }))).peak).toBe(1);
  });

  it('washes the provisional buckets and no others', () => {
    const model = modelOf(series([[1, 2, 3]], { provisional: [false, true, true] }));
    expect(washed(model)).toEqual([{ from: T0 + HOUR, to: T0 + 3 * HOUR }]);
  });
});

describe('a comparison', () => {
  const week = (value: number, from: number, change: Partial<Series> = {}): Series => {
    const made = series([Array<number>(24).fill(value)], change);
    made.t = made.t.map((_, i) => iso(from + i * HOUR));
    return made;
  };
  it('matches buckets that are covered in both', () => {
    expect(matchedChange(modelOf(week(12, T0)), modelOf(week(10, T0 - DAY)))).toBeCloseTo(0.2);
  });
  it('is not made across a new method or with too few buckets', () => {
    const old = modelOf(week(10, T0 - DAY));
    expect(matchedChange(modelOf(week(12, T0, { breaks: [{ t: iso(T0), method: 'm', revision: 2 }] })), old)).toBeNull();
    expect(matchedChange(modelOf(week(12, T0, { coverage: Array<number>(24).fill(0.5) })), old)).toBeNull();
  });
  it('leaves the running bucket out', () => {
    const now = modelOf(week(12, T0), { low: -Infinity, high: T0 + 23.5 * HOUR });
    now.total[23] = 1;
    expect(matchedChange(now, modelOf(week(10, T0 - DAY)))).toBeCloseTo(0.2);
  });
});

describe('a rolling mean', () => {
  it('equals the plain mean where all is known and stays empty over a gap', () => {
    const values = Array.from({ length: 40 }, (_, i) => i);
    const plain = (i: number, w: number): number => values.slice(i - w / 2, i + w / 2).reduce((a, b) => a + b, 0) / w;
    expect(rollingMean(values, 8)[20]).toBeCloseTo(plain(20, 8));
    const holed: (number | null)[] = values.map((value) => (value > 10 && value < 20 ? null : value));
    expect(rollingMean(holed, 8)[15]).toBeNull();
    expect(rollingMean(holed, 8)[20]).toBeNull();
    expect(rollingMean(holed, 8)[30]).toBeCloseTo(plain(30, 8));
  });
});

describe('a mean over a new method', () => {
  it('begins anew', () => {
    const values = Array.from({ length: 20 }, (_, i) => (i < 10 ? 1 : 5));
    expect(new Set(meanBetween(values, 4, [10]).filter((value) => value !== null))).toEqual(new Set([1, 5]));
    expect(meanBetween(values, 4, [10])).toHaveLength(20);
    expect(meanBetween(values, 4, [])).toEqual(rollingMean(values, 4));
  });
});

describe('a range', () => {
  const current: Place = { ...fixture, timezone: 'Asia/Jakarta', first: '2025-01-10T00:00:00Z', last: '2025-03-03T05:00:00Z' };
  const now = Date.parse('2025-03-03T05:20:00Z');
  const past: Place = { ...current, timezone: 'Pacific/Auckland', first: '2019-01-01T00:00:00Z', last: '2024-06-30T12:00:00Z' };

  it('is the local day of today for a place that is still measured', () => {
    const range = rangeOf('day', null, current, now);
    expect([iso(range.from), iso(range.to), range.tier]).toEqual(['2025-03-02T17:00:00.000Z', '2025-03-03T17:00:00.000Z', 'hour']);
  });

  it.each([['day', 'hour'], ['week', 'hour'], ['month', 'hour'], ['year', 'day'], ['five', 'day']] as const)('picks its tier: %s by %s', (preset, tier) => {
    expect(rangeOf(preset, null, past, now).tier).toBe(tier);
  });

  it('shows minutes to the room only, and only of half a day', () => {
    expect([tierOf(0, 11 * HOUR, true), tierOf(0, 11 * HOUR), tierOf(0, 13 * HOUR, true)]).toEqual(['minute', 'hour', 'hour']);
  });

  it('ends with the last measured day of a place that is no longer measured', () => {
    const range = rangeOf('year', null, past, now);
    expect(dateOf(range.to - 1, past.timezone)).toBe('2024-06-30');
    expect(dateOf(range.from, past.timezone)).toBe('2023-07-01');
    expect(range.tier).toBe('day');
    expect(boundsOf(past, now).high).toBe(Date.parse('2024-06-30T12:00:00Z') - 1);
  });

  it('takes whole local days when a day is chosen', () => {
    const range = rangeOf('day', '2025-02-01', current, now);
    expect([iso(range.from), iso(range.to)]).toEqual(['2025-01-31T17:00:00.000Z', '2025-02-01T17:00:00.000Z']);
  });

  it('shows months of many years, and days again of a stretch of them', () => {
    const grown = { ...past, first: '2017-01-01T00:00:00Z' };
    expect(rangeOf('all', null, grown, now).tier).toBe('month');
    expect(rangeOf('all', null, past, now).tier).toBe('day');
    expect(tierOf(rangeOf('all', null, grown, now).to - 400 * 24 * HOUR, rangeOf('all', null, grown, now).to)).toBe('day');
  });

  it('shows everything from the first figure', () => {
    expect(dateOf(rangeOf('all', null, past, now).from, past.timezone)).toBe('2019-01-01');
  });

  it('steps back to where figures begin and forward to now', () => {
    const month = rangeOf('month', null, current, now);
    expect(stepDay(month, -1, current, now)).toBe('2025-02-03');
    expect(stepDay(month, 1, current, now)).toBeNull();
    expect(stepDay(rangeOf('month', '2025-01-20', current, now), -1, current, now)).toBeNull();
    expect(stepDay(rangeOf('month', '2025-02-20', current, now), 1, current, now)).toBe('2025-03-03');
  });

  it('ignores a day that is none', () => {
    expect(rangeOf('month', 'yesterday', current, now).fixed).toBe(false);
  });
});

describe('choices', () => {
  it('stack what adds up and offer each class alone', () => {
    const choices = choicesOf(fixture, families);
    expect(choices.map((choice) => choice.id)).toEqual(['visitors.person', 'traffic', 'traffic.car', 'traffic.motorcycle', 'traffic.bus']);
    expect(choose(choices, 'traffic')?.indicators).toHaveLength(3);
    expect(choose(choices, 'nothing')?.id).toBe('visitors.person');
  });
  it('offer nothing that the kind of place does not have', () => {
    expect(choicesOf({ ...fixture, kind: 'zone' }, families)).toEqual([]);
  });

  it('shows a mean with its percentiles, and tells the mean', () => {
    const base = { ...families[1]!.indicators[0]!, id: 'speed.car', name: 'car', over_time: 'mean' as const, unit: 'km/h' };
    const made = ['p50', 'p85'].map((take) => ({ ...base, id: `speed.car_${take}`, name: `car_${take}`, of: ['speed.car'], take }));
    const speed = { name: 'speed', label: { id: 'a', en: 'b' }, indicators: [base, ...made] };
    const [only, ...more] = choicesOf({ ...fixture, families: ['speed'] }, [speed]);
    expect(more).toEqual([]);
    expect([only?.id, only?.whole, only?.indicators.map((one) => one.name)]).toEqual(['speed.car', false, ['car', 'car_p50', 'car_p85']]);
    const told = series([[40, null], [41, null], [50, null]]);
    for (const column of told.columns) column.over_time = 'mean';
    const model = modelOf(told);
    expect(model.total.slice(0, 2)).toEqual([40, null]);
    expect(summarise(model).figure).toBe(40);
  });
});

describe('the growing hour', () => {
  const cross = (at: number, line = 'c.A') => ({ line, direction: 'forward', road_user: 'person', time: iso(at) });
  const M = 60_000;

  it('counts a crossing once, however often it is told', () => {
    const minutes = new Minutes(5);
    expect(minutes.count([cross(T0 + 1000)], T0 + 2000)).toBe(1);
    expect(minutes.count([cross(T0 + 1000), cross(T0 + 3000)], T0 + 4000)).toBe(1);
    expect(minutes.rows(T0 + 4000).at(-1)).toMatchObject({ value: 2, provisional: true });
  });

  it('counts two of one class in one instant as two', () => {
    const minutes = new Minutes(5);
    expect(minutes.count([cross(T0), cross(T0)], T0)).toBe(2);
    expect(minutes.count([cross(T0), cross(T0)], T0 + 1)).toBe(0);
  });

  it('lets a stored minute replace what was counted, and an open one never shrink', () => {
    const minutes = new Minutes(5);
    minutes.count([cross(T0), cross(T0 + 1)], T0 + 5);
    minutes.store([iso(T0)], [1], [1], [true]);
    expect(minutes.rows(T0).at(-1)?.value).toBe(2);
    minutes.store([iso(T0)], [1], [1], [false]);
    expect(minutes.rows(T0).at(-1)).toMatchObject({ value: 1, provisional: false });
  });

  it('leaves a minute nobody watched empty', () => {
    const minutes = new Minutes(5);
    minutes.count([], T0);
    minutes.store([iso(T0 - 2 * M), iso(T0 - 3 * M)], [null, 7], [0, 1], [false, false]);
    expect(minutes.rows(T0).map((row) => row.value)).toEqual([null, 7, null, null, 0]);
  });

  it('forgets what is older than its span', () => {
    const minutes = new Minutes(5);
    minutes.count([cross(T0)], T0);
    minutes.count([], T0 + 60 * M);
    expect(minutes.count([cross(T0 + 60 * M)], T0 + 60 * M)).toBe(1);
    expect(minutes.rows(T0 + 60 * M).filter((row) => row.value)).toHaveLength(1);
  });
});

describe('a sparkline', () => {
  it('leaves a gap open and ends with a dot', () => {
    const drawn = spark([1, 2, null, 4], 4, 30, 10);
    expect(drawn.paths).toHaveLength(2);
    expect(drawn.gaps).toEqual([[10, 30]]);
    expect(drawn.end).not.toBe('');
  });
  it('begins at the left edge, so that the rest of a day stays empty', () => {
    expect(spark([5], 3, 20, 10).paths).toEqual(['M0.0 0.0']);
    expect(spark([], 3, 20, 10)).toEqual({ paths: [], gaps: [], end: '' });
  });
});

describe('the release rule on the portal', () => {
  it('holds what ended less than the delay ago, also for an operator', () => {
    const told = asReleased(series([[1, 2, 3]]), 900, T0 + 2 * HOUR + 14 * 60_000);
    expect(told.held).toEqual([false, true, true]);
    expect(told.columns[0]?.values).toEqual([1, null, null]);
    expect(asReleased(series([[1, 2, 3]]), 900, T0 + 2 * HOUR + 15 * 60_000).held).toEqual([false, false, true]);
  });
});

describe('night, rain and doubt', () => {
  const model = modelOf(series([[1, 2, null, 4]], {
    night: [1, 0.4, 1, 0.01], rain: [0, 0.2, 0.5, null], doubts: [{ from: iso(T0 + HOUR), to: iso(T0 + 2 * HOUR), sentence: { id: 'a', en: 'b' } }],
  }));
  it('are said in words, partly as a share, and not where there is no figure', () => {
    expect(conditionsOf(model, 0)).toEqual(['malam']);
    expect(conditionsOf(model, 1).map((word) => word.replace(/\s/g, ' '))).toEqual(['malam 40%', 'hujan 20%', 'tidak cocok dengan angka sekitarnya']);
    expect(conditionsOf(model, 2)).toEqual([]);
    expect(conditionsOf(model, 3)).toEqual([]);
  });
  it('doubt a stretch only where one of its buckets is doubted', () => {
    expect(doubtIn(model, T0, T0 + HOUR)).toBe('');
    expect(doubtIn(model, T0, T0 + 2 * HOUR)).not.toBe('');
    expect(conditionsOf(modelOf(series([[1]])), 0)).toEqual([]);
  });
});
