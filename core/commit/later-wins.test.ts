// What a commit makes of files that give way to later ones: history has them, and `current` never names them.
import { beforeEach, expect, test } from 'vitest';
import { commitEvents } from '../event/commit-events.ts';
import { markReachable } from '../lifecycle/sweep.ts';
import { getEntry } from '../manifest/get.ts';
import { isFile } from '../model/entry.ts';
import { parseTenant, type Sha, shaOf } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, commitOps, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { type ChainedCommit, walkChain } from './chain.ts';
import { type CommitIo, commit } from './commit.ts';
import { readCurrent } from './current.ts';
import type { PathOp } from './path-op.ts';

let io: ReturnType<typeof memoryCommitIo>;
beforeEach(async () => {
  io = memoryCommitIo();
  await newProject(io);
});

/** As a node does it that never shared the file. The others are written at 1,700,000,000,000. */
async function meets(path: string, text: string, mtime: number): Promise<PathOp> {
  const op = await putText(io, path, text);
  if (op.kind !== 'put') throw new Error('a text is put');
  return { ...op, entry: { ...op.entry, mtime } as typeof op.entry, seen: 'absent', unseen: 'later-wins' };
}
const EARLIER = 1_600_000_000_000;

async function chain(): Promise<ChainedCommit[]> {
  const at = await readCurrent(io.index, PROJECT);
  const found: ChainedCommit[] = [];
  if (at) for await (const link of walkChain(io.objects, at.current.commit_sha)) found.push(link);
  return found;
}

async function shaAt(manifest: Sha | undefined, path: string): Promise<Sha | undefined> {
  const entry = manifest && (await getEntry(io.nodes, manifest, fakePath(path)));
  return entry && isFile(entry) ? entry.sha : undefined;
}

test('an earlier file is in a commit of its own, below the one that becomes current; that one is as it was before', async () => {
  const before = await commitText(io, 'doc', 'current');
  const result = await commitOps(io, await meets('doc', 'earlier', EARLIER), await putText(io, 'new', 'new'));
  if (result.kind !== 'committed') throw new Error(result.kind);
  const [own, passedOver, below] = await chain();
  expect([own?.sha, below?.sha, result.onto]).toEqual([result.commitSha, before.commitSha, before.commitSha]);
  expect(await shaAt(own?.commit.manifest_sha, 'doc')).toBe(shaOf('current'));
  expect(await shaAt(own?.commit.manifest_sha, 'new')).toBe(shaOf('new'));
  expect(await shaAt(passedOver?.commit.manifest_sha, 'doc')).toBe(shaOf('earlier'));
  expect(await shaAt(passedOver?.commit.manifest_sha, 'new')).toBe(undefined);
  expect(passedOver?.commit).toMatchObject({ actor: ACTOR, counts: { updated: 1 }, files: 1, bytes: 7 });
  expect(own?.commit).toMatchObject({
    counts: { added: 1, updated: 1 },
    conflicts: [{ path: 'doc', won: shaOf('current'), lost: shaOf('earlier') }],
  });
  expect(result.gaveWay).toMatchObject([{ entry: { sha: shaOf('earlier') }, to: { sha: shaOf('current') }, op: 0 }]);
  // A node that had what was current is told of the new file only.
  const told = (await readCurrent(io.index, PROJECT))?.current.changes;
  expect(told).toMatchObject({ since: before.commit.manifest_sha, put: [{ path: 'new' }], removed: [] });
});

test('a commit that only keeps earlier files in history leaves the tree as it was', async () => {
  const before = await commitText(io, 'doc', 'current');
  const result = await commitOps(io, await meets('doc', 'earlier', EARLIER));
  expect(result).toMatchObject({ kind: 'committed', commit: { manifest_sha: before.commit.manifest_sha } });
  expect(await chain()).toHaveLength(4);
});

test('equal bytes make no commit, and it is told that the project’s stay', async () => {
  const { at } = await commitText(io, 'doc', 'same');
  const result = await commitOps(io, await meets('doc', 'same', EARLIER));
  expect(result).toMatchObject({ kind: 'unchanged', gaveWay: [{ to: { path: 'doc' } }] });
  expect(await readCurrent(io.index, PROJECT)).toEqual(at);
});

test('a later file is current, and what it replaced a conflict, without a commit in between', async () => {
  const before = await commitText(io, 'doc', 'earlier');
  const result = await commitOps(io, await meets('doc', 'later', 1_710_000_000_000));
  expect(result).toMatchObject({
    commit: { parents: [before.commitSha], conflicts: [{ won: shaOf('later'), lost: shaOf('earlier') }] },
    gaveWay: [],
  });
});

test('whoever comes first: what was current when the swap is made decides', async () => {
  const op = await meets('doc', 'mine', EARLIER);
  let raced = false;
  const racing: CommitIo = {
    ...io,
    index: {
      ...io.index,
      compareAndSet: async (...args) => {
        if (!raced) {
          raced = true;
          await commitText(io, 'doc', 'later');
        }
        return io.index.compareAndSet(...args);
      },
    },
  };
  const result = await commit(racing, { project: PROJECT, ops: [op], actor: ACTOR });
  expect(result).toMatchObject({ kind: 'committed', gaveWay: [{ to: { sha: shaOf('later') } }] });
  const [own, passedOver] = await chain();
  expect(await shaAt(own?.commit.manifest_sha, 'doc')).toBe(shaOf('later'));
  expect(await shaAt(passedOver?.commit.manifest_sha, 'doc')).toBe(shaOf('mine'));
});

test('I1: a lost ack is recognised though a commit lies between the two that were current', async () => {
  await commitText(io, 'doc', 'current');
  const op = await meets('doc', 'earlier', EARLIER);
  let lost = false;
  const flaky: CommitIo = {
    ...io,
    index: {
      ...io.index,
      compareAndSet: async (...args) => {
        const outcome = await io.index.compareAndSet(...args);
        if (lost) return outcome;
        lost = true;
        throw new StoreUnavailableError('hot', `the answer to ${outcome.kind} was lost`);
      },
    },
  };
  const result = await commit(flaky, { project: PROJECT, ops: [op], actor: ACTOR });
  expect(result).toMatchObject({ kind: 'committed', gaveWay: [{ op: 0 }] });
  expect(await chain()).toHaveLength(4);
});

test('I3, I10: its bytes are announced, so that they are archived, and no sweep takes them', async () => {
  await commitText(io, 'doc', 'current');
  await commitOps(io, await meets('doc', 'earlier', EARLIER));
  const [own, passedOver, below] = await chain();
  if (!own || !passedOver || !below) throw new Error('there are three commits');
  const types: string[] = [];
  const shas: unknown[] = [];
  for (const [link, parent] of [
    [passedOver, below],
    [own, passedOver],
  ] as const) {
    for await (const event of commitEvents(io.nodes, parseTenant('default'), link, parent.commit)) {
      types.push(event.type);
      if (event.type === 'ObjectCreated') shas.push(event.payload.sha);
    }
  }
  expect(shas).toContain(shaOf('earlier'));
  expect(types.filter((type) => type === 'PathConflict')).toHaveLength(1);
  expect((await markReachable(io)).has(shaOf('earlier'))).toBe(true);
});
