// What the simulation found where the stores went back (I12).
import { expect, test } from 'vitest';
import { ROOT, type SimNode } from './sim-node.ts';
import { read, remove, story, write } from './story.ts';
import type { World } from './world.ts';

test('I12: what current lost comes back from a node that finds the same revision with another commit under it', async () => {
  await story({}, async (world, a, b) => {
    write(a, 'lost', 'only here');
    await world.run(500);
    a.cut(true);
    b.kill();
    b.user.removeTree(ROOT);
    b.user.makeDirectories(ROOT);
    b.loseState();
    await world.finish(world.goBack());
    write(b, 'other', 'in its place');
    b.start();
    await world.run(500);
    a.cut(false);
    await world.run(500);
    expect([read(a, 'lost'), read(b, 'lost'), read(a, 'other')]).toEqual(['only here', 'only here', 'in its place']);
  });
});

test('I12: what a node committed before it heard of the commit under it comes back too', async () => {
  await story({ maxLagMs: 5_000 }, async (world, a, b) => {
    write(b, 'first', 'first');
    await world.run(300);
    write(a, 'lost', 'only here');
    await world.run(300);
    await world.finish(world.goBack());
    expect(read(a, 'lost')).toBe('only here');
  });
});

test('I9: what was deleted before the stores went back is lost with them, and what was deleted since comes back', async () => {
  const tell = async (world: World, a: SimNode) => {
    for (let n = 1; n <= 6; n++) write(a, `${n}`, `file ${n}`);
    await world.run(11 * 60_000);
    remove(a, '1');
    await world.run(15_000);
    const goingBack = world.goBack();
    await world.run(5_000);
    await goingBack;
    remove(a, '2');
    await world.run(1_000);
    remove(a, '3');
    await world.run(1_000);
    const id = a.status?.question?.id;
    if (id === undefined) throw new Error('it asks');
    a.answer('restore', id);
    await world.run(5_000);
    expect([...a.files().keys()].sort()).toEqual(['2', '3', '4', '5', '6']);
    expect(a.status?.problems).toMatchObject([{ code: 'not-restored' }]);
  };
  await story({}, tell, 1, undefined, { threshold: { files: 1, files_a_day: 5, share: 0.4 } });
});
