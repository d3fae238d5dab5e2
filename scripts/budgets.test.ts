// What a first visit costs on the wire: the files that browsers load, made as the build makes them and compressed as the
// server sends them. A file that outgrows its budget is found here, by the change that made it grow.
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { BROWSER, bundleBrowser } from './build.mjs';

/** file → bytes, gzipped */
const sizes = new Map<string, number>();

beforeAll(async () => {
  const { outputs } = await bundleBrowser(BROWSER);
  for (const { path, contents } of outputs) sizes.set(basename(path), gzipSync(contents).byteLength);
});

test.each([
  ['the script of every page', 'app.js', 25_000],
  ['the styles of every page', 'app.css', 12_000],
  ['what Metrics loads beside it', 'metrics.js', 20_000],
  ['with its styles', 'metrics.css', 2_000],
  ['what Settings load beside them', 'settings.css', 2_000],
  ['what a visitor loads beside them', 'visitor.css', 1_500],
  ['what the pages of files load beside it', 'files.js', 3_000],
  ['with its styles', 'files.css', 1_500],
])('%s, %s, is at most %i bytes', (_what, file, budgetBytes) => {
  const size = sizes.get(file);
  expect(size).toBeGreaterThan(0);
  expect(size).toBeLessThanOrEqual(budgetBytes);
});

test('a browser is asked to load nothing else', () => {
  const loaded = [...sizes.keys()].filter((file) => !file.endsWith('.map'));
  expect(loaded.toSorted()).toEqual([
    'app.css',
    'app.js',
    'files.css',
    'files.js',
    'metrics.css',
    'metrics.js',
    'settings.css',
    'visitor.css',
  ]);
});
