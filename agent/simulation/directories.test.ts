// What the simulation found where a directory and a file met at one path, or a directory became empty.
import { expect, test } from 'vitest';
import { ROOT } from './sim-node.ts';
import { remove, story, write } from './story.ts';

test('a directory that a person emptied stays, though the project says that what it held is to go from here', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'dir/file', 'content');
    await world.run(5_000);
    b.line.isDeaf = true;
    remove(a, 'dir/file');
    a.user.removeDirectory(`${ROOT}/dir`);
    await world.run(300);
    remove(b, 'dir/file');
    b.line.isDeaf = false;
    await world.run(2_000);
    expect(b.user.lstat(`${ROOT}/dir`)?.isDirectory()).toBe(true);
  });
});

test('a file that became a directory in which only ignored files lie is gone, and nothing waits for it', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'place', 'a file');
    await world.run(1_000);
    a.cut(true);
    write(a, '.fsignore', 'x');
    remove(b, 'place');
    write(b, 'place/x', 'in a directory');
    remove(a, 'place');
    a.user.makeDirectories(`${ROOT}/place`);
    await world.run(1_000);
    a.cut(false);
    await world.run(3_000);
    expect([a.status?.state, b.status?.state]).toEqual(['in-sync', 'in-sync']);
  });
});

test('an empty directory that gives way to what current has already goes at once, though current moves no more', async () => {
  await story(
    {},
    async (world, a, b) => {
      write(a, 'part', 'a file where the part of the other node was');
      await world.run(1_000);
      b.user.makeDirectory(`${ROOT}/empty`);
      await world.run(2_000);
      expect([b.user.lstat(`${ROOT}/empty`), b.status?.state]).toEqual([undefined, 'in-sync']);
    },
    1,
    'part',
  );
});
