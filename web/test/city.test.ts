import { describe, expect, it } from 'vitest';
import { areaAt, metresBetween, nearest } from '../src/city/near';
import { findAll } from '../src/city/search';
import { legendOf, shadesOf } from '../src/city/shades';
import { drawAreas } from '../src/city/shapes';
import { changeOf, comparedIn, stepOf } from '../src/city/words';
import { figure, theme } from '../src/fixtures/now';
import { families, place } from '../src/fixtures/states';

const box = (code: string, w: number, s: number, e: number, n: number, hole: [number, number, number, number] | null = null): GeoJSON.Feature => {
  const ring = (a: number, b: number, c: number, d: number): GeoJSON.Position[] => [[a, b], [c, b], [c, d], [a, d], [a, b]];
  return { type: 'Feature', properties: { code, name: `Wilayah ${code}` }, geometry: { type: 'Polygon', coordinates: [ring(w, s, e, n), ...(hole ? [ring(...hole)] : [])] } };
};
const areas: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [box('1', 0, 0, 10, 10, [4, 4, 6, 6]), box('1.2', 0, 0, 2, 2)] };

describe('near me', () => {
  it('finds the smallest area around a position, and none in a hole or outside', () => {
    expect(areaAt(areas, { lon: 1, lat: 1 })).toBe('1.2');
    expect(areaAt(areas, { lon: 8, lat: 8 })).toBe('1');
    expect(areaAt(areas, { lon: 5, lat: 5 })).toBeNull();
    expect(areaAt(areas, { lon: 11, lat: 1 })).toBeNull();
  });
  it('measures metres over the ground', () => {
    expect(metresBetween({ lon: 110, lat: -7 }, { lon: 110, lat: -8 })).toBeCloseTo(111_195, -2);
    expect(metresBetween({ lon: 110, lat: -60 }, { lon: 111, lat: -60 }) / metresBetween({ lon: 110, lat: 0 }, { lon: 111, lat: 0 })).toBeCloseTo(0.5, 2);
  });
  it('orders places by distance and leaves out those without a position', () => {
    const far = { ...place, id: 'far', lon: 111, lat: -7 }, close = { ...place, id: 'close', lon: 110.1, lat: -7 }, lost = { ...place, id: 'lost', lon: null };
    expect(nearest([far, lost, close], { lon: 110, lat: -7 }, 5).map((one) => one.place.id)).toEqual(['close', 'far']);
  });
});

describe('areas as shapes', () => {
  it('fit their box, keep north up, and lie under those that they hold', () => {
    const drawn = drawAreas(areas, 640, 460);
    expect(drawn?.shapes.map((one) => one.code)).toEqual(['1', '1.2']);
    expect(drawn?.height).toBeLessThanOrEqual(460);
    expect(drawn?.place({ lon: 5, lat: 10 }).y).toBeLessThan(drawn?.place({ lon: 5, lat: 0 }).y ?? 0);
    expect(drawn?.place({ lon: 10, lat: 5 }).x).toBeLessThanOrEqual(640);
  });
  it('are nothing where no area has a shape', () => {
    expect(drawAreas({ type: 'FeatureCollection', features: [{ type: 'Feature', properties: { code: '1' }, geometry: { type: 'Point', coordinates: [1, 1] } }] }, 640, 460)).toBeNull();
  });
});

describe('a change against usual', () => {
  const water = theme({ id: 'water', told: 'difference', steps: [5, 20] });
  it.each([[0.04, 0], [-0.1, -1], [0.29, 1], [0.3, 2], [-0.8, -2]])('of %s is step %s', (by, step) => {
    expect(stepOf(theme(), by)).toBe(step === 0 ? 0 : step);
  });
  it('is a share of counts, and centimetres of water', () => {
    expect(changeOf(theme(), 0.12)).toMatch(/^\+12\s?%$/);
    expect(changeOf(water, -7.04)).toBe('−7 cm');
    expect(comparedIn(theme(), figure())).toMatch(/▲ \+12\s?% dari biasanya/);
    expect(comparedIn(theme(), figure({ change: 0.03 }))).toContain('≈ seperti biasanya');
  });
  it('says why there is none', () => {
    expect(comparedIn(theme(), figure({ change: null, compared: 0 }))).toContain('belum diketahui');
    expect(comparedIn(theme(), figure({ change: null, compared: 3 }))).toContain('Terlalu sedikit');
  });
  it('shades an area only where there is one', () => {
    const shades = shadesOf(theme({ areas: [{ ...figure(), code: 'a' }, { ...figure({ change: null }), code: 'b' }] }));
    expect(shades.get('a')?.step).toBe(1);
    expect(shades.get('b')).toEqual({ step: null, word: 'tidak diketahui' });
    expect(legendOf(theme())).toHaveLength(5);
  });
});

describe('search', () => {
  const area = { code: '33.74.01', name: 'Gajahmungkur', places: [] };
  it('finds places, areas and indicators by every word, in either language', () => {
    expect(findAll('gerbang', [place], families, [area], 'Kota').map((one) => one.href)).toEqual(['/portal/place/contoh.A']);
    expect(findAll('gajah', [place], families, [area], 'Kota')[0]?.href).toBe('/portal/area/33.74.01');
    expect(findAll('motorcycles', [place], families, [area], 'Kota')[0]?.href).toBe('/portal/place/contoh.A?show=traffic.motorcycle');
    expect(findAll('sepeda motor gajah', [place], families, [area], 'Kota')).toEqual([]);
    expect(findAll('  ', [place], families, [area], 'Kota')).toEqual([]);
  });
  it('offers no indicator that nothing measures', () => {
    expect(findAll('mobil', [{ ...place, families: ['visitors'] }], families, [], 'Kota')).toEqual([]);
  });
});
