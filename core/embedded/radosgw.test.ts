// What the embedded S3 server makes of a directory, and what it tells, before any of its programs is there.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RadosgwError, radosgwStatus } from './radosgw.ts';
import { runCeph } from './radosgw-programs.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fs-radosgw-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('a directory without a state was never started', async () => {
  expect(await radosgwStatus(dir)).toEqual({ kind: 'never-started' });
  expect(await radosgwStatus(join(dir, 'none'))).toEqual({ kind: 'never-started' });
});

test('I3: a state that cannot be read is an error, never a server to be made anew', async () => {
  await mkdir(join(dir, 'state.json'));
  await expect(radosgwStatus(dir)).rejects.toThrow(RadosgwError);
  await expect(radosgwStatus(dir)).rejects.toThrow(/state\.json cannot be read \(EISDIR\)/);
  await expect(radosgwStatus(join('/dev/null', 'dir'))).rejects.toThrow(/ENOTDIR/);
});

test.each(['', '{"fsid":', '{"fsid":"1"}'])('a state that is none (%j) is said by its file', async (text) => {
  await writeFile(join(dir, 'state.json'), text);
  await expect(radosgwStatus(dir)).rejects.toThrow(RadosgwError);
  await expect(radosgwStatus(dir)).rejects.toThrow(/state\.json has no state/);
});

test('what a failed program is told does not get into the error, where a log would show the secret key', async () => {
  const programs = { tree: '/', libraryDir: '/', env: process.env, path: () => process.execPath };
  const failed = await runCeph(programs, dir, 'radosgw-admin', [
    '--eval=process.exit(3)',
    '--',
    '--secret-key',
    'hush',
  ]).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(RadosgwError);
  expect(inspect(failed, { depth: null })).toContain('radosgw-admin failed: code 3');
  expect(inspect(failed, { depth: null })).not.toContain('hush');
});
