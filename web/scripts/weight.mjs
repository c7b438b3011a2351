// Fails the build when the front page's JavaScript grows too heavy for a slow phone (UI.md: < 200 kB gzip). Counted is what the page
// loads before anything is scrolled or pressed: its entry and all that this imports, directly or through others. What is
// loaded when it is seen (maps, charts, other pages) is not.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export const LIMIT_BYTES = 200_000;

/** What a page loads at start: names of the chunks, and their bytes once compressed. `bundle`: Rollup's, by file name. */
export function weigh(bundle, entry) {
  const found = new Set();
  const walk = (name) => {
    const chunk = bundle[name];
    if (!chunk || chunk.type !== 'chunk' || found.has(name)) return;
    found.add(name);
    chunk.imports.forEach(walk);
  };
  const first = Object.values(bundle).find((one) => one.type === 'chunk' && one.isEntry && one.facadeModuleId?.endsWith(entry));
  if (!first) throw new Error(`the build has no ${entry}`);
  walk(first.fileName);
  const bytes = [...found].reduce((sum, name) => sum + gzipSync(bundle[name].code, { level: 9 }).length, 0);
  return { chunks: [...found], bytes };
}

/** A plugin of Vite that leaves every text file of the build compressed beside it; the server gives that to browsers that take it. */
export function squeezed(least = 1000) {
  return {
    name: 'squeezed',
    apply: 'build',
    writeBundle({ dir }, bundle) {
      for (const name of Object.keys(bundle).filter((one) => /\.(js|mjs|css|svg)$/.test(one))) {
        const content = readFileSync(join(dir, name));
        if (content.length >= least) writeFileSync(join(dir, `${name}.gz`), gzipSync(content, { level: 9 }));
      }
    },
  };
}

/** A plugin of Vite that says the weight of `entry`, and refuses more than `limit`. */
export function frontWeight(entry = '/index.html', limit = LIMIT_BYTES) {
  return {
    name: 'front-weight',
    apply: 'build',
    writeBundle(_, bundle) {
      const { chunks, bytes } = weigh(bundle, entry);
      const said = `front page: ${(bytes / 1000).toFixed(1)} kB gzip of JavaScript in ${chunks.length} files (limit ${limit / 1000} kB)`;
      if (bytes >= limit) throw new Error(`${said}; load it when it is seen: ${chunks.join(', ')}`);
      console.log(said);
    },
  };
}
