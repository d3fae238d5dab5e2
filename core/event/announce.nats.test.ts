import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCommit, walkChain } from '../commit/chain.ts';
import { commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { assert } from '../model/assert.ts';
import type { Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { natsEventLog } from '../store/nats-event-log.ts';
import { type NatsProcess, natsProcess } from '../testing/nats-process.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { ACTOR, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { runAnnouncer } from './announce.ts';
import { commitEvents } from './commit-events.ts';

const COMMITTERS = 16;
const COMMITS_EACH = 5;

let rig: NatsRig;
const processes: NatsProcess[] = [];
beforeAll(async () => {
  rig = await startNatsRig();
});
afterAll(async () => {
  await Promise.all(processes.map(({ link }) => link.close()));
  await rig.close();
});

async function process(tenant: Tenant): Promise<NatsProcess> {
  const io = await natsProcess(rig, tenant);
  processes.push(io);
  return io;
}

/** What the chain says that the stream holds. */
async function expectedIds(io: NatsProcess, tenant: Tenant): Promise<string[]> {
  const at = await readCurrent(io.index, PROJECT);
  assert(at, 'the project is there');
  const ids: string[][] = [];
  for await (const link of walkChain(io.objects, at.current.commit_sha)) {
    const [parent] = link.commit.parents;
    const own: string[] = [];
    const events = commitEvents(io.nodes, tenant, link, parent && (await readCommit(io.objects, parent)));
    for await (const { id } of events) own.push(id);
    ids.push(own);
  }
  return ids.reverse().flat();
}

test('I10: sixteen committers beside two announcers: every commit is told once, in order, with the ids that follow from it', async () => {
  const tenant = rig.freshTenant();
  const all = await Promise.all(Array.from({ length: COMMITTERS }, () => process(tenant)));
  const [first] = all;
  assert(first, 'there are committers');
  const stop = new AbortController();
  const announcers = await Promise.all([process(tenant), process(tenant)]);
  const running = announcers.map((io) =>
    runAnnouncer({ ...io, tenant, events: natsEventLog(io.link, tenant), log: silentLog }, { signal: stop.signal }),
  );
  await newProject(first);
  await Promise.all(
    all.map(async (io, who) => {
      for (let n = 0; n < COMMITS_EACH; n++) {
        // A path of its own and one that all write to.
        const ops = [await putText(io, `${who}/${n}`, `${who}.${n}`), await putText(io, 'shared', `by ${who}.${n}`)];
        expect((await commit(io, { project: PROJECT, ops, actor: ACTOR })).kind).toBe('committed');
      }
    }),
  );

  const expected = await expectedIds(first, tenant);
  // A commit brings two objects, two paths and its end; the first only itself and its project.
  expect(expected).toHaveLength(2 + COMMITTERS * COMMITS_EACH * 5);
  const told: string[] = [];
  for await (const delivery of natsEventLog(first.link, tenant).read({ afterSeq: 0, signal: stop.signal })) {
    if (delivery.kind === 'event') told.push(delivery.event.id);
    if (told.at(-1) === expected.at(-1)) break;
  }
  expect(told).toEqual(expected);
  stop.abort();
  await Promise.all(running);
});
