import { afterEach, describe, expect, it, vi } from 'vitest';
import { families, NOW, series as made, validation, type Compared } from '../src/fixtures/states';
import { lang } from '../src/i18n/index.svelte';
import { inWords, told, validityOf, validityOfSeries } from '../src/series/validity';

const ASKED = { name: (id: string): string => id.split('.')[1] ?? id, zone: 'Asia/Jakarta' };
const person = (compared: Compared, change = {}) => validation(compared, 'visitors.person', change);
const of = (...entries: ReturnType<typeof person>[]) => validityOf(entries, ASKED);

describe('the validation beside a figure', () => {
  it.each([
    ['unvalidated', 'belum divalidasi (12 dari 30)', ''],
    ['validated', 'tervalidasi: ketepatan 95% [88–100%], n 84, 2 Mar 2026', ''],
    ['flagged', 'tervalidasi: ketepatan 71% [61–81%], n 84, 2 Mar 2026', 'kurang tepat'],
    ['failed', 'belum divalidasi (ketepatan 71% [61–81%], n 212, 2 Mar 2026)', 'kurang tepat'],
    ['expired', 'validasi kedaluwarsa', ''],
  ] as const)('of a class that is %s', (compared, text, warning) => {
    expect(of(person(compared))).toMatchObject({ text, warning });
    expect(inWords(of(person(compared)))).toBe(warning ? `${text}; ${warning}` : text);
  });

  it('warns of an expired one that was not accurate enough either', () => {
    expect(of(person('expired', { flagged: true }))).toEqual({ status: 'expired', text: 'validasi kedaluwarsa', warning: 'kurang tepat' });
  });

  it('says the status alone, where the public may have no more', () => {
    const alone = { n: null, accuracy: null, interval: null, net_error: null };
    expect(of(person('unvalidated', alone)).text).toBe('belum divalidasi');
    expect(of(person('validated', alone)).text).toBe('tervalidasi');
    expect(told(person('unvalidated', alone), 'Asia/Jakarta')).toContain('Belum divalidasi');
  });

  it('never gives an accuracy without its interval', () => {
    expect(of(person('validated', { interval: null })).text).toBe('tervalidasi');
    expect(of(person('validated', { accuracy: null })).text).toBe('tervalidasi');
  });

  it('never rounds an accuracy up to the whole, and writes one below zero', () => {
    expect(of(person('validated', { accuracy: 0.999, interval: [-0.1, 0.999] })).text).toContain('ketepatan 99% [-10–99%]');
  });

  it('promises nothing for what cannot be compared, or where nothing is said', () => {
    expect(validityOf([person('unvalidated', { n: 0 })], { ...ASKED, counted: () => false }).text).toBe('belum divalidasi');
    expect(validityOf([], ASKED)).toEqual({ status: 'unvalidated', text: 'belum divalidasi', warning: '' });
  });

  it('says since when, where earlier buckets of the figure were measured otherwise', () => {
    const since = '2026-03-10T00:00:00Z';
    const at = (from: string) => validityOf([person('validated', { since })], { ...ASKED, from: Date.parse(from) }).text;
    expect(at('2026-03-01T00:00:00Z')).toContain(', untuk angka sejak 10 Mar 2026');
    expect(at(since)).not.toContain('sejak');
  });
});

describe('the validation of several classes together', () => {
  const car = (compared: Compared, change = {}) => validation(compared, 'traffic.car', change);
  const bus = (compared: Compared) => validation(compared, 'traffic.bus');
  it.each([
    ['the least accurate speaks', [car('validated'), bus('flagged')], 'validated', 'tervalidasi per golongan; terendah bus: ketepatan 71% [61–81%], n 84, 2 Mar 2026', 'kurang tepat: bus'],
    ['one falls short', [car('validated'), bus('unvalidated')], 'unvalidated', 'belum divalidasi: 1 dari 2 golongan', ''],
    ['one expired, one falls short', [car('expired'), bus('unvalidated')], 'expired', 'validasi kedaluwarsa: 1 dari 2 golongan, belum divalidasi: 1 dari 2 golongan', ''],
  ] as const)('%s', (_, entries, status, text, warning) => {
    expect(validityOf([...entries], ASKED)).toEqual({ status, text, warning });
  });

  it('is named by the labels of the series', () => {
    const traffic = families[1];
    if (!traffic) throw new Error('no traffic');
    expect(validityOfSeries(made('full', traffic, 'hour', 24, 'validated'), NOW)).toEqual({ status: 'unvalidated', text: 'belum divalidasi: 1 dari 3 golongan', warning: 'kurang tepat: Sepeda motor' });
  });
});

describe('the whole story', () => {
  it.each([
    ['unvalidated', 'Belum divalidasi: baru 12 dari 30 lintasan'],
    ['validated', 'Tervalidasi: ketepatan 95% [88–100%], n 84, 2 Mar 2026. Dibandingkan di garis ini. Galat bersih +2%'],
    ['failed', 'Belum divalidasi (ketepatan 71% [61–81%], n 212, 2 Mar 2026). Dibandingkan'],
    ['expired', 'Validasi kedaluwarsa: cara mengukur atau garisnya berubah sejak dibandingkan. Waktu itu ketepatan 95% [88–100%], n 84'],
  ] as const)('of a class that is %s', (compared, text) => {
    expect(told(person(compared), 'Asia/Jakarta')).toContain(text);
  });
  it('names the lines of a whole camera', () => {
    expect(told(person('validated', { scope: 'camera', lines: ['W', 'E'] }), 'Asia/Jakarta')).toContain('semua garis kamera ini: W, E.');
  });
  it('of what nobody compared', () => {
    expect(told(person('unvalidated', { n: 0, accuracy: null, interval: null }), 'Asia/Jakarta')).toBe('Belum divalidasi: galat di tempat ini belum diukur.');
  });
});

describe('in English', () => {
  afterEach(() => { lang.set('id'); vi.unstubAllGlobals(); });
  it('says the same', () => {
    vi.stubGlobal('localStorage', { setItem: () => undefined });
    vi.stubGlobal('document', { documentElement: {} });
    lang.set('en');
    expect(inWords(of(person('flagged')))).toBe('validated: accuracy 71% [61–81%], n 84, 2 Mar 2026; not accurate enough');
    expect(of(person('unvalidated')).text).toBe('not validated (12 of 30)');
    expect(of(person('expired')).text).toBe('validation expired');
  });
});
