import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../model/policy.ts';
import { memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { readPolicy } from './policy.ts';
import { changePolicyFrom } from './policy-change.ts';

const seen = DEFAULT_POLICY;

test('two people who change different fields at once both have theirs; who would overwrite the unseen is told', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  const change = (next: Partial<typeof seen>, from = seen) =>
    changePolicyFrom(io.index, PROJECT, { seen: from, next: { ...from, ...next } });
  expect((await change({ conflicts: 'keep-both' })).kind).toBe('policy-changed');
  expect((await change({ evict: { never: true } })).kind).toBe('policy-changed');
  expect(await readPolicy(io.index, PROJECT)).toEqual({ ...seen, conflicts: 'keep-both', evict: { never: true } });
  // The same again is no other change.
  expect((await change({ conflicts: 'keep-both' })).kind).toBe('policy-unchanged');
  expect(await change({ evict: { never: false, idle_ms: 1 }, durability: 'strict' })).toMatchObject({
    kind: 'policy-moved',
    fields: ['evict'],
    policy: { durability: 'fast', evict: { never: true } },
  });
  expect((await readPolicy(io.index, PROJECT)).durability).toBe('fast');
});

test('a project that is not there has no policy to change', async () => {
  const io = memoryCommitIo();
  expect(await changePolicyFrom(io.index, PROJECT, { seen, next: { ...seen, durability: 'strict' } })).toEqual({
    kind: 'no-project',
  });
  expect(await readPolicy(io.index, PROJECT)).toEqual(seen);
});
