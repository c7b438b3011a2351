// Fails the build when the catalogue and the pages disagree: a key used but missing, a key nobody uses, a language
// missing, placeholders that differ between languages, or words written into a page instead of the catalogue.
// A key counts as used when it stands as a whole string literal in src/; so keys are never glued together.
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'svelte/compiler';

const LANGUAGES = ['id', 'en'];
const SPOKEN_ATTRIBUTES = new Set(['aria-label', 'aria-description', 'aria-roledescription', 'title', 'placeholder', 'alt']);
const WORD = /\p{L}{2,}/u;
const SAME_IN_BOTH = new Set(['Pantau', 'CSV', 'JSON', 'PNG', 'ms', 'fps', 'Esc']); // names and units, not words

const placeholders = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();

/** Faults of a catalogue against the sources, as sentences. `sources`: {file name: text}. */
export function faults(catalogue, sources) {
  const found = [];
  for (const [key, words] of Object.entries(catalogue)) {
    for (const language of LANGUAGES) if (!words[language]?.trim()) found.push(`${key}: no ${language} text`);
    for (const language of Object.keys(words)) if (!LANGUAGES.includes(language)) found.push(`${key}: unknown language ${language}`);
    if (words.id && words.en && placeholders(words.id) !== placeholders(words.en)) found.push(`${key}: placeholders differ`);
  }
  const used = new Set();
  for (const [name, text] of Object.entries(sources)) {
    for (const [, key] of text.matchAll(/['"`]([a-z]\w*(?:\.\w+)+)['"`]/g)) used.add(key);
    for (const [, key] of text.matchAll(/\bt\(\s*['"`]([^'"`]+)['"`]/g)) {
      if (!(key in catalogue)) found.push(`${name}: key ${key} is not in the catalogue`);
    }
    if (name.endsWith('.svelte')) found.push(...hardWords(name, text));
  }
  for (const key of Object.keys(catalogue)) if (!used.has(key)) found.push(`${key}: used nowhere`);
  return found;
}

/** Words that stand in the markup itself, where no language can reach them. */
function hardWords(name, text) {
  const found = [];
  const say = (words) => {
    const bare = words.replace(/[\s\d:·,./()%–—×<>?!'"&;]+/g, ' ').trim();
    if (WORD.test(bare) && !SAME_IN_BOTH.has(bare)) found.push(`${name}: words outside the catalogue: ${bare.slice(0, 60)}`);
  };
  const walk = (node) => {
    if (!node || typeof node !== 'object') return;
    if (Array.isArray(node)) return node.forEach(walk);
    if (node.type === 'Text') say(node.data);
    if (node.type === 'StyleDirective') return;
    if (node.type === 'Attribute') {
      const parts = Array.isArray(node.value) ? node.value : [node.value];
      if (SPOKEN_ATTRIBUTES.has(node.name)) for (const part of parts) if (part.type === 'Text') say(part.data);
      return;
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'expression' || node.type === 'KeyBlock') walk(value);
  };
  walk(parse(text, { modern: true }).fragment);
  return found;
}

function read(folder) {
  const sources = {};
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (/\.(svelte|ts)$/.test(entry.name) && !entry.name.endsWith('.d.ts')) sources[relative(folder, path)] = readFileSync(path, 'utf8');
  }
  return sources;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const src = fileURLToPath(new URL('../src', import.meta.url));
  const catalogue = JSON.parse(readFileSync(join(src, 'i18n/catalogue.json'), 'utf8'));
  const found = faults(catalogue, read(src));
  for (const fault of found) console.error(`catalogue: ${fault}`);
  process.exitCode = found.length ? 1 : 0;
}
