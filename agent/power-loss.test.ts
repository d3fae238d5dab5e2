// What a power loss may take on a file system that promises no more than it has to: a synced directory keeps its names, and not
// its own.
import { expect, test } from 'vitest';
import { seededRandom } from '../core/testing/seeded-random.ts';
import { MemoryDiskError } from './disk/memory-disk-error.ts';
import { FakeWorkspace, ROOT } from './incoming/workspace.fakes.ts';
import { LOOK_EVERY_MS } from './marker.ts';

const SEEDS = Array.from({ length: 12 }, (_, i) => i + 1);

test.each(SEEDS)(
  'I9: a file that was placed and recorded is there with the directories that came with it, seed %i',
  async (seed) => {
    const before = await FakeWorkspace.open({ disk: { namesAlone: true, random: seededRandom(seed) } });
    await before.commit({ 'new/deep/file': 'content', 'new/deeper/than/that': 'content', 'an/empty/one': null });
    await before.inSync();
    // Its records are durable by then, and nothing tells any more that it came lately.
    await before.io.clock.sleep(2 * LOOK_EVERY_MS);
    before.machine.powerLoss();
    await before.close();
    const { head } = before;
    const again = await before.again();
    expect(again.head).toBe(head);
    expect(again.tree()).toEqual({ 'new/deep/file': 'content', 'new/deeper/than/that': 'content' });
    expect(again.machine.start().disk.lstat('/data/demo/an/empty/one')?.isDirectory()).toBe(true);
    await again.close();
  },
);

test.each(SEEDS)('I9: a workspace that was made is there with all directories above it, seed %i', async (seed) => {
  const before = await FakeWorkspace.open({ disk: { namesAlone: true, random: seededRandom(seed) } });
  before.machine.powerLoss();
  await before.close();
  const again = await before.again();
  expect(again.status.state).toBe('in-sync');
  await again.close();
});

test.each(SEEDS)(
  'I9: what was placed and could not be synced before the workspace stopped is synced when it is opened again, seed %i',
  async (seed) => {
    // One when the records are saved, one when the workspace closes by that.
    const failures = [new MemoryDiskError('EMFILE', ROOT), new MemoryDiskError('EMFILE', ROOT)];
    const before = await FakeWorkspace.open({
      disk: { namesAlone: true, random: seededRandom(seed) },
      watched: (disk) => ({
        ...disk,
        syncDirectory: async (path) => {
          const failure = path === `${ROOT}/new` ? failures.pop() : undefined;
          if (failure) throw failure;
          await disk.syncDirectory(path);
        },
      }),
    });
    await before.commit({ 'new/file': 'content' });
    await before.inSync();
    await before.until(({ state }) => state === 'starting');
    await before.inSync();
    await before.io.clock.sleep(4 * LOOK_EVERY_MS);
    expect(failures).toEqual([]);
    before.machine.powerLoss();
    await before.close();
    const { head } = before;
    const again = await before.again();
    expect(again.head).toBe(head);
    expect(again.tree()).toEqual({ 'new/file': 'content' });
    await again.close();
  },
);
