// A build that says that it is fresh runs: what it was made of must be what lies there now. Tried on a project of its own,
// with the build's own files and nothing to compile.
import { copyFile, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

async function project() {
  const root = await mkdtemp(join(tmpdir(), 'fs-build-'));
  onTestFinished(() => rm(root, { recursive: true }));
  for (const folder of ['scripts', 'public', 'node_modules']) await mkdir(join(root, folder));
  for (const name of ['build.mjs', 'run-command.mjs', 'node-version.mjs'])
    await copyFile(join(import.meta.dirname, name), join(root, 'scripts', name));
  await symlink(join(import.meta.dirname, '../node_modules/esbuild'), join(root, 'node_modules/esbuild'));
  for (const name of ['public/page.txt', 'tsconfig.json', 'package-lock.json']) await save(root, name, 1);
  const { build }: { build(): Promise<'built' | 'fresh'> } = await import(join(root, 'scripts/build.mjs'));
  await utimes(join(root, 'scripts/build.mjs'), 1, 1);
  return { root, build };
}

/** @param at  seconds since 1970; long ago, since what was saved while a build ran is built again */
async function save(root: string, path: string, at: number) {
  await writeFile(join(root, path), '{}');
  await utimes(join(root, path), at, at);
}

test('what was built before an install is built anew after it, and then is fresh', async () => {
  const { root, build } = await project();
  await save(root, 'node_modules/.package-lock.json', 1);
  expect([await build(), await build()]).toEqual(['built', 'fresh']);
  await save(root, 'node_modules/.package-lock.json', 2);
  expect([await build(), await build()]).toEqual(['built', 'fresh']);
});

test('where nothing says what is installed, a build is fresh until something does', async () => {
  const { root, build } = await project();
  expect([await build(), await build()]).toEqual(['built', 'fresh']);
  await save(root, 'node_modules/.package-lock.json', 1);
  expect([await build(), await build()]).toEqual(['built', 'fresh']);
});
