// Writes src/api/schema.d.ts from openapi.json, which the server's own test keeps equal to what it serves.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import openapi, { astToString } from 'openapi-typescript';

const from = new URL('../openapi.json', import.meta.url);
const to = new URL('../src/api/schema.d.ts', import.meta.url);
const text = astToString(await openapi(from, { alphabetize: true }));
const head = '// Made from openapi.json by scripts/types.mjs; do not edit.\n';
if (!existsSync(to) || readFileSync(to, 'utf8') !== head + text) writeFileSync(to, head + text);
