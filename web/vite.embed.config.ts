// <pantau-chart> for other sites: one script under a fixed name, built after the pages. Above its budget the build fails.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const BUDGET = 60_000; // bytes, gzip
const catalogue = JSON.parse(readFileSync(new URL('src/i18n/catalogue.json', import.meta.url), 'utf8')) as Record<string, object>;
const words = Object.fromEntries(Object.entries(catalogue).filter(([key]) => key.startsWith('embed.')));

const budget: Plugin = {
  name: 'budget',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      const size = gzipSync(file.type === 'chunk' ? file.code : file.source).length;
      if (size > BUDGET) this.error(`${file.fileName} weighs ${size} bytes gzip, more than its budget of ${BUDGET}`);
      this.info(`${file.fileName}: ${size} of ${BUDGET} bytes gzip`);
    }
  },
};

export default defineConfig({
  define: { WORDS: JSON.stringify(words) },
  publicDir: false,
  plugins: [budget],
  build: {
    outDir: 'dist/embed', emptyOutDir: true, target: 'es2022', reportCompressedSize: false,
    lib: { entry: 'src/embed/pantau-chart.ts', formats: ['iife'], name: 'PantauChart', fileName: () => 'pantau-chart.js' },
  },
});
