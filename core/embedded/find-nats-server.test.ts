import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findNatsServer, NatsServerMissingError } from './find-nats-server.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fs-find-nats-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** A program that says which version it is. */
async function fakeServer(name: string, says: string): Promise<string> {
  const file = join(directory, name, 'nats-server');
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(file, `#!/bin/sh\necho "${says}"\n`);
  await chmod(file, 0o755);
  return file;
}

test('what FS_NATS_SERVER names comes first', async () => {
  const named = await fakeServer('named', 'nats-server: v2.11.3');
  await fakeServer('path', 'nats-server: v2.12.0');
  const found = await findNatsServer({ FS_NATS_SERVER: named, PATH: join(directory, 'path') });
  expect(found).toEqual({ path: named, version: '2.11.3' });
});

test('on PATH the first one that is new enough is taken, and an old one is passed over', async () => {
  await fakeServer('old', 'nats-server: v2.9.10');
  const fit = await fakeServer('fit', 'nats-server: v2.10.0-beta.1');
  const PATH = ['', join(directory, 'nothing'), join(directory, 'old'), join(directory, 'fit')].join(':');
  expect((await findNatsServer({ PATH })).path).toBe(fit);
});

test.each([
  ['nats-server: v2.9.99', /is version 2\.9\.99/],
  ['something else', /does not say a nats-server version/],
])('a program named by hand that says %j is refused with the reason', async (says, reason) => {
  const FS_NATS_SERVER = await fakeServer('named', says);
  await expect(findNatsServer({ FS_NATS_SERVER })).rejects.toThrow(NatsServerMissingError);
  await expect(findNatsServer({ FS_NATS_SERVER })).rejects.toThrow(reason);
});

test('a file that is no program is refused with the reason', async () => {
  const FS_NATS_SERVER = join(directory, 'missing');
  await expect(findNatsServer({ FS_NATS_SERVER })).rejects.toThrow(/is not an executable file/);
});
