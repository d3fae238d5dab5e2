import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { Fleet, PROJECT, type TestNode } from '../testing/fleet.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import type { Proof } from './prove-held.ts';
import { type RemoveIo, removeWorkspace } from './remove-workspace.ts';

let fleet: Fleet;
let a: TestNode;
let io: RemoveIo;

/** A workspace in sync whose agent was stopped. */
beforeEach(async () => {
  fleet = await Fleet.open();
  a = fleet.start('a');
  await mkdir(a.path('dir/sub'), { recursive: true });
  for (const name of ['one', 'dir/two', 'dir/sub/three']) await writeFile(a.path(name), name);
  await mkdir(a.path('empty'));
  await fleet.settled();
  await a.agent.stop();
  const spec: WorkspaceSpec = { project: PROJECT, root: a.root };
  const { signal } = new AbortController();
  io = { disk: nodeDisk, stateDir: join(fleet.dir, 'a/state'), spec, signal, prove: async () => PROVEN };
});
afterEach(() => fleet.close());

const PROVEN: Proof = { kind: 'proven' };
/** Something happens after all was checked, and before the first file goes. */
const meanwhile = (happens: () => Promise<unknown>): RemoveIo => ({
  ...io,
  prove: async () => {
    await happens();
    return PROVEN;
  },
});
const stateFiles = () => readdirSync(io.stateDir).filter((name) => name.includes('.db'));

test('files, directories, marker, state and the root itself go', async () => {
  expect(await removeWorkspace(io)).toEqual({ kind: 'removed' });
  expect(existsSync(a.root)).toBe(false);
  expect(stateFiles()).toEqual([]);
});

test.each([
  ['a new file', () => writeFile(a.path('dir/new'), 'x'), /dir\/new is not in the project/],
  ['an edit', () => writeFile(a.path('one'), 'edited'), /one is not in the project as it is here/],
  ['a new empty directory', () => mkdir(a.path('more')), /more is not in the project/],
  ['a deleted file', () => rm(a.path('one')), /a file was deleted here that the project still has/],
  ['a deleted empty directory', () => rm(a.path('empty'), { recursive: true }), /empty was deleted here/],
  ['a missing marker', () => rm(a.path('.fs-sync/workspace.json')), /is not the workspace any more/],
  [
    'a file set aside',
    async () => {
      await mkdir(a.path('.fs-sync/kept'));
      await writeFile(a.path('.fs-sync/kept/x'), 'perhaps the only copy');
    },
    /take or delete them/,
  ],
])('I8: %s keeps everything', async (_, happened, why) => {
  await happened();
  const before = readdirSync(a.root, { recursive: true }).sort();
  expect(await removeWorkspace(io)).toEqual({ kind: 'kept', why: expect.stringMatching(why) });
  expect(readdirSync(a.root, { recursive: true }).sort()).toEqual(before);
});

test('I3: what cannot be proven keeps everything', async () => {
  const prove = async (): Promise<Proof> => ({ kind: 'unproven', why: 'it is not archived' });
  expect(await removeWorkspace({ ...io, prove })).toEqual({ kind: 'kept', why: 'it is not archived' });
  expect(readFileSync(a.path('one'), 'utf8')).toBe('one');
});

test('I8: a file that appears or changes after the check is kept, stops the rest, and is committed later', async () => {
  const changed = await removeWorkspace(meanwhile(() => writeFile(a.path('dir/two'), 'edited')));
  expect(changed).toEqual({ kind: 'kept', why: 'dir/two was changed meanwhile' });
  const b = fleet.start('b');
  a = fleet.start('a');
  await b.has('dir/two', 'edited');
  await fleet.settled();
  expect(b.status.files).toBe(3);
  await a.agent.stop();

  const appeared = await removeWorkspace(meanwhile(() => writeFile(a.path('dir/new'), 'new')));
  expect(appeared).toEqual({ kind: 'kept', why: 'dir came meanwhile' });
  expect(readFileSync(a.path('dir/new'), 'utf8')).toBe('new');
  a = fleet.start('a');
  await b.has('dir/new', 'new');
  await fleet.settled();
  expect([a.status.files, b.status.files]).toEqual([4, 4]);
});

test('I8: an edit that slips in while its file goes, and cannot go back, keeps the workspace', async () => {
  const fails = (from: string, to: string) => {
    if (to === a.path('one')) throw Object.assign(new Error('the disk fails'), { code: 'EIO' });
    return [from, to] as const;
  };
  const disk: Disk = {
    ...nodeDisk,
    link: (from, to) => nodeDisk.link(...fails(from, to)),
    rename(from, to) {
      if (from === a.path('one')) writeFileSync(from, 'edited');
      nodeDisk.rename(...fails(from, to));
    },
  };
  const staging = a.path('.fs-sync/staging');
  const why = expect.stringMatching(/a file that was being replaced lies in .*staging/);
  expect(await removeWorkspace({ ...io, disk })).toEqual({ kind: 'kept', why });
  expect(readdirSync(staging).map((name) => readFileSync(join(staging, name), 'utf8'))).toContain('edited');
});

test('an agent that is told to end stops between two files; the next one brings them back', async () => {
  for (let i = 0; i < 250; i++) await writeFile(a.path(`f${i}`), `${i}`);
  a = fleet.start('a');
  await fleet.settled();
  await a.agent.stop();
  const stop = new AbortController();
  const stopped = await removeWorkspace({ ...meanwhile(async () => stop.abort()), signal: stop.signal });
  expect(stopped).toEqual({ kind: 'kept', why: 'the agent stops' });
  a = fleet.start('a');
  await fleet.settled();
  expect(a.status.files).toBe(253);
});
