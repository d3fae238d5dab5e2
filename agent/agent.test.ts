import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import type { KeyValue } from '../core/store/key-value.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { Fleet, type TestNode, treeOf } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function two(): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  return fleet.two();
}

test('a file saved on one node appears on the other, and goes there when it is deleted', async () => {
  const [a, b] = await two();
  await writeFile(a.path('hello.txt'), 'hello');
  await b.has('hello.txt', 'hello');
  await writeFile(b.path('hello.txt'), 'hello back');
  await a.has('hello.txt', 'hello back');
  await rm(a.path('hello.txt'));
  await b.has('hello.txt', undefined);
  await fleet.converged();
});

test('directories, empty or deep, come and go; a renamed tree is the same tree', async () => {
  const [a, b] = await two();
  await mkdir(a.path('empty'));
  await mkdir(a.path('deep/er/est'), { recursive: true });
  await writeFile(a.path('deep/er/est/x.bin'), Buffer.from([0, 255, 0, 1]));
  await writeFile(a.path('deep/zero'), '');
  await b.until(() => existsSync(b.path('deep/zero')) && existsSync(b.path('empty')));
  await fleet.converged();
  expect(Object.keys(await treeOf(b.root))).toEqual(['deep/er/est/x.bin', 'deep/zero', 'empty/']);
  await rename(b.path('deep'), b.path('moved'));
  await a.until(() => existsSync(a.path('moved/er/est/x.bin')) && !existsSync(a.path('deep')));
  await fleet.converged();
  expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
  expect(Object.keys(await treeOf(a.root))).toEqual(['empty/', 'moved/er/est/x.bin', 'moved/zero']);
});

test('a directory whose only directory was removed is empty on both nodes', async () => {
  const [a, b] = await two();
  await mkdir(a.path('p/c'), { recursive: true });
  await writeFile(a.path('p/c/x'), '1');
  await b.has('p/c/x', '1');
  await fleet.converged();
  await rm(a.path('p/c'), { recursive: true });
  await b.until(({ state }) => state === 'in-sync' && existsSync(b.path('p')) && !existsSync(b.path('p/c')));
  expect(await treeOf(b.root)).toEqual({ 'p/': 'empty 755' });
  expect(await treeOf(a.root)).toEqual({ 'p/': 'empty 755' });
});

test('while NATS hangs, workspaces say so as the node does, whatever their steps find, until it answers', async () => {
  let letThrough: (() => void) | undefined;
  let hangs = Promise.resolve();
  const kept = memoryKeyValue();
  const nodes: KeyValue = {
    ...kept,
    compareAndSet: async (...args) => {
      await hangs;
      return kept.compareAndSet(...args);
    },
  };
  fleet = await Fleet.open({ stores: { nodes } });
  const a = fleet.start('a');
  await fleet.converged();
  hangs = new Promise((resolve) => {
    letThrough = resolve;
  });
  await writeFile(a.path('before'), 'b');
  await a.agent.until(({ trouble }) => trouble !== undefined);
  const said = new Set<string>();
  void a.until(({ state, sentence }) => {
    if (a.agent.status().trouble !== undefined) said.add(`${state} ${sentence.replace(/ Since .*/, '')}`);
    return false;
  });
  await writeFile(a.path('meanwhile'), 'm');
  await a.agent.rescan();
  await a.until(({ files }) => files === 2);
  letThrough?.();
  await a.agent.until(({ trouble, workspaces }) => !trouble && workspaces[0]?.state === 'in-sync');
  expect([...said]).toEqual(['blocked NATS does not answer; changes are kept and sent when it does.']);
});
