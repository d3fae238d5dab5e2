// A strict project as nodes and commands see it: without a server that archives nothing becomes current and the reason is
// told; with one, what is current is in cold. Processes of their own, a real nats-server, a cold tier in a directory.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { changePolicy } from '../../core/commit/policy.ts';
import { createProject } from '../../core/commit/project.ts';
import { parseProjectName, shaOf, type Tenant } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import type { ColdStore } from '../../core/store/cold-store.ts';
import { dirColdStore } from '../../core/store/dir-cold-store.ts';
import { natsProcess } from '../../core/testing/nats-process.ts';
import { ACTOR } from '../../core/testing/test-project.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { ObjectArchiver } from '../../core/tier/archive-object.ts';
import { atOnce } from '../../core/tier/at-once.ts';
import { serveProofs } from '../../core/tier/nats-cold-proofs.ts';
import { Programs } from '../testing/program.ts';

const nats = useNats();
const PROJECT = parseProjectName('strict');
const stop = new AbortController();
let dir: string;
let tenant: Tenant;
let io: Awaited<ReturnType<typeof natsProcess>>;
let cold: ColdStore;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-strict-'));
  tenant = nats.rig.freshTenant();
  io = await natsProcess(nats.rig, tenant);
  cold = await dirColdStore(join(dir, 'cold'), tenant);
  await createProject(io, PROJECT, ACTOR);
  await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, durability: 'strict' }));
});
afterAll(async () => {
  stop.abort();
  programs.kill();
  await io.link.close();
  rmSync(dir, { recursive: true, force: true });
});
const programs = new Programs(() => ({ NATS_URL: nats.rig.url, FS_TENANT: tenant, FS_DATA_DIR: join(dir, 'data') }));

const filesNow = async () => (await readCurrent(io.index, PROJECT))?.current.files;
const isProven = async (text: string) => (await cold.check(shaOf(text), { sizeBytes: text.length })).kind === 'proven';

/** The part of a server that a strict commit needs. */
function startServer(): void {
  const { objects: hot, nodes, index, clock } = io;
  const tiers = { tenant, hot, cold, nodes, index, events: { publish: async () => {} }, clock, log: silentLog };
  const archiver = new ObjectArchiver(tiers);
  const { signal } = stop;
  void serveProofs(
    io.link,
    tenant,
    (project, objects) =>
      atOnce(objects, 4, signal, async ({ sha, size, mime }) => {
        await archiver.archive({ sha, sizeBytes: size, mime, project }, signal);
      }),
    { signal, log: silentLog },
  );
}

test('an agent waits for cold and says so; when a server archives again, what it commits is in cold', async () => {
  const workspace = join(dir, 'workspace');
  mkdirSync(workspace);
  writeFileSync(join(workspace, 'a.txt'), 'from a node');
  const agent = programs.start(['agent', '--node', 'node-a', '--workspace', `strict=${workspace}`]);
  await agent.said(/a commit to strict waits for it, by the policy strict: no server that archives answers: start one/);
  expect(await filesNow()).toBe(0);
  startServer();
  await agent.said(/strict: in sync, 1 file/);
  expect(await filesNow()).toBe(1);
  expect(await isProven('from a node')).toBe(true);
  agent.child.kill('SIGTERM');
  await agent.ended;

  const ran = await programs.start(['run', '--project', 'strict', '--', 'sh', '-c', 'printf ran > b.txt']).ended;
  expect(ran.code).toBe(0);
  expect([await filesNow(), await isProven('ran')]).toEqual([2, true]);
});
