// Every unit that the vocabulary knows is words or a sign on a page, in both languages.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { against } from '../src/alarm/words';
import type { Alarm } from '../src/api/types';
import { lang } from '../src/i18n/index.svelte';
import { unitWords } from '../src/units';

const toml = readFileSync(new URL('../../pantau/vocabulary.toml', import.meta.url), 'utf8');
const units = [...new Set([...toml.matchAll(/^unit = "(.*)"$/gm)].map(([, unit]) => unit ?? ''))];

function speak(language: 'id' | 'en'): void {
  vi.stubGlobal('localStorage', { setItem: () => undefined });
  vi.stubGlobal('document', { documentElement: {} });
  lang.set(language);
}

describe('units', () => {
  afterEach(() => { speak('id'); vi.unstubAllGlobals(); });

  it('shows no code of the vocabulary on a page', () => {
    expect(units.length).toBeGreaterThan(15);
    for (const language of ['id', 'en'] as const) {
      speak(language);
      for (const unit of units) expect(unitWords(unit), `${unit} in ${language}`).toMatch(/^[\p{L} ]*[\p{L}%²³/]*$/u);
    }
  });

  it('says items of litter in the language that is chosen', () => {
    expect(unitWords('{item}')).toBe('benda');
    speak('en');
    expect(unitWords('{item}')).toBe('items');
  });

  it('keeps signs, and gives a number without a unit none', () => {
    expect([unitWords('cm'), unitWords('%'), unitWords('m2'), unitWords('1')]).toEqual(['cm', '%', 'm²', '']);
  });

  it('is in the words of an alarm too', () => {
    const alarm = { state: 'open', value: 3, peak: 4, limit: 2, side: 'above', unit: '{item}' } as unknown as Alarm;
    expect(against(alarm)).toBe('3 benda, batas 2');
  });
});
