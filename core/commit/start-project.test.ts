// Two who give one free name a project at once: one gets it, and the policy is the winner's.
import { expect, test } from 'vitest';
import { currentKey, policyKey } from '../model/index-keys.ts';
import { DEFAULT_POLICY, type ProjectPolicy } from '../model/policy.ts';
import { HeldCall } from '../testing/held-call.ts';
import { memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import type { CommitIo } from './commit.ts';
import { readCurrent } from './current.ts';
import { changePolicy, readPolicy } from './policy.ts';
import { startProject } from './start-project.ts';

const OURS: ProjectPolicy = { ...DEFAULT_POLICY, deactivate: 'archived' };
const THEIRS: ProjectPolicy = { ...DEFAULT_POLICY, conflicts: 'keep-both' };

/** The name is free; what is to be its `current` is stored. */
async function freeName() {
  const io = memoryCommitIo();
  await newProject(io);
  const at = await readCurrent(io.index, PROJECT);
  if (!at) throw new Error('no project');
  await io.index.delete(currentKey(PROJECT), at.revision);
  const start = (through: CommitIo, policy: ProjectPolicy | undefined) =>
    startProject(through, PROJECT, at.current, policy);
  return { io, start };
}

/** The same stores, where the first compare-and-swap of a key waits. */
function heldAt(io: CommitIo, key: string) {
  const held = new HeldCall();
  const index: CommitIo['index'] = {
    ...io.index,
    compareAndSet: async (at, ...rest) => {
      if (at === key) await held.hold();
      return io.index.compareAndSet(at, ...rest);
    },
  };
  return { held, io: { ...io, index } };
}

const RIVALS = [
  ['the defaults', undefined],
  ['another policy', THEIRS],
] as const;

test.each(RIVALS)('who wins keeps its policy, also when one with %s replaced it before', async (_, theirs) => {
  const { io, start } = await freeName();
  const winner = heldAt(io, currentKey(PROJECT));
  const loser = heldAt(io, currentKey(PROJECT));
  const first = start(winner.io, OURS);
  await winner.held.reached;
  const second = start(loser.io, theirs);
  await loser.held.reached;
  winner.held.release();
  expect((await first).kind).toBe('started');
  loser.held.release();
  expect((await second).kind).toBe('exists');
  expect(await readPolicy(io.index, PROJECT)).toEqual(OURS);
});

test.each(RIVALS)('who wins keeps its policy, also when one with %s replaces it afterwards', async (_, theirs) => {
  const { io, start } = await freeName();
  const winner = heldAt(io, currentKey(PROJECT));
  const loser = heldAt(io, policyKey(PROJECT));
  const first = start(winner.io, OURS);
  await winner.held.reached;
  const second = start(loser.io, theirs);
  await loser.held.reached;
  winner.held.release();
  expect((await first).kind).toBe('started');
  loser.held.release();
  expect((await second).kind).toBe('exists');
  expect(await readPolicy(io.index, PROJECT)).toEqual(OURS);
});

test('what a person changed of the policy meanwhile stays', async () => {
  const { io, start } = await freeName();
  let changed = false;
  const index: CommitIo['index'] = {
    ...io.index,
    get: async (key, ...rest) => {
      if (key === policyKey(PROJECT) && !changed && (await readCurrent(io.index, PROJECT))) {
        changed = true;
        await changePolicy(io.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' }));
      }
      return io.index.get(key, ...rest);
    },
  };
  expect((await start({ ...io, index }, OURS)).kind).toBe('started');
  expect(await readPolicy(io.index, PROJECT)).toEqual({ ...OURS, conflicts: 'keep-both' });
});
