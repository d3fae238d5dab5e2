// Two agents over a real nats-server: what step by step is proven in memory has to hold over the wire, through restarts.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type NatsRig, startNatsRig } from '../core/testing/nats-rig.ts';
import { type Fleet, type TestNode, treeOf } from './testing/fleet.ts';
import { type NatsFleet, openNatsFleet } from './testing/nats-fleet.ts';

let rig: NatsRig;
let opened: NatsFleet;
let fleet: Fleet;
let a: TestNode;
let b: TestNode;

beforeAll(async () => {
  rig = await startNatsRig();
});
afterAll(() => rig.close());

beforeEach(async () => {
  opened = await openNatsFleet(rig);
  ({ fleet, a, b } = opened);
});
afterEach(async () => {
  await opened.close();
});

async function equal(): Promise<Record<string, string>> {
  await fleet.settled();
  const tree = await treeOf(a.root);
  expect(await treeOf(b.root)).toEqual(tree);
  return tree;
}

test('create, modify, delete and rename go both ways', async () => {
  await writeFile(a.path('one.txt'), 'one');
  await b.has('one.txt', 'one');
  await writeFile(b.path('one.txt'), 'two');
  await a.has('one.txt', 'two');
  await rename(a.path('one.txt'), a.path('three.txt'));
  await b.until(() => existsSync(b.path('three.txt')) && !existsSync(b.path('one.txt')));
  await rm(b.path('three.txt'));
  await a.has('three.txt', undefined);
  expect(await equal()).toEqual({});
});

test('bytes, mode and time arrive as they were: nested, binary, empty, executable', async () => {
  await mkdir(a.path('nested/deep'), { recursive: true });
  await mkdir(a.path('empty dir'));
  await writeFile(a.path('nested/deep/bytes.bin'), Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 251)));
  await writeFile(a.path('nested/none'), '');
  await writeFile(a.path('nested/ünïcødé ✓ \u{1F600}.txt'), 'names are bytes');
  await writeFile(a.path('run.sh'), '#!/bin/sh\n');
  await chmod(a.path('run.sh'), 0o755);
  await utimes(a.path('run.sh'), 1_600_000_000.5, 1_600_000_000.5);
  const tree = await equal();
  expect(Object.keys(tree).length).toBe(5);
  expect(tree['run.sh']).toMatch(/ 755 1600000000500$/);
});

test('both agents restarted in the middle of a large change end with the same tree', async () => {
  for (let i = 0; i < 400; i++) {
    await mkdir(a.path(`d${i % 20}`), { recursive: true });
    await writeFile(a.path(`d${i % 20}/f${i}`), `content of ${i}`.repeat(i));
  }
  await b.until(({ files }) => files > 20);
  await Promise.all([a.agent.stop(), b.agent.stop()]);
  await rm(a.path('d3'), { recursive: true });
  a = fleet.start('a');
  b = fleet.start('b');
  const tree = await equal();
  expect(Object.keys(tree).length).toBe(380);
});

test('NATS killed and restarted in the middle: the agents say so, keep what changes, and converge', async () => {
  // Asked for before it begins: all of it may be committed by the time that the last file is written.
  const isBusy = a.until(({ pending_up }) => pending_up > 0);
  const writes = (async () => {
    for (let i = 0; i < 100; i++) await writeFile(a.path(`before-${i}`), `${i}`);
  })();
  await isBusy;
  await rig.kill();
  await writes;
  await a.until(({ state }) => state === 'blocked');
  expect(a.status.sentence).toMatch(/NATS/);
  await writeFile(a.path('during-a'), 'a');
  await writeFile(b.path('during-b'), 'b');
  await rig.restart();
  await b.has('during-a', 'a');
  await a.has('during-b', 'b');
  expect(Object.keys(await equal()).length).toBe(102);
});

test('a file of 300 MB arrives whole', async () => {
  const file = await open(a.path('large.bin'), 'w');
  const part = Buffer.alloc(1 << 20);
  for (let i = 0; i < 300; i++) {
    part.writeUInt32LE(i, i * 100);
    await file.write(part);
  }
  await file.close();
  await b.until(() => existsSync(b.path('large.bin')));
  expect((await stat(b.path('large.bin'))).size).toBe(300 << 20);
  expect(await hashOf(b.path('large.bin'))).toBe(await hashOf(a.path('large.bin')));
});

test('I8: both sides edit one file; the last writer wins, and both nodes end with the same bytes', async () => {
  await writeFile(a.path('both.txt'), 'base');
  await b.has('both.txt', 'base');
  await Promise.all([writeFile(a.path('both.txt'), 'from a'), writeFile(b.path('both.txt'), 'from b')]);
  await equal();
  expect(['from a', 'from b']).toContain(readFileSync(a.path('both.txt'), 'utf8'));
});

test('I11: a symlink in place of a directory is not followed, and is told as a problem', async () => {
  await mkdir(a.path('dir'));
  await writeFile(a.path('dir/one'), '1');
  await b.has('dir/one', '1');
  const outside = `${fleet.dir}/outside`;
  await mkdir(outside);
  await rm(b.path('dir'), { recursive: true });
  await symlink(outside, b.path('dir'));
  await writeFile(a.path('dir/two'), '2');
  await b.until(({ problems }) => problems.some(({ code, path }) => code === 'symlink' && path === 'dir'));
  await b.agent.rescan();
  expect(existsSync(`${outside}/two`)).toBe(false);
});

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex');
}
