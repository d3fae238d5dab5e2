// What the simulation found where the marker of a workspace is not as it was left.
import { expect, test } from 'vitest';
import { ROOT } from './sim-node.ts';
import { read, story, write } from './story.ts';

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a power loss right after the start does not take the marker alone, seed %i',
  async (seed) => {
    await story(
      { names: 'ordered' },
      async (world, a) => {
        a.powerLoss();
        a.start();
        await world.run(5_000);
        expect(a.status?.state).toBe('in-sync');
      },
      seed,
    );
  },
);

test('I9: another workspace of the project in the place of the one that was known deletes nothing', async () => {
  await story({}, async (world, a, b) => {
    write(b, 'file', 'content');
    await world.run(1_000);
    a.stop();
    await world.run(1_000);
    const marker = `${ROOT}/.fs-sync/workspace.json`;
    const other = Buffer.from(a.machine.readFile(marker))
      .toString()
      .replace(/"workspace":"[^"]*"/, '"workspace":"other"');
    a.machine.writeFile(marker, Buffer.from(other));
    a.user.unlink(`${ROOT}/file`);
    a.start();
    await world.run(3_000);
    expect([read(a, 'file'), read(b, 'file')]).toEqual(['content', 'content']);
  });
});
