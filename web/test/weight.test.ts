import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript, run by the build
import { frontWeight, LIMIT_BYTES, weigh } from '../scripts/weight.mjs';

const chunk = (fileName: string, bytes: number, more: object = {}) => ({
  type: 'chunk', fileName, code: randomBytes(bytes).toString('latin1'), imports: [] as string[], dynamicImports: [] as string[], isEntry: false, facadeModuleId: null, ...more,
});
const bundle = (shared: number) => ({
  'index.js': chunk('index.js', 1000, { isEntry: true, facadeModuleId: '/x/index.html', imports: ['shared.js'], dynamicImports: ['map.js'] }),
  'label.js': chunk('label.js', 900_000, { isEntry: true, facadeModuleId: '/x/label.html' }),
  'shared.js': chunk('shared.js', shared, { imports: ['index.js'] }),
  'map.js': chunk('map.js', 900_000),
  'style.css': { type: 'asset', fileName: 'style.css' },
});

describe('the weight of the front page', () => {
  it('counts what is loaded at start, once, and nothing that waits to be seen', () => {
    expect(weigh(bundle(1000), '/index.html').chunks).toEqual(['index.js', 'shared.js']);
  });
  it('fails the build from 200 kB on', () => {
    expect(LIMIT_BYTES).toBe(200_000);
    expect(() => frontWeight().writeBundle({}, bundle(1000))).not.toThrow();
    expect(() => frontWeight().writeBundle({}, bundle(200_000))).toThrow(/limit 200 kB.*shared\.js/);
  });
  it('fails where the front page is missing', () => {
    expect(() => weigh({}, '/index.html')).toThrow('no /index.html');
  });
});
