// One single-page application for /portal and /room; the server answers their paths with index.html. label.html is
// the page of `pantau label`, which has a server of its own.
// The mock API (dev/mock.mjs) is a plugin of the development server only and can't reach the build.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type PluginOption } from 'vite';
// @ts-expect-error plain JavaScript, run by the build
import { frontWeight, squeezed } from './scripts/weight.mjs';

async function mock(): Promise<PluginOption[]> {
  if (process.env['PANTAU_API']) return [];
  const { mockApi } = (await import(new URL('dev/mock.mjs', import.meta.url).href)) as {
    mockApi: () => PluginOption;
  };
  return [mockApi()];
}

export default defineConfig(async ({ command, mode }) => ({
  plugins: [svelte(), frontWeight() as PluginOption, squeezed() as PluginOption, ...(command === 'serve' && mode !== 'test' ? await mock() : [])],
  build: {
    outDir: 'dist',
    assetsDir: 'assets',
    manifest: true, // tells the server which scripts a place's page needs
    target: 'es2022',
    chunkSizeWarningLimit: 1200, // MapLibre, loaded only when a map is seen
    reportCompressedSize: false,
    rolldownOptions: { input: ['index.html', 'label.html'] },
  },
  worker: { format: 'es' as const },
  server: {
    host: '127.0.0.1',
    port: 5173,
    ...(process.env['PANTAU_API'] ? { proxy: { '/api': process.env['PANTAU_API'] } } : {}),
  },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
}));
