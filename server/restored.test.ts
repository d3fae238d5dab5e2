// What pages and the archiver know after NATS was lost and made anew from cold: nothing of the old stream, and all the same
// where every file is.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CommitIo, commit } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { announceUpTo, lastAnnounced } from '../core/event/announce.ts';
import { restoreIndex } from '../core/lifecycle/restore-index.ts';
import { parseTenant, shaOf } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { memoryColdStore } from '../core/store/memory-cold-store.ts';
import { memoryEventLog } from '../core/store/memory-event-log.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../core/testing/test-project.ts';
import { ARCHIVER, ObjectArchiver } from '../core/tier/archive-object.ts';
import { Claims } from '../core/tier/claims.ts';
import { pin, readPins } from '../core/tier/pins.ts';
import { readTier } from '../core/tier/project-tier.ts';
import { RestorePoints } from '../core/tier/restore-points.ts';
import type { TierIo } from '../core/tier/tier-io.ts';
import { tiersOf } from './object-tiers.ts';
import { runProjector } from './read-model/projector.ts';
import { ReadModel } from './read-model/read-model.ts';

const tenant = parseTenant('default');
const { signal } = new AbortController();
const cold = memoryColdStore(tenant);

function open() {
  const io = memoryCommitIo();
  const events = memoryEventLog();
  const tiers: TierIo = { ...io, tenant, hot: io.objects, cold, events, log: silentLog };
  const claims = new Claims(memoryKeyValue(), 'server-1', io.clock);
  return { io, events, tiers, points: new RestorePoints(tiers, new ObjectArchiver(tiers), claims) };
}

async function untold(io: CommitIo, events: ReturnType<typeof memoryEventLog>): Promise<number> {
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  const announcing = { ...io, tenant, events, log: silentLog };
  return announceUpTo(announcing, at.current.commit_sha, await lastAnnounced(announcing, PROJECT));
}

test('a restored project is cold, with its pins; each file is shown where it is, and nothing of its history is archived again', async () => {
  const before = open();
  await newProject(before.io);
  for (const text of ['old', 'new']) await commitText(before.io, 'a', text);
  for (const name of ['b', 'lost']) await commitText(before.io, name, name);
  await pin(before.tiers, PROJECT, [parseRelPath('b')], ACTOR);
  await before.points.advance(PROJECT, signal);
  await cold.delete(shaOf('lost'));

  const { io, events, tiers } = open();
  // A node was faster than the restore.
  await putText(io, 'b', 'b');
  const [restored] = await restoreIndex(tiers, { signal });
  expect(restored?.outcome).toMatchObject({ kind: 'restored', unproven: [{ path: 'lost' }] });
  expect(await readTier(tiers.index, PROJECT)).toMatchObject({ tier: 'cold' });
  expect(await readPins(tiers.index, PROJECT)).toMatchObject([{ path: 'b', actor: ACTOR }]);

  const dir = mkdtempSync(join(tmpdir(), 'fs-restored-'));
  const readModel = new ReadModel(join(dir, 'read.db'), tenant);
  try {
    const read = new AbortController();
    const { seq: newest } = (await events.last({})) ?? { seq: 0 };
    const onApplied = () => readModel.head() === newest && read.abort();
    await runProjector(events, readModel, { signal: read.signal, log: silentLog, onApplied });
    const shown = await tiersOf({ ...tiers, readModel }, [shaOf('new'), shaOf('b'), shaOf('lost')]);
    expect([...shown]).toEqual([
      [shaOf('new'), { hot: false, cold: expect.objectContaining({ key: `default/objects/${shaOf('new')}` }) }],
      [shaOf('b'), { hot: true, cold: expect.objectContaining({ bucket: expect.any(String) }) }],
      [shaOf('lost'), { hot: false, cold: null }],
    ]);
    expect([...readModel.projectTotals().values()].filter(({ toArchive }) => toArchive !== 0)).toEqual([]);
  } finally {
    readModel.close();
    rmSync(dir, { recursive: true });
  }
  expect(await untold(io, events)).toBe(0);
  const done = await commit(io, { project: PROJECT, ops: [await putText(io, 'c', 'c')], actor: ACTOR });
  expect([done.kind, await untold(io, events)]).toEqual(['committed', 1]);
  expect((await events.backlog(ARCHIVER)).pending).toBeGreaterThan(0);
});
