// The policy and what `current` carries of it, when two people change it at once.
import { expect, test } from 'vitest';
import { currentKey } from '../model/index-keys.ts';
import type { ProjectPolicy } from '../model/policy.ts';
import type { KeyValue } from '../store/key-value.ts';
import { HeldCall } from '../testing/held-call.ts';
import { memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { readCurrent } from './current.ts';
import { changePolicy, readPolicy } from './policy.ts';

const setDurability = (index: KeyValue, durability: ProjectPolicy['durability']) =>
  changePolicy(index, PROJECT, (policy) => ({ ...policy, durability }));

test.each([
  ['fast', 'strict', 'before it reads'],
  ['strict', 'fast', 'before it reads'],
  ['fast', 'strict', 'before it swaps'],
  ['strict', 'fast', 'before it swaps'],
] as const)(
  'a change to %s that is overtaken by one to %s %s `current` leaves it as the policy has it',
  async (slow, last, when) => {
    const io = memoryCommitIo();
    await newProject(io);
    await setDurability(io.index, when === 'before it reads' ? last : slow === 'strict' ? 'fast' : 'strict');
    const held = new HeldCall();
    const isCurrent = (key: string) => key === currentKey(PROJECT);
    const slowed: KeyValue = {
      ...io.index,
      get: async (key) => {
        if (isCurrent(key) && when === 'before it reads') await held.hold();
        return io.index.get(key);
      },
      compareAndSet: async (key, value, revision) => {
        if (isCurrent(key)) await held.hold();
        return io.index.compareAndSet(key, value, revision);
      },
    };
    const overtaken = setDurability(slowed, slow);
    await held.reached;
    await setDurability(io.index, last);
    held.release();
    await overtaken;
    expect((await readPolicy(io.index, PROJECT)).durability).toBe(last);
    expect((await readCurrent(io.index, PROJECT))?.current.strict ?? false).toBe(last === 'strict');
  },
);
