// The simulation itself: a seed gives one history and no other, and what does not hold is found.

import { expect, test } from 'vitest';
import { readCurrent } from '../../core/commit/current.ts';
import { getEntry } from '../../core/manifest/get.ts';
import { UNASKED } from '../../core/model/delete-threshold.ts';
import { shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { check, converge } from './checks.ts';
import { playHistory } from './history.ts';
import { type Plan, planOf } from './plan.ts';
import { PROJECT, ROOT } from './sim-node.ts';
import { World } from './world.ts';

test.each([1, 2, 3, 4, 5])('seed %i gives the same history twice', async (seed) => {
  const [one, two] = [await playHistory(planOf(seed)), await playHistory(planOf(seed))];
  expect(two.trace).toEqual(one.trace);
  expect(one.trace.some((line) => line.includes('current is'))).toBe(true);
});

test('other seeds give other histories', async () => {
  const traces = await Promise.all([11, 12].map(async (seed) => (await playHistory(planOf(seed))).trace));
  expect(traces[0]).not.toEqual(traces[1]);
});

/** Two nodes in sync with one file. */
async function worldInSync(): Promise<World> {
  const quiet = { store: {}, disk: { fail: 0, slow: 0 }, hints: { lose: 0, delay: 0, repeat: 0 } };
  const luck = { ...planOf(1).luck, ...quiet, maxWayMs: 1, maxLagMs: 0, capacityBytes: undefined };
  const ways = { threshold: UNASKED, answer: undefined, keepsBoth: false, ownDirectories: false, rulesGo: false };
  const plan: Plan = { seed: 1, nodes: [undefined, undefined], events: [], luck, ways };
  const world = new World(plan);
  await world.begin();
  const [a] = world.nodes;
  a?.machine.writeFile(`${ROOT}/file`, Buffer.from('content'));
  await world.run(500);
  await world.heal();
  await converge(world);
  await check(world);
  return world;
}

test('bytes of history that are not in the store any more are found', async () => {
  const world = await worldInSync();
  await world.objects.delete(shaOf('content'));
  await expect(check(world)).rejects.toThrow('file of commit');
  world.close();
});

test('content that somebody is owed and that is nowhere is found', async () => {
  const world = await worldInSync();
  world.nodes[0]?.books.owed.set(shaOf('never seen'), 'lost');
  await expect(check(world)).rejects.toThrow('what a had at lost');
  world.close();
});

test('a disk that differs is found', async () => {
  const world = await worldInSync();
  world.nodes[1]?.user.setMode(`${ROOT}/file`, 0o600);
  await expect(check(world)).rejects.toThrow('the disk of b and the project differ');
  world.close();
});

test('I9: a deletion that nobody made is found', async () => {
  const world = await worldInSync();
  world.nodes[0]?.user.unlink(`${ROOT}/file`);
  await world.run(500);
  await converge(world);
  await expect(check(world)).rejects.toThrow('a deleted file');
  const current = await readCurrent(world.index, PROJECT);
  expect(current && (await getEntry(world.io.nodes, current.current.manifest_sha, fakePath('file')))).toBe(undefined);
  world.close();
});
