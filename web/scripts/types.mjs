// Writes src/api/*.d.ts from the servers' OpenAPI documents, which their own tests keep equal to what they serve.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import openapi, { astToString } from 'openapi-typescript';

for (const [document, types] of [['openapi.json', 'schema.d.ts'], ['label.json', 'label.d.ts']]) {
  const from = new URL(`../${document}`, import.meta.url);
  const to = new URL(`../src/api/${types}`, import.meta.url);
  const text = astToString(await openapi(from, { alphabetize: true }));
  const head = `// Made from ${document} by scripts/types.mjs; do not edit.\n`;
  if (!existsSync(to) || readFileSync(to, 'utf8') !== head + text) writeFileSync(to, head + text);
}
