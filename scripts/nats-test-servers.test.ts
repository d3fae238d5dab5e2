// Which two nats-servers the tests get, and what is said where there is only one.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { NatsServerMissingError } from './get-nats-server.mjs';
import { ensureNatsTestServers } from './nats-test-servers.mjs';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'fs-nats-servers-'));
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rm(directory, { recursive: true, force: true }));

/** A program that says that it is nats-server of this version. */
async function program(version: string): Promise<string> {
  const file = join(directory, version);
  await writeFile(file, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(file, 0o755);
  return file;
}

/** What `npm test` would find where Debian's suites and the machine have these versions. */
async function find(has: { trixie?: string; sid?: string; machine?: string }) {
  vi.stubEnv('FS_NATS_SERVER', '');
  vi.stubEnv('FS_NATS_SERVER_NEWEST', '');
  const why = await ensureNatsTestServers(
    () => {},
    async ({ suite } = {}) => {
      const version = has[suite ?? 'machine'];
      if (version === undefined) throw new NatsServerMissingError('none could be had', 'no network');
      return program(version);
    },
  );
  const versionOf = (file: string | undefined) => file?.slice(directory.length + 1);
  return {
    why,
    oldest: versionOf(process.env.FS_NATS_SERVER),
    newest: versionOf(process.env.FS_NATS_SERVER_NEWEST),
  };
}

test('the oldest that is supported and the newest are taken, whatever the machine has', async () => {
  const found = await find({ trixie: '2.10.27', sid: '2.15.1', machine: '2.12.0' });
  expect(found).toEqual({ why: undefined, oldest: '2.10.27', newest: '2.15.1' });
});

test('the machine’s own takes the place of one that cannot be fetched', async () => {
  expect(await find({ trixie: '2.10.27', machine: '2.12.0' })).toEqual({
    why: undefined,
    oldest: '2.10.27',
    newest: '2.12.0',
  });
});

test('where both are of one kind a sentence says which one is missing, and why', async () => {
  expect((await find({ machine: '2.12.0' })).why).toBe('There is no nats-server 2.10 here: no network.');
  expect((await find({ trixie: '2.10.27', machine: '2.10.27' })).why).toBe(
    'There is no nats-server 2.11 or newer here: no network.',
  );
});

test('where there is none at all the set-up fails', async () => {
  await expect(find({})).rejects.toThrow(NatsServerMissingError);
});
