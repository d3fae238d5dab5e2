// Who gets a name says whether its project is taken off hot storage, and who does not get it says nothing.
import { expect, test } from 'vitest';
import { parseProjectName } from '../model/ids.ts';
import { tierKey } from '../model/index-keys.ts';
import { HeldCall } from '../testing/held-call.ts';
import { ACTOR, memoryCommitIo } from '../testing/test-project.ts';
import { readTier, writeTier } from '../tier/project-tier.ts';
import type { CommitIo } from './commit.ts';
import { createProject } from './project.ts';
import { renameProject } from './rename-project.ts';

const COLD = parseProjectName('taken-off');
const NAME = parseProjectName('wanted');

async function withColdProject(): Promise<CommitIo> {
  const io = memoryCommitIo();
  await createProject(io, COLD, ACTOR);
  await writeTier(io.index, COLD, 'cold', 0);
  return io;
}

test('a project that is created while another gets its name by a rename leaves that one listed as cold', async () => {
  const io = await withColdProject();
  const held = new HeldCall();
  const index: CommitIo['index'] = {
    ...io.index,
    get: async (key) => {
      if (key === tierKey(NAME)) await held.hold();
      return io.index.get(key);
    },
  };
  const creating = createProject({ ...io, index }, NAME, ACTOR);
  await held.reached;
  expect((await renameProject(io, COLD, NAME, ACTOR)).kind).toBe('renamed');
  held.release();
  expect((await creating).kind).toBe('exists');
  expect((await readTier(io.index, NAME))?.tier).toBe('cold');
});

test('a rename that loses its name to a project that is created does not list that one as cold', async () => {
  const io = await withColdProject();
  const held = new HeldCall();
  const objects: CommitIo['objects'] = {
    ...io.objects,
    put: async (...args) => {
      await held.hold();
      return io.objects.put(...args);
    },
  };
  const renaming = renameProject({ ...io, objects }, COLD, NAME, ACTOR);
  await held.reached;
  expect((await createProject(io, NAME, ACTOR)).kind).toBe('created');
  held.release();
  expect((await renaming).kind).toBe('exists');
  expect(await readTier(io.index, NAME)).toBeUndefined();
  expect((await readTier(io.index, COLD))?.tier).toBe('cold');
});

test.each([
  ['created', undefined, (io: CommitIo) => createProject(io, NAME, ACTOR)],
  ['renamed', 'cold', (io: CommitIo) => renameProject(io, COLD, NAME, ACTOR)],
] as const)(
  'a project that is %s under a name that was used before is %s, whatever that was',
  async (kind, tier, take) => {
    for (const before of ['hot', 'cold'] as const) {
      const io = await withColdProject();
      await writeTier(io.index, NAME, before, 0);
      expect((await take(io)).kind).toBe(kind);
      expect((await readTier(io.index, NAME))?.tier).toBe(tier);
    }
  },
);
