// What one workspace does with its files, whichever watcher it has, and what it says of itself.
import { statSync, utimesSync } from 'node:fs';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { parseNodeId } from '../core/model/ids.ts';
import { nodeStatusKey } from '../core/model/index-keys.ts';
import { nodeStatusSchema } from '../core/model/node-status.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from '../core/store/store-errors.ts';
import { modifiedMs } from './disk/fingerprint.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';
import { hookedObjects } from './testing/hooked-objects.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function two(): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  return fleet.two();
}

test('a file becomes a directory and a directory a file, on the other node too', async () => {
  const [a, b] = await two();
  await writeFile(a.path('one'), 'file');
  await mkdir(a.path('two/deep'), { recursive: true });
  await writeFile(a.path('two/deep/x'), 'x');
  await writeFile(a.path('two/y'), 'y');
  await fleet.settled();
  await rm(a.path('one'));
  await mkdir(a.path('one'));
  await writeFile(a.path('one/inside'), 'inside');
  await rm(a.path('two'), { recursive: true });
  await writeFile(a.path('two'), 'file now');
  await b.has('one/inside', 'inside');
  await b.has('two', 'file now');
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});

test('mode and time alone travel without the bytes', async () => {
  const [a, b] = await two();
  await writeFile(a.path('tool'), 'x');
  await b.has('tool', 'x');
  await fleet.settled();
  const { ino } = statSync(b.path('tool'));
  await chmod(a.path('tool'), 0o750);
  await b.until(() => (statSync(b.path('tool')).mode & 0o777) === 0o750);
  expect(statSync(b.path('tool')).ino).toBe(ino);
});

test('a time before 1970 is the same on the other node, and is no change when it is looked at anew', async () => {
  const [a, b] = await two();
  await writeFile(a.path('.draft'), 'old');
  // Not whole milliseconds: what is carried is rounded down.
  utimesSync(a.path('.draft'), '-86400.0007', '-86400.0007');
  await rename(a.path('.draft'), a.path('old'));
  await b.has('old', 'old');
  await fleet.settled();
  expect(statSync(a.path('old'), { bigint: true }).mtimeNs).toBe(-86_400_000_700_000n);
  expect(modifiedMs(statSync(b.path('old'), { bigint: true }))).toBe(-86_400_001);
  const before = b.agent.status().workspaces[0]?.base;
  await b.agent.rescan();
  await fleet.settled();
  expect(b.agent.status().workspaces[0]?.base).toBe(before);
});

test('a workspace can hold a part of a project', async () => {
  fleet = await Fleet.open();
  const whole = fleet.start('a');
  const part = fleet.start('b', { prefix: 'docs/en' });
  await fleet.converged();
  await mkdir(whole.path('docs/en'), { recursive: true });
  await writeFile(whole.path('docs/en/intro.md'), 'hello');
  await writeFile(whole.path('docs/other.md'), 'not there');
  await part.has('intro.md', 'hello');
  await writeFile(part.path('from-part.md'), 'back');
  await whole.has('docs/en/from-part.md', 'back');
  await fleet.settled();
  expect(Object.keys(await treeOf(part.root))).toEqual(['from-part.md', 'intro.md']);
});

test('the portable watcher and polling do the same work', async () => {
  fleet = await Fleet.open();
  const portable = fleet.start('a', { watch: 'portable' });
  const polling = fleet.start('b', { watch: 'polling' });
  await fleet.converged();
  await writeFile(portable.path('one'), '1');
  await polling.has('one', '1');
  await mkdir(polling.path('dir'));
  await writeFile(polling.path('dir/two'), '2');
  await portable.has('dir/two', '2');
  await rm(polling.path('dir'), { recursive: true });
  await portable.has('dir/two', undefined);
});

test('a node says how it is, and that it left', async () => {
  const [a] = await two();
  await a.agent.stop();
  const entry = await fleet.stores.nodes.get(nodeStatusKey(parseNodeId('a')));
  const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(entry?.value ?? '').toString('utf8')));
  expect(status.left).toBe(true);
  expect(status.workspaces[0]?.project).toBe(PROJECT);
});

test.each([
  ['full', () => new StoreFullError('hot', 'the stream is at its limit'), /NATS has no room left/],
  ['away', () => new StoreUnavailableError('hot', 'no answer'), /NATS does not answer/],
  ['closed to us', () => new StoreDeniedError('hot', 'no permission'), /NATS refuses/],
])('a store that is %s blocks the workspace in words, and its return is enough to go on', async (_, error, words) => {
  const objects = hookedObjects();
  fleet = await Fleet.open({ stores: { objects } });
  const a = fleet.start('a');
  await fleet.converged();
  let broken = true;
  objects.beforePut = () => {
    if (broken) throw error();
  };
  for (let i = 0; i < 5; i++) await writeFile(a.path(`file-${i}`), `${i}`);
  await a.until(({ state }) => state === 'blocked');
  expect(a.status.sentence).toMatch(words);
  expect(a.status.sentence).toMatch(/Since \d\d:\d\d:\d\d UTC/);
  broken = false;
  await a.until(({ state, files }) => state === 'in-sync' && files === 5);
});
