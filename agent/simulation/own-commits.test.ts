// What the simulation found where a node's own commits had become past before it heard of them.
import { expect, test } from 'vitest';
import type { SimNode } from './sim-node.ts';
import { remove, story, write } from './story.ts';
import type { World } from './world.ts';

/** b deletes what a committed, and a hears of neither commit. */
async function goneUnheard(world: World, a: SimNode, b: SimNode): Promise<void> {
  a.line.isDeaf = true;
  write(b, 'first', 'first');
  await world.run(300);
  write(a, 'second', 'of a');
  await world.run(300);
  remove(b, 'second');
  await world.run(300);
}

/** A new line tells only what is current now. */
async function hearAgain(world: World, a: SimNode): Promise<void> {
  a.cut(true);
  a.line.isDeaf = false;
  a.cut(false);
  await world.run(1_000);
}

test('what came by an own commit and went by another one goes, though the base knew neither', async () => {
  await story({}, async (world, a, b) => {
    await goneUnheard(world, a, b);
    await hearAgain(world, a);
    expect([...a.files().keys()]).toEqual(['first']);
  });
});

test('what went between two own commits goes, though the base knew neither', async () => {
  await story({}, async (world, a, b) => {
    await goneUnheard(world, a, b);
    write(a, 'third', 'of a too');
    await world.run(300);
    await hearAgain(world, a);
    expect([...a.files().keys()].sort()).toEqual(['first', 'third']);
  });
});

test('an own deletion of what the rules came to leave out meanwhile is not undone when the rules go', async () => {
  await story({ maxWayMs: 40 }, async (world, a) => {
    write(a, 'dir/file', 'content');
    await world.run(1_000);
    remove(a, 'dir/file');
    await world.run(40);
    write(a, '.fsignore', 'dir/*');
    await world.run(1_000);
    remove(a, '.fsignore');
    await world.run(2_000);
    expect([...a.files().keys()]).toEqual([]);
  });
});
