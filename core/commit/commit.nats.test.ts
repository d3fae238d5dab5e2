import { afterAll, beforeAll, expect, test } from 'vitest';
import { announceUpTo, lastAnnounced } from '../event/announce.ts';
import { walkTree } from '../manifest/walk.ts';
import { systemClock } from '../model/clock.ts';
import { isFile } from '../model/entry.ts';
import type { Tenant } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import type { NatsLink } from '../store/nats-connect.ts';
import { natsEventLog } from '../store/nats-event-log.ts';
import { readObject } from '../store/object-store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { type NatsProcess, natsProcess } from '../testing/nats-process.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { ACTOR, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { walkChain } from './chain.ts';
import { type CommitIo, type CommitResult, commit } from './commit.ts';
import { Committer } from './committer.ts';
import { readCurrent } from './current.ts';

let rig: NatsRig;
const links: NatsLink[] = [];
beforeAll(async () => {
  rig = await startNatsRig();
});
afterAll(async () => {
  await Promise.all(links.map((link) => link.close()));
  await rig.close();
});

async function committer(tenant: Tenant): Promise<NatsProcess> {
  const io = await natsProcess(rig, tenant);
  links.push(io.link);
  return io;
}

async function committers(tenant: Tenant, count: number) {
  const all = await Promise.all(Array.from({ length: count }, () => committer(tenant)));
  const [first] = all;
  if (!first) throw new Error('no committer');
  await newProject(first);
  return { all, first };
}

async function committedTexts(io: CommitIo): Promise<Map<string, string>> {
  const at = await readCurrent(io.index, PROJECT);
  const found = new Map<string, string>();
  if (!at) return found;
  for await (const entry of walkTree(io.nodes, at.current.manifest_sha)) {
    if (isFile(entry)) found.set(entry.path, Buffer.from(await readObject(io.objects, entry.sha)).toString());
  }
  return found;
}

async function commitMessages(io: CommitIo): Promise<string[]> {
  const at = await readCurrent(io.index, PROJECT);
  const messages: string[] = [];
  if (at)
    for await (const { commit: link } of walkChain(io.objects, at.current.commit_sha))
      messages.push(link.message ?? '');
  return messages.filter((message) => message !== '');
}

test('I1: sixteen committers on one project all finish, and every commit follows the one before it', async () => {
  const tenant = rig.freshTenant();
  const { all, first } = await committers(tenant, 16);
  await Promise.all(
    all.map(async (io, who) => {
      for (let n = 0; n < 5; n++) {
        const ops = [await putText(io, `${who}/${n}`, `${who}.${n}`)];
        expect((await commit(io, { project: PROJECT, ops, actor: ACTOR, message: `${who}.${n}` })).kind).toBe(
          'committed',
        );
      }
    }),
  );
  expect((await committedTexts(first)).size).toBe(80);
  const messages = await commitMessages(first);
  expect(new Set(messages).size).toBe(80);
  expect(messages).toHaveLength(80);
});

test('I1: NATS is killed while commits are under way: each is there once, whatever its committer was told', async () => {
  const tenant = rig.freshTenant();
  const { all, first } = await committers(tenant, 4);

  const untilCommitted = async (io: Awaited<ReturnType<typeof committer>>, path: string): Promise<CommitResult> => {
    for (;;) {
      try {
        const ops = [await putText(io, path, path)];
        return await commit(io, { project: PROJECT, ops, actor: ACTOR, message: path });
      } catch (error) {
        if (!(error instanceof StoreUnavailableError)) throw error;
        await io.link.untilConnected();
      }
    }
  };
  let done = 0;
  const work = all.map(async (io, who) => {
    for (let n = 0; n < 30; n++) {
      // Said again after a lost answer, the ops change nothing, and no second commit is made of them.
      expect(['committed', 'unchanged']).toContain((await untilCommitted(io, `${who}/${n}`)).kind);
      if (++done === 20 || done === 70) await rig.restart();
    }
  });
  await Promise.all(work);
  expect((await committedTexts(first)).size).toBe(120);
  const messages = await commitMessages(first);
  expect(messages).toHaveLength(120);
  expect(new Set(messages).size).toBe(120);
});

test('many writers of one process share commits, and their events come once and in order', async () => {
  const tenant = rig.freshTenant();
  const io = await committer(tenant);
  await newProject(io);
  const line = new Committer(io);
  await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      const ops = [await putText(io, `f${n}`, `${n}`)];
      return line.submit({ project: PROJECT, ops, actor: ACTOR });
    }),
  );
  expect((await committedTexts(io)).size).toBe(100);

  const events = natsEventLog(io.link, tenant);
  const announcing = {
    tenant,
    objects: io.objects,
    nodes: io.nodes,
    index: io.index,
    events,
    clock: systemClock,
    log: silentLog,
  };
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  const announce = () => announceUpTo(announcing, at.current.commit_sha, undefined);
  await Promise.all([announce(), announce()]);
  expect((await lastAnnounced(announcing, PROJECT))?.sha).toBe(at.current.commit_sha);
  const paths: string[] = [];
  for await (const delivery of events.read({ afterSeq: 0, signal: AbortSignal.timeout(60_000) })) {
    if (delivery.kind === 'caught-up') break;
    if (delivery.kind === 'event' && delivery.event.type === 'PathCreated') paths.push(delivery.event.payload.path);
  }
  expect(paths).toHaveLength(100);
  expect(new Set(paths).size).toBe(100);
});
