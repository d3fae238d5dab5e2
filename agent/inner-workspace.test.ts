// A workspace around another one is refused, whoever runs the inner one.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Disk } from './disk/disk.ts';
import { nodeDisk } from './disk/node-disk.ts';
import { LookInside } from './inner-workspace.ts';
import { markerFile } from './marker.ts';
import { Fleet, type TestNode } from './testing/fleet.ts';

let fleet: Fleet;
let inner: TestNode;
const outerRoot = (): string => join(fleet.dir, 'outer');

beforeEach(async () => {
  fleet = await Fleet.open();
  inner = fleet.start('inner', { root: join(outerRoot(), 'a/b') });
  await inner.until(({ state }) => state === 'in-sync');
});
afterEach(() => fleet.close());

const refused = (node: TestNode): Promise<unknown> =>
  node.until(({ state, sentence }) => state === 'blocked' && sentence.includes('has the workspace'));

test('a directory with a running workspace in it does not become one, and is told with both paths and the next step', async () => {
  writeFileSync(join(outerRoot(), 'beside'), 'x');
  const outer = fleet.start('outer', { root: outerRoot() });
  await refused(outer);
  expect(outer.status.sentence).toContain(
    `${outerRoot()} has the workspace ${inner.root} in it: each would carry what the other does, without end. ` +
      `Choose a directory that has none in it, or, if no agent syncs ${inner.root} any more, remove ${inner.root}/.fs-sync.`,
  );
  expect(existsSync(markerFile(outerRoot()))).toBe(false);
  await fleet.nodes.get('inner')?.agent.rescan();
  expect(inner.status.state).toBe('in-sync');
  await outer.agent.stop();
  fleet.nodes.delete('outer');
});

test('one whose agent is away just now counts as well; when its marker is gone the directory may be used', async () => {
  await inner.agent.stop();
  fleet.nodes.delete('inner');
  const outer = fleet.start('outer', { root: outerRoot() });
  await refused(outer);
  await rm(join(inner.root, '.fs-sync'), { recursive: true });
  await outer.until(({ state }) => state === 'in-sync');
});

test('a workspace stops where its scan meets one that runs, and passes by a copy of one that nobody runs', async () => {
  await inner.agent.stop();
  const marker = join(outerRoot(), '.fs-sync/workspace.json');
  mkdirSync(join(outerRoot(), '.fs-sync'));
  writeFileSync(marker, JSON.stringify({ v: 1, tenant: 'default', project: 'demo', workspace: 'outer' }));
  const outer = fleet.start('outer', { root: outerRoot() });
  await outer.until(({ state }) => state === 'in-sync');
  await outer.agent.stop();

  // As when an outer directory is put around one that runs: the inner one looked before.
  await rm(marker);
  const again = fleet.start('inner', { root: inner.root });
  await again.until(({ state }) => state === 'in-sync');
  writeFileSync(marker, JSON.stringify({ v: 1, tenant: 'default', project: 'demo', workspace: 'outer' }));
  const met = fleet.start('outer', { root: outerRoot() });
  await refused(met);
  expect(met.status.sentence).toMatch(
    /in it, which an agent syncs: .* End one of the two, or give it a directory outside/,
  );
  await met.agent.stop();
  fleet.nodes.delete('outer');
});

test('a link that leads into a workspace is refused like the directory itself', async () => {
  mkdirSync(join(inner.root, 'sub'));
  symlinkSync(join(inner.root, 'sub'), join(fleet.dir, 'link'));
  for (const root of ['link', 'link/not there yet']) {
    const node = fleet.start('linked', { root: join(fleet.dir, root) });
    await node.until(({ state }) => state === 'blocked');
    expect(node.status.sentence).toMatch(/lies in the workspace .*outer\/a\/b: each would/);
    await node.agent.stop();
  }
  fleet.nodes.delete('linked');
});

const signal = new AbortController().signal;

test('the look is bounded; the folder of an agent without a marker is no workspace', async () => {
  const root = join(fleet.dir, 'many');
  mkdirSync(join(root, 'a/b/.fs-sync/staging'), { recursive: true });
  const look = (mostNames?: number) => new LookInside(mostNames).requireNone(nodeDisk, root, signal);
  await look();
  writeFileSync(markerFile(join(root, 'a/b')), '');
  await expect(look()).rejects.toThrow(`has the workspace ${root}/a/b in it`);
  await look(2);
  await new LookInside().requireNone(nodeDisk, join(root, 'not there'), signal);
});

test('others have their turn while many names are looked through, and an agent that ends does not wait for them', async () => {
  const root = join(fleet.dir, 'wide');
  for (let n = 0; n < 2_100; n++) mkdirSync(join(root, `${n}`), { recursive: true });
  let reads = 0;
  const disk: Disk = Object.create(nodeDisk, {
    readDirectory: {
      value: (dir: string) => {
        reads++;
        return nodeDisk.readDirectory(dir);
      },
    },
  });
  let readsBeforeTurn = 0;
  setImmediate(() => {
    readsBeforeTurn = reads;
  });
  await new LookInside().requireNone(disk, root, signal);
  expect(reads).toBe(2_101);
  expect(readsBeforeTurn).toBeLessThan(2_001);
  const ended = new AbortController();
  const look = new LookInside().requireNone(disk, root, ended.signal);
  ended.abort(new Error('the agent stops'));
  await expect(look).rejects.toThrow('the agent stops');
});

test('what was refused is refused again by a look at what was found, and looked through again when that is gone', async () => {
  const [first, second] = [join(outerRoot(), 'c'), join(outerRoot(), 'd')];
  const read: string[] = [];
  const disk: Disk = Object.create(nodeDisk, {
    readDirectory: {
      value: (dir: string) => {
        read.push(dir);
        return nodeDisk.readDirectory(dir);
      },
    },
  });
  await inner.agent.stop();
  fleet.nodes.delete('inner');
  await rm(join(inner.root, '.fs-sync'), { recursive: true });
  for (const dir of [first, second]) mkdirSync(join(dir, '.fs-sync'), { recursive: true });
  for (const dir of [first, second]) writeFileSync(markerFile(dir), '');
  const look = new LookInside();
  const refused = () => look.requireNone(disk, outerRoot(), signal).then(() => 'taken', String);
  const why = await refused();
  expect(why).toMatch(/has the workspace .*outer\/[cd] in it/);
  read.length = 0;
  expect(await refused()).toBe(why);
  expect(read).toEqual([]);
  const [found, other] = why.includes(`${first} in it`) ? [first, second] : [second, first];
  await rm(join(found, '.fs-sync'), { recursive: true });
  expect(await refused()).toContain(`has the workspace ${other} in it`);
  await rm(join(other, '.fs-sync'), { recursive: true });
  expect(await refused()).toBe('taken');
});
