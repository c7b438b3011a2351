// Words come from one catalogue; labels of indicators come from the API. The language is a choice that is remembered.
import catalogue from './catalogue.json';
import type { Words } from '../api/types';

export type Language = 'id' | 'en';
export type Key = keyof typeof catalogue;

const REMEMBERED = 'pantau.language';

function first(): Language {
  if (typeof localStorage === 'undefined') return 'id';
  const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(REMEMBERED);
  return asked === 'en' ? 'en' : 'id';
}

let language = $state<Language>(first());

export const lang = {
  get now() { return language; },
  set(next: Language) {
    language = next;
    localStorage.setItem(REMEMBERED, next);
    document.documentElement.lang = next;
  },
};

/** The words of `key` in the chosen language, with {name} replaced by `values.name`. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return catalogue[key][language].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The chosen language's side of a label from the API. */
export const say = (words: Words): string => words[language] || words.id || words.en;
