// What the simulation found where a node was killed, or lost its power.
import { expect, test } from 'vitest';
import { mustHold } from './history.ts';
import { ROOT, type SimNode } from './sim-node.ts';
import { move, read, remove, story, write } from './story.ts';
import type { World } from './world.ts';

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'I9: a file whose name the power took is brought again, not deleted, seed %i',
  async (seed) => {
    await story(
      { names: 'ordered' },
      async (world, a, b) => {
        write(a, 'known', 'before');
        await world.run(5_000);
        write(a, 'file', 'content');
        write(a, 'known', 'after');
        await world.run(100);
        expect(read(b, 'file')).toBe('content');
        b.powerLoss();
        b.start();
        await world.run(5_000);
        expect([read(a, 'file'), read(b, 'file')]).toEqual(['content', 'content']);
        expect([read(a, 'known'), read(b, 'known')]).toEqual(['after', 'after']);
      },
      seed,
    );
  },
);

test.each([20, 50, 80, 110, 140, 170, 200, 230])(
  'a version that was ours once and comes again by another node is brought here, not deleted: cut off after %i ms',
  async (afterMs) => {
    await story({ maxWayMs: 40 }, async (world, a, b) => {
      write(b, 'file', 'content');
      const time = Number((b.user.lstat(`${ROOT}/file`)?.mtimeNs ?? 0n) / 1_000_000n);
      await world.run(afterMs);
      b.kill();
      remove(b, 'file');
      await world.run(1_000);
      b.start();
      await world.run(2_000);
      if (a.files().has('file')) remove(a, 'file');
      await world.run(1_000);
      write(a, 'file', 'content');
      a.user.setTime(`${ROOT}/file`, (time + 0.0005) / 1_000);
      await world.run(2_000);
      expect([read(a, 'file'), read(b, 'file')]).toEqual(['content', 'content']);
    });
  },
);

test('a file that moves here because others moved it is whole after a power loss, though nobody had synced it', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const tell = async (world: World, a: SimNode, b: SimNode) => {
      write(a, 'file', 'content');
      await world.run(1_000);
      move(b, 'file', 'moved');
      await world.run(10_000);
      a.powerLoss();
      expect(read(a, 'moved')).toBe('content');
    };
    await story({ names: 'ordered' }, tell, seed);
  }
});

const CALLS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 20, 25, 30, 40];

/** b is killed while it brings a file, and a deletes the file meanwhile. */
async function goneWhenBack(calls: number, meanwhile: (world: World) => void): Promise<void> {
  await story({}, async (world, a, b) => {
    write(a, 'first', 'settles');
    await world.run(5_000);
    b.killIn(calls);
    write(a, 'file', 'content');
    await world.run(300);
    b.kill();
    remove(a, 'file');
    meanwhile(world);
    await world.run(300);
    b.start();
    await world.run(2_000);
    expect([[...a.files().keys()], [...b.files().keys()]]).toEqual([['first'], ['first']]);
  });
}

test.each(CALLS)(
  'what a node had just brought when it was cut off, and others deleted meanwhile, does not come back: killed in call %i',
  (calls) => goneWhenBack(calls, () => {}),
);

test.each(CALLS)(
  'what a node had just brought does not come back by a clock that was set back either: killed in call %i',
  (calls) => goneWhenBack(calls, (world) => world.clock.set(-3_600_000)),
);

test('a version that the power brought back, and that had another name where it was being replaced, gives way to its deletion', async () => {
  // When that other name goes at the start, the file looks changed; which of a power's writes stay is up to the seed.
  await expect(mustHold(70_193)).resolves.toBe(undefined);
});
