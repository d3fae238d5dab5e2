// A server that was started with another cold storage than before: the built server and commands as processes of their own, a
// real nats-server, and cold tiers in two directories.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { createProject } from '../../core/commit/project.ts';
import { parseProjectName, shaOf, type Tenant } from '../../core/model/ids.ts';
import { dirColdStore } from '../../core/store/dir-cold-store.ts';
import { coldDirectory } from '../../core/store/open-cold.ts';
import { type NatsProcess, natsProcess } from '../../core/testing/nats-process.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import { ACTOR, putText } from '../../core/testing/test-project.ts';
import { type Program, Programs } from '../testing/program.ts';

const SITE = parseProjectName('site');
const SHA = shaOf('a file');
let dir: string;
let rig: NatsRig;
let tenant: Tenant;
let io: NatsProcess;
let dataDir: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-adopt-cold-'));
  rig = await startNatsRig();
  tenant = rig.freshTenant();
  io = await natsProcess(rig, tenant);
});
afterAll(async () => {
  programs.kill();
  await io.link.close();
  await rig.close();
  rmSync(dir, { recursive: true, force: true });
});

const programs = new Programs(() => ({
  NATS_URL: rig.url,
  FS_TENANT: tenant,
  FS_DATA_DIR: dataDir,
  FS_ADMIN_TOKEN: 'adopt-cold-admin-token-0123',
  PORT: '0',
}));
const fsSync = (...args: string[]) => programs.start(args).ended;

async function withServer(work: (url: string, server: Program) => Promise<void>): Promise<void> {
  const server = programs.start(['server']);
  const url = (await server.said(/fs-sync server on \S+\n/)).match(/server on (\S+)/)?.[1] ?? '';
  try {
    await work(url, server);
  } finally {
    server.child.kill('SIGTERM');
    await server.ended;
  }
}

const restorePoint = async () =>
  (await dirColdStore(coldDirectory(dataDir), tenant)).getDocument(`projects/${SITE}/current.json`);

const inCold = async () =>
  (await (await dirColdStore(coldDirectory(dataDir), tenant)).check(SHA, { sizeBytes: 6 })).kind;

test('I3: with another cold storage the server says so and evicts nothing; adopted, it gets everything', async () => {
  dataDir = join(dir, 'old');
  await createProject(io, SITE, ACTOR);
  await commit(io, { project: SITE, ops: [await putText(io, 'a.txt', 'a file')], actor: ACTOR });
  await withServer(async () => {
    expect(await fsSync('job', 'start', 'archive', '--project', SITE)).toMatchObject({ code: 0 });
  });
  expect(await inCold()).toBe('proven');

  dataDir = join(dir, 'new');
  await withServer(async (url) => {
    const evict = await fsSync('job', 'start', 'evict', '--project', SITE, '--dry-run');
    expect(evict.code).not.toBe(0);
    expect(JSON.stringify(evict)).toContain('not the cold storage that the records speak of');
    const ready = await fetch(`${url}/readyz`);
    expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('not the one that the records')]);
    expect(await inCold()).toBe('absent');

    const adopted = await fsSync('cold', 'adopt', '--json');
    expect(adopted.code, JSON.stringify(adopted)).toBe(0);
    expect(await fsSync('job', 'start', 'reconcile')).toMatchObject({ code: 0 });
    expect(await inCold()).toBe('proven');
    expect(await restorePoint(), 'NATS may be lost from now on').toBeDefined();
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(JSON.stringify(await fsSync('cold', 'adopt'))).toContain('Nothing to do');
  });
  dataDir = join(dir, 'old');
  await withServer(async () => {
    expect((await fsSync('job', 'start', 'evict', '--project', SITE)).code).not.toBe(0);
    expect((await io.objects.stat(SHA)).kind).toBe('present');
  });
});
