import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { address } from '../src/api/client';
import { ago, change, number, percent, when } from '../src/format.svelte';
import { place } from '../src/fixtures/states';
import { t } from '../src/i18n/index.svelte';
import { drawLine } from '../src/live/drawing';
import { boundsAround } from '../src/map/style';
import { groupsOf } from '../src/pages/groups';
import { match } from '../src/router.svelte';
// @ts-expect-error plain JavaScript, run by the build
import { faults } from '../scripts/catalogue.mjs';

describe('an address', () => {
  it.each([
    ['/portal/place/:id', '/portal/place/pets.W', { id: 'pets.W' }],
    ['/portal/place/:id', '/portal/place/a%2Fb', { id: 'a/b' }],
    ['/portal/place/:id', '/portal/place', null],
    ['/portal/place/:id', '/portal/place/', null],
    ['/room', '/room/camera/x', null],
  ])('%s against %s', (pattern, path, found) => {
    expect(match(pattern, path)).toEqual(found);
  });

  it('asks the API with repeated keys and without empty ones', () => {
    expect(address('/series', { place: 'a.b', indicator: ['x.y', 'x.z'], to: undefined })).toBe('/api/v1/series?place=a.b&indicator=x.y&indicator=x.z');
  });
});

describe('numbers and times in Indonesian', () => {
  it('are written as people write them', () => {
    expect(number(1284)).toBe('1.284');
    expect(number(3.25)).toBe('3,3');
    expect(change(0.12)).toBe('+12%');
    expect(when(Date.parse('2026-03-16T07:05:00Z'), 'Asia/Jakarta', 'time')).toBe('14.05');
    expect(ago(0, 180_000)).toBe('3 menit yang lalu');
  });
  it('never round a share up to the whole or down to nothing', () => {
    expect([percent(0.999), percent(1), percent(0.001), percent(0)]).toEqual(['99%', '100%', '1%', '0%']);
  });
  it('fill the catalogue', () => {
    expect(t('pulse.away', { n: 1, of: 2 })).toBe('1 dari 2 kamera terputus');
  });
});

describe('the catalogue check', () => {
  const catalogue = { 'a.b': { id: 'x {n}', en: 'y {n}' } };
  it('accepts what agrees', () => {
    expect(faults(catalogue, { 'A.svelte': "<p>{t('a.b', { n: 1 })}</p>" })).toEqual([]);
  });
  it.each([
    ['a missing key', catalogue, "{t('a.b')}{t('a.c')}", 'A.svelte: key a.c is not in the catalogue'],
    ['an unused key', catalogue, '', 'a.b: used nowhere'],
    ['a missing language', { 'a.b': { id: 'x' } }, "{t('a.b')}", 'a.b: no en text'],
    ['placeholders that differ', { 'a.b': { id: '{n}', en: '{m}' } }, "{t('a.b')}", 'a.b: placeholders differ'],
    ['words in the markup', catalogue, "<p>Halo</p>{t('a.b')}", 'A.svelte: words outside the catalogue: Halo'],
    ['words in an attribute', catalogue, "<p title=\"Halo\">{t('a.b')}</p>", 'A.svelte: words outside the catalogue: Halo'],
  ])('refuses %s', (_, words, text, fault) => {
    expect(faults(words, { 'A.svelte': text })).toContain(fault);
  });
});

describe('a line on the picture', () => {
  it('points forward to the right of start→end', () => {
    const down = drawLine([0.5, 0], [0.5, 1], [200, 100], 10); // walking down the picture, the right hand is on its left
    expect(down.arrow.startsWith('M100.0 50.0L90.0 50.0')).toBe(true);
    const right = drawLine([0, 0.5], [1, 0.5], [200, 100], 10);
    expect(right.arrow.startsWith('M100.0 50.0L100.0 60.0')).toBe(true);
  });
});

describe('places', () => {
  const imported = { ...place, id: 's.1', camera: null, kind: 'site' as const, source: 'S', last: '2027-01-01T00:00:00Z' };
  it('are grouped by who measured, the own first', () => {
    expect(groupsOf([imported, place]).map((group) => [group.own, group.places.length])).toEqual([[true, 1], [false, 1]]);
  });
});

describe('the map', () => {
  it('frames points and areas, and nothing where there are none', () => {
    expect(boundsAround([], { type: 'FeatureCollection', features: [] })).toBeNull();
    const area: GeoJSON.Feature = { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [[[1, 2], [3, 4], [1, 4], [1, 2]]] } };
    expect(boundsAround([{ lon: 5, lat: 0 }], { type: 'FeatureCollection', features: [area] })).toEqual([[1, 0], [5, 4]]);
  });
});

describe('the repository', () => {
  let lock: string;
  beforeEach(() => { lock = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'); });
  it('keeps no addresses in the lock', () => {
    expect(lock).not.toContain('"resolved"');
    expect(lock).not.toMatch(/registry\.|:\/\/[^"]*\.tgz/);
  });
});
