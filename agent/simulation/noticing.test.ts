// What the simulation found where a node noticed late, or not, what was done to a file.
import { expect, test } from 'vitest';
import { ROOT } from './sim-node.ts';
import { read, remove, story, write } from './story.ts';

test('a file that is about to be taken is taken though the clock is set back by hours', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'file', 'content');
    await world.run(1);
    world.clock.set(-7_200_000);
    await world.run(1_000);
    expect(read(b, 'file')).toBe('content');
  });
});

test('a directory that nobody was told of is looked through when a file is to come in its place', async () => {
  await story({ hints: { lose: 1, delay: 0, repeat: 0 } }, async (world, a, b) => {
    write(a, 'place', 'of a');
    await world.run(10);
    write(b, 'place/inside', 'of b');
    await world.finish(a.rescan());
    await world.run(5_000);
    // What the project has stays; that history has the other is checked in the end.
    expect([read(a, 'place'), read(b, 'place')]).toEqual(['of a', 'of a']);
  });
});

test.each([20, 60, 100, 140, 180, 220, 260, 300, 340])(
  'a touch that needs no commit is not committed later, when a commit that it shared failed after %i ms',
  async (afterMs) => {
    await story({ maxWayMs: 40 }, async (world, a, b) => {
      write(b, 'place', 'a file');
      await world.run(1_000);
      a.user.setMode(`${ROOT}/place`, 0o644);
      write(a, 'other', 'to commit');
      await world.run(afterMs);
      a.line.refuses = 'put';
      remove(b, 'place');
      write(b, 'place/inside', 'a directory');
      await world.run(1_000);
      a.line.refuses = undefined;
      await world.run(3_000);
      expect([read(a, 'place/inside'), read(b, 'place/inside')]).toEqual(['a directory', 'a directory']);
    });
  },
);
