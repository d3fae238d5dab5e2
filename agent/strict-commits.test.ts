// A node that commits to a strict project waits for cold, for as long as that takes: what it has put stays in hot, or comes
// back there, and what others commit comes meanwhile.
import { expect, test } from 'vitest';
import type { BroughtObject, ProofAnswer } from '../core/commit/cold-proofs.ts';
import { readCurrent } from '../core/commit/current.ts';
import { changePolicy } from '../core/commit/policy.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { parseProjectName, type Sha, shaOf } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { HeldCall } from '../core/testing/held-call.ts';
import { FakeWorkspace, type FakeWorkspaceOptions, ROOT } from './incoming/workspace.fakes.ts';

const PROJECT = parseProjectName('demo');
const AWAY: ProofAnswer = { kind: 'failed', reason: 'S3 is away' };

type Answer = (asked: readonly BroughtObject[], io: FakeWorkspace['io']) => Promise<ProofAnswer>;

/** A strict project; `cold.answer` says what a server does. */
async function strictWorkspace(options: Omit<FakeWorkspaceOptions, 'proofs'> = {}) {
  const cold: { answer: Answer; asked: number } = { answer: async () => ({ kind: 'proven' }), asked: 0 };
  const proofs = {
    ask: async (_: unknown, asked: readonly BroughtObject[]) => {
      cold.asked++;
      return cold.answer(asked, w.io);
    },
  };
  const w = await FakeWorkspace.open({ ...options, proofs });
  await changePolicy(w.io.index, PROJECT, (policy) => ({ ...policy, durability: 'strict' }));
  await w.commit({ first: 'first' });
  await w.inSync();
  return { w, cold };
}

/** As a server answers that has cold: hot has to have what it copies. */
const archiving: Answer = async (asked, { objects }) => {
  for (const { sha } of asked) if ((await objects.stat(sha)).kind === 'absent') return { kind: 'absent', sha };
  return { kind: 'proven' };
};

function write(w: FakeWorkspace, name: string, text: string): void {
  const file = w.machine.start().disk.open(`${ROOT}/${name}`, 'create');
  file.write(Buffer.from(text), 0);
  file.close();
}

async function inProject({ io }: FakeWorkspace): Promise<string[]> {
  const at = await readCurrent(io.index, PROJECT);
  const paths: string[] = [];
  if (at) for await (const { path } of walkTree(io.nodes, at.current.manifest_sha)) paths.push(path);
  return paths;
}

const untilAsked = (w: FakeWorkspace, cold: { readonly asked: number }, more = 1) => {
  const from = cold.asked;
  return w.until(() => cold.asked >= from + more);
};
const committed = (w: FakeWorkspace, files: number) =>
  w.until((status) => status.state === 'in-sync' && status.files === files);

test('I5: what hot loses while a commit waits for cold is put again, all of it, and goes on', async () => {
  const { w, cold } = await strictWorkspace();
  cold.answer = async () => AWAY;
  write(w, 'a', 'one');
  write(w, 'b', 'two');
  await untilAsked(w, cold, 3);
  expect(w.status.sentence).toContain('S3 is away');
  for (const text of ['one', 'two']) await w.io.objects.delete(shaOf(text));
  const from = cold.asked;
  cold.answer = archiving;
  await committed(w, 3);
  expect(await inProject(w)).toEqual(['a', 'b', 'first']);
  expect(cold.asked - from).toBeLessThanOrEqual(4);
  for (const text of ['one', 'two']) expect((await w.io.objects.stat(shaOf(text))).kind).toBe('present');
  await w.close();
});

test('I3: a copy in hot that is found damaged is replaced from the file that a commit is to bring', async () => {
  let damaged: Sha | undefined;
  const objects = (all: ObjectStore): ObjectStore => ({
    ...all,
    delete: async (sha, options) => {
      if (sha === damaged) damaged = undefined;
      return all.delete(sha, options);
    },
  });
  const { w, cold } = await strictWorkspace({ objects });
  damaged = shaOf('one');
  cold.answer = async (asked, io) =>
    damaged ? { kind: 'corrupt', sha: damaged, detail: 'a chunk is missing' } : archiving(asked, io);
  write(w, 'a', 'one');
  await committed(w, 2);
  expect((await w.io.objects.stat(shaOf('one'))).kind).toBe('present');
  await w.close();
});

test('what hot lost and no file has any more is not waited for', async () => {
  const { w, cold } = await strictWorkspace();
  cold.answer = async () => AWAY;
  write(w, 'a', 'one');
  write(w, 'b', 'two');
  await untilAsked(w, cold, 2);
  w.machine.start().disk.unlink(`${ROOT}/a`);
  await w.io.objects.delete(shaOf('one'));
  cold.answer = archiving;
  await committed(w, 2);
  expect(await inProject(w)).toEqual(['b', 'first']);
  await w.close();
});

test('what others commit comes while a commit of this node waits for cold', async () => {
  const { w, cold } = await strictWorkspace();
  const held = new HeldCall();
  cold.answer = async (asked) => {
    if (asked.some(({ sha }) => sha === shaOf('large'))) await held.hold();
    return { kind: 'proven' };
  };
  write(w, 'big', 'large');
  await held.reached;
  await w.commit({ theirs: 'small' });
  await w.until(() => w.tree().theirs === 'small');
  expect(await inProject(w)).not.toContain('big');
  held.release();
  await committed(w, 3);
  expect(await inProject(w)).toEqual(['big', 'first', 'theirs']);
  await w.close();
});

test('I12: a commit that waited for cold while `current` went back is made of what is found anew', async () => {
  const { w, cold } = await strictWorkspace();
  const before = await w.io.index.get(currentKey(PROJECT));
  await w.commit({ second: 'second' });
  await w.inSync();
  const held = new HeldCall();
  cold.answer = async (asked) => {
    if (asked.some(({ sha }) => sha === shaOf('new'))) await held.hold();
    return { kind: 'proven' };
  };
  write(w, 'third', 'new');
  await held.reached;
  w.breakLine();
  if (before) await w.io.index.put(before.key, before.value);
  await w.commit({ fourth: 'fourth' });
  await w.until(() => w.tree().fourth === 'fourth');
  held.release();
  await committed(w, 4);
  expect(await inProject(w)).toEqual(['first', 'fourth', 'second', 'third']);
  expect(w.tree()).toEqual({ first: 'first', second: 'second', third: 'new', fourth: 'fourth' });
  await w.close();
});

test('I5: what waits for long is protected from a sweep once an hour', async () => {
  let puts = 0;
  const objects = (all: ObjectStore): ObjectStore => ({
    ...all,
    put: (sha, ...rest) => {
      if (sha === shaOf('one')) puts++;
      return all.put(sha, ...rest);
    },
  });
  const { w, cold } = await strictWorkspace({ objects });
  cold.answer = async () => AWAY;
  write(w, 'a', 'one');
  await untilAsked(w, cold);
  const until = w.io.clock.now() + 2.5 * 3_600_000;
  await w.until(() => w.io.clock.now() > until);
  expect(puts).toBe(3);
  cold.answer = archiving;
  await committed(w, 2);
  await w.close();
});
