// A NATS whose data directory was deleted, and a cold tier in a directory: every project comes back as it was.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { changePolicy, readPolicy } from '../commit/policy.ts';
import { createProject } from '../commit/project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { listCommits } from '../history/list-commits.ts';
import { walkTree } from '../manifest/walk.ts';
import { isFile } from '../model/entry.ts';
import { type ProjectName, parseProjectName, type Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { dirColdStore } from '../store/dir-cold-store.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { collect } from '../store/object-store.ts';
import { natsProcess } from '../testing/nats-process.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { ACTOR, putText } from '../testing/test-project.ts';
import { ObjectArchiver } from '../tier/archive-object.ts';
import { Claims } from '../tier/claims.ts';
import { readThrough } from '../tier/read-through.ts';
import { RestorePoints } from '../tier/restore-points.ts';
import type { TierIo } from '../tier/tier-io.ts';
import { restoreIndex } from './restore-index.ts';

const { signal } = new AbortController();
const DEMO = parseProjectName('demo');
const OTHER = parseProjectName('other');
const RENAMED = parseProjectName('renamed');

let scratch: string;
let rig: NatsRig;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'fs-disaster-'));
  rig = await startNatsRig();
});
afterEach(async () => {
  await rig.close();
  await rm(scratch, { recursive: true, force: true });
});

async function open(tenant: Tenant) {
  const io = await natsProcess(rig, tenant);
  const cold = await dirColdStore(scratch, tenant);
  const tiers: TierIo = {
    tenant,
    hot: io.objects,
    cold,
    nodes: io.nodes,
    index: io.index,
    events: { publish: async () => {} },
    clock: io.clock,
    log: silentLog,
  };
  const archiver = new ObjectArchiver(tiers);
  return {
    io,
    tiers,
    points: new RestorePoints(tiers, archiver, new Claims(memoryKeyValue(), 'server-1', tiers.clock)),
  };
}

/** Every path with its mode, time and content. */
async function contentOf({ tiers }: Awaited<ReturnType<typeof open>>, project: ProjectName): Promise<string[]> {
  const at = await readCurrent(tiers.index, project);
  if (!at) return [];
  const lines: string[] = [];
  for await (const entry of walkTree(tiers.nodes, at.current.manifest_sha)) {
    if (!isFile(entry)) continue;
    const { bytes } = await readThrough(tiers.hot, tiers.cold, entry.sha);
    lines.push(`${entry.path} ${entry.mode} ${entry.mtime} ${Buffer.from(await collect(bytes)).toString()}`);
  }
  return lines;
}

test('on an empty NATS every project comes back to its last restore point, byte for byte, with its history and policy', async () => {
  const tenant = rig.freshTenant();
  const before = await open(tenant);
  const { io, points } = before;
  for (const project of [DEMO, OTHER]) {
    await createProject(io, project, ACTOR);
    for (let i = 0; i < 3; i++) {
      const ops = await Promise.all([1, 2, 3].map((n) => putText(io, `dir ${n}/${i}`, `${project} ${n} ${i}`)));
      await commit(io, { project, ops, actor: ACTOR, message: `step ${i}` });
    }
  }
  await changePolicy(io.index, DEMO, (policy) => ({ ...policy, conflicts: 'keep-both' }));
  await points.advance(DEMO, signal);
  await points.advance(OTHER, signal);
  await renameProject(io, OTHER, RENAMED, ACTOR);
  await points.advance(RENAMED, signal);
  const restorable = await contentOf(before, DEMO);
  // Not archived any more: this is what a disaster costs.
  await commit(io, { project: DEMO, ops: [await putText(io, 'too late', 'lost')], actor: ACTOR });
  const renamed = await contentOf(before, RENAMED);
  expect(restorable).toHaveLength(9);
  await io.link.close();

  await rig.stop();
  await rm(rig.storeDir, { recursive: true });
  await rig.restart();

  const after = await open(tenant);
  expect(await readCurrent(after.io.index, DEMO)).toBeUndefined();
  const result = await restoreIndex(after.tiers, { signal });
  const kinds = new Map(result.map(({ project, outcome }) => [project, outcome.kind]));
  expect(kinds).toEqual(
    new Map([
      [RENAMED, 'restored'],
      [DEMO, 'restored'],
      [OTHER, 'renamed'],
    ]),
  );
  expect(await contentOf(after, DEMO)).toEqual(restorable);
  expect(await contentOf(after, RENAMED)).toEqual(renamed);
  expect(await readPolicy(after.io.index, DEMO)).toMatchObject({ conflicts: 'keep-both' });
  const at = await readCurrent(after.io.index, DEMO);
  if (!at) throw new Error('no project');
  const { commits } = await listCommits(after.io.objects, at.current.commit_sha, { limit: 3 });
  expect(commits.map(({ commit }) => commit.message)).toEqual(['step 2', 'step 1', 'step 0']);
  // Work goes on, and saying it again changes nothing.
  const done = await commit(after.io, { project: DEMO, ops: [await putText(after.io, 'next', 'one')], actor: ACTOR });
  expect(done.kind).toBe('committed');
  const again = await restoreIndex(after.tiers, { signal });
  expect(again.map(({ outcome }) => outcome.kind).toSorted()).toEqual(['exists', 'exists', 'renamed']);
  await after.io.link.close();
});
