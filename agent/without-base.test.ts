// Files that a workspace has and never shared with the project: it joins with a directory that is not empty, a path is not
// ignored any more, its records are lost. Equal bytes are adopted, else the later file is current and the other in history.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { walkChain } from '../core/commit/chain.ts';
import { readCurrent, watchCurrent } from '../core/commit/current.ts';
import { changePolicy } from '../core/commit/policy.ts';
import { pathVersions } from '../core/history/path-versions.ts';
import { restore } from '../core/history/restore.ts';
import { getEntry } from '../core/manifest/get.ts';
import { isFile } from '../core/model/entry.ts';
import { type Sha, shaOf } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { type ObjectStore, readObject } from '../core/store/object-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { COMMIT_LIMIT } from './outgoing/batches.ts';
import { commitElsewhere, countCommits, currentOf, putFile } from './testing/elsewhere.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from './testing/fleet.ts';

type Files = Readonly<Record<string, readonly [content: string, hours: number]>>;

let fleet: Fleet;
let a: TestNode;
let drafts = 0;

beforeEach(async () => {
  fleet = await Fleet.open();
});
afterEach(() => fleet.close());

/** In one step, with its time. @param hours  when each was written, from now */
function write(root: string, files: Files): void {
  for (const [path, [content, hours]] of Object.entries(files)) {
    const draft = join(fleet.dir, `draft-${drafts++}`);
    writeFileSync(draft, content);
    const seconds = Date.now() / 1_000 + hours * 3_600;
    utimesSync(draft, seconds, seconds);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    renameSync(draft, join(root, path));
  }
}

const read = (node: TestNode, path: string): string | undefined =>
  existsSync(node.path(path)) ? readFileSync(node.path(path), 'utf8') : undefined;

/** A fleet of one, with these. */
async function project(files: Files): Promise<void> {
  a = fleet.start('a');
  await fleet.converged();
  write(a.root, files);
  await fleet.settled();
}

/** Another node joins, with a directory that has these. */
async function joins(files: Files, name = 'b'): Promise<TestNode> {
  const root = join(fleet.dir, name, 'demo');
  mkdirSync(root, { recursive: true });
  write(root, files);
  const node = fleet.start(name);
  await fleet.settled();
  expect(await treeOf(node.root)).toEqual(await treeOf(a.root));
  return node;
}

const keepBoth = () => changePolicy(fleet.stores.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' }));
const headNow = async (): Promise<Sha> => (await currentOf(fleet))?.commit_sha ?? shaOf('');
const textOf = async (sha: Sha): Promise<string> => Buffer.from(await readObject(fleet.stores.objects, sha)).toString();

/** What commits have at the path, newest first; undefined: nothing. */
async function versionsOf(path: string): Promise<(string | undefined)[]> {
  const io = { objects: fleet.stores.objects, nodes: fleet.io.nodes };
  const { versions } = await pathVersions(io, await headNow(), fakePath(path), { limit: 100, maxCommits: 100 });
  return Promise.all(versions.map(({ entry }) => (entry && isFile(entry) ? textOf(entry.sha) : undefined)));
}

async function conflicts(): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const { commit } of walkChain(fleet.stores.objects, await headNow()))
    for (const one of commit.conflicts ?? []) found.push(one);
  return found;
}

/** Where the policy `keep-both` writes it. */
const beside = (name: string, content: string): string => `${name}.conflict-${shaOf(content).slice(0, 8)}`;

test('a node that joins with an older file takes what is current; no node ever sees the older one, and history has it', async () => {
  await project({ doc: ['current', -1] });
  const { ino } = statSync(a.path('doc'));
  const wasCurrent: string[] = [];
  const watching = new AbortController();
  const watched = (async () => {
    for await (const change of watchCurrent(fleet.stores.index, PROJECT, { signal: watching.signal })) {
      if (change.kind !== 'moved') continue;
      const entry = await getEntry(fleet.io.nodes, change.at.current.manifest_sha, fakePath('doc'));
      wasCurrent.push(entry && isFile(entry) ? await textOf(entry.sha) : 'nothing');
    }
  })();
  const b = await joins({ doc: ['older', -5], mine: ['only here', -5] });
  watching.abort();
  await watched.catch(() => {});
  expect(read(b, 'doc')).toBe('current');
  expect(read(a, 'mine')).toBe('only here');
  expect(new Set(wasCurrent)).toEqual(new Set(['current']));
  expect(statSync(a.path('doc')).ino).toBe(ino);
  expect(await versionsOf('doc')).toEqual(['current', 'older', 'current']);
  expect(await conflicts()).toEqual([{ path: 'doc', won: shaOf('current'), lost: shaOf('older') }]);
  // From here on the two share a base.
  write(b.root, { doc: ['edited', -10] });
  await fleet.settled();
  expect(read(a, 'doc')).toBe('edited');
});

test('what gave way is restored from history like any other version', async () => {
  await project({ doc: ['current', -1] });
  await joins({ doc: ['older', -5] });
  const io = { objects: fleet.stores.objects, nodes: fleet.io.nodes };
  const path = fakePath('doc');
  const { versions } = await pathVersions(io, await headNow(), path, { limit: 100, maxCommits: 100 });
  const older = versions.find(({ entry }) => entry && isFile(entry) && entry.sha === shaOf('older'));
  const actor = { kind: 'user', id: 'someone' } as const;
  await restore(fleet.io, { project: PROJECT, to: older?.sha ?? shaOf(''), path, actor });
  await a.has('doc', 'older');
});

test('a node that joins with a newer file makes it current everywhere, and what was current stays in history', async () => {
  await project({ doc: ['current', -5] });
  await joins({ doc: ['newer', -1] });
  expect(read(a, 'doc')).toBe('newer');
  expect(await versionsOf('doc')).toEqual(['newer', 'current']);
  expect(await conflicts()).toEqual([{ path: 'doc', won: shaOf('newer'), lost: shaOf('current') }]);
});

test('equal bytes are adopted whatever their times: nothing is committed or fetched, and the file stays where it is', async () => {
  await project({ later: ['same', -1], earlier: ['same too', -5] });
  const before = await countCommits(fleet);
  const root = join(fleet.dir, 'b/demo');
  mkdirSync(root, { recursive: true });
  write(root, { later: ['same', -5], earlier: ['same too', -1] });
  const { ino } = statSync(join(root, 'later'));
  const fetched = new Set<Sha>();
  const objects: ObjectStore = {
    ...fleet.stores.objects,
    get: (sha, options) => {
      fetched.add(sha);
      return fleet.stores.objects.get(sha, options);
    },
  };
  const b = fleet.start('b', { stores: { objects } });
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
  expect(statSync(b.path('later')).ino).toBe(ino);
  expect(await countCommits(fleet)).toBe(before);
  expect([shaOf('same'), shaOf('same too')].filter((sha) => fetched.has(sha))).toEqual([]);
});

test('what is missing in a directory that joins was not deleted there', async () => {
  await project({ one: ['1', -1], two: ['2', -1] });
  const b = await joins({ one: ['1', -1] });
  expect(read(b, 'two')).toBe('2');
});

test('of two files that are as late, what is current stays', async () => {
  await project({ doc: ['current', -1] });
  const root = join(fleet.dir, 'b/demo');
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'doc'), 'as late');
  const { mtimeMs } = statSync(a.path('doc'));
  utimesSync(join(root, 'doc'), mtimeMs / 1_000, mtimeMs / 1_000);
  const b = fleet.start('b');
  await fleet.settled();
  expect(read(b, 'doc')).toBe('current');
  expect(await versionsOf('doc')).toEqual(['current', 'as late', 'current']);
});

test('a time in the future counts as that of the commit that brought it: it wins over what is older, and not for ever', async () => {
  await project({ doc: ['from the future', 1_000] });
  const b = await joins({ doc: ['older', -1] });
  expect(read(b, 'doc')).toBe('from the future');
  const c = await joins({ doc: ['written since', 0] }, 'c');
  expect(read(c, 'doc')).toBe('written since');
  const d = await joins({ doc: ['from the future too', 1_000] }, 'd');
  expect(read(d, 'doc')).toBe('from the future too');
});

test('keep-both: an older file is written beside what is current, and what a newer one takes the place of beside it', async () => {
  await project({ one: ['current', -1], two: ['current two', -5] });
  await keepBoth();
  await joins({ one: ['older', -5], two: ['newer', -1] });
  const tree = Object.keys(await treeOf(a.root)).map((path) => [path, read(a, path)]);
  expect(Object.fromEntries(tree)).toEqual({
    one: 'current',
    [beside('one', 'older')]: 'older',
    two: 'newer',
    [beside('two', 'current two')]: 'current two',
  });
  expect(await conflicts()).toContainEqual({
    path: 'one',
    won: shaOf('current'),
    lost: shaOf('older'),
    kept: beside('one', 'older'),
  });
});

describe('a path that was ignored and is not any more', () => {
  test.each([
    ['older', 'last-writer'],
    ['newer', 'last-writer'],
    ['older', 'keep-both'],
    ['newer', 'keep-both'],
  ] as const)('the file here is %s, policy %s', async (which, policy) => {
    await project({ 'x/doc': ['shared', -9] });
    const b = await joins({});
    write(b.root, { '.fsignore': ['x/', 0] });
    await a.has('.fsignore', 'x/');
    await fleet.settled();
    if (policy === 'keep-both') await keepBoth();
    write(b.root, { 'x/doc': ['of b', which === 'older' ? -5 : -1] });
    const put = await putFile(fleet, 'x/doc', 'of the project');
    await commitElsewhere(fleet, { ...put, entry: { ...put.entry, mtime: Date.now() - 3 * 3_600_000 } });
    await fleet.settled();
    expect(read(b, 'x/doc')).toBe('of b');
    rmSync(b.path('.fsignore'));
    await a.has('.fsignore', undefined);
    await fleet.settled();
    const [wins, loses] = which === 'older' ? ['of the project', 'of b'] : ['of b', 'of the project'];
    for (const node of [a, b]) {
      expect(read(node, 'x/doc')).toBe(wins);
      expect(read(node, `x/${beside('doc', loses)}`)).toBe(policy === 'keep-both' ? loses : undefined);
    }
    expect(await versionsOf('x/doc')).toContain(loses);
    expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
  });
});

describe('a file in the place of a directory', () => {
  test.each([
    ['older', -9],
    ['newer', -1],
  ])('I9: what the project has stays, file or directory, where the one that joins is %s', async (_, hours) => {
    await project({ 'one/inside': ['current', -5], 'one/too': ['current too', -5], two: ['current two', -5] });
    const b = await joins({ one: ['of b', hours], 'two/x': ['x of b', hours], 'two/y/z': ['z of b', -7] });
    expect(Object.keys(await treeOf(b.root))).toEqual(['one/inside', 'one/too', 'two']);
    expect(await versionsOf('one')).toContain('of b');
    expect(await versionsOf('two/x')).toContain('x of b');
    expect(await versionsOf('two/y/z')).toContain('z of b');
    expect(await conflicts()).toContainEqual({ path: 'one', won: null, lost: shaOf('of b') });
  });

  test('the log of the node names what gave way', async () => {
    await fleet.close();
    const told: object[] = [];
    const log = { ...silentLog, warn: (fields: object, message: string) => told.push({ ...fields, message }) };
    fleet = await Fleet.open({ log });
    await project({ one: ['current', -5], same: ['same', -5] });
    await joins({ 'one/x': ['of b', -1], same: ['same', -1] });
    expect(told).toMatchObject([{ paths: ['one/x'], message: expect.stringContaining('1 file that was only here') }]);
  });

  test('a directory of more files than a commit takes gives way to a file as one, though its last file is later', async () => {
    await project({ two: ['current', -5] });
    const count = COMMIT_LIMIT + 500;
    const many = Array.from({ length: count }, (_, n) => [`two/${n}`, [`${n}`, -9]] as const);
    const b = await joins({ ...Object.fromEntries(many), 'two/zzz': ['latest', -1] });
    expect(Object.keys(await treeOf(b.root))).toEqual(['two']);
    expect(read(b, 'two')).toBe('current');
    expect(await versionsOf('two/0')).toContain('0');
    expect(await versionsOf(`two/${count - 1}`)).toContain(`${count - 1}`);
    expect(await versionsOf('two/zzz')).toContain('latest');
  });

  test('an empty directory gives way to a file in its place or above it, however old', async () => {
    await project({ one: ['1', -9], two: ['2', -9] });
    mkdirSync(join(fleet.dir, 'b/demo/one'), { recursive: true });
    mkdirSync(join(fleet.dir, 'b/demo/two/empty'), { recursive: true });
    const before = await countCommits(fleet);
    const b = await joins({});
    expect(Object.keys(await treeOf(b.root))).toEqual(['one', 'two']);
    expect(await countCommits(fleet)).toBe(before);
  });

  test('keep-both: what gave way is beside the file or the directory', async () => {
    await project({ 'one/inside': ['current', -1], two: ['current two', -1] });
    await keepBoth();
    await joins({ one: ['older', -5], 'two/x': ['older x', -5] });
    expect(read(a, beside('one', 'older'))).toBe('older');
    expect(read(a, beside('x', 'older x'))).toBe('older x');
  });
});

test('I8: what gives way stays on disk until the store has it', async () => {
  await project({ doc: ['current', -1] });
  let isBack = false;
  const objects: ObjectStore = {
    ...fleet.stores.objects,
    put: async (sha, ...rest) => {
      if (sha === shaOf('older') && !isBack) throw new StoreUnavailableError('hot', 'not now');
      return fleet.stores.objects.put(sha, ...rest);
    },
  };
  const root = join(fleet.dir, 'b/demo');
  mkdirSync(root, { recursive: true });
  write(root, { doc: ['older', -5] });
  const b = fleet.start('b', { stores: { objects } });
  write(a.root, { other: ['other', 0] });
  await b.has('other', 'other');
  await b.until(({ state }) => state === 'blocked');
  expect(read(b, 'doc')).toBe('older');
  isBack = true;
  b.agent.storageBack();
  await b.has('doc', 'current');
  await fleet.settled();
  expect(await versionsOf('doc')).toContain('older');
});

test('lost records: a file that nobody ever committed gives way where it is older, and wins where it is newer', async () => {
  await project({ one: ['1', -9], two: ['2', -9] });
  const b = await joins({});
  await b.agent.stop();
  for (const name of readdirSync(join(fleet.dir, 'b/state'))) rmSync(join(fleet.dir, 'b/state', name));
  write(b.root, { one: ['older of b', -5], two: ['newer of b', -1] });
  write(a.root, { one: ['of a', -3], two: ['of a too', -3] });
  await a.agent.rescan();
  await a.until(({ pending_up, state }) => pending_up === 0 && state === 'in-sync');
  fleet.start('b');
  await fleet.settled();
  expect([read(a, 'one'), read(a, 'two')]).toEqual(['of a', 'newer of b']);
  expect(await versionsOf('one')).toContain('older of b');
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
});

test('more files than a commit lists as conflicts give way, and history has them all', async () => {
  const names = Array.from({ length: 1_100 }, (_, n) => `f${n}`);
  const files = (content: string, hours: number): Files =>
    Object.fromEntries(names.map((name) => [name, [`${content} ${name}`, hours] as const]));
  await project(files('current', -1));
  const b = await joins(files('older', -5));
  for (const name of names) expect(read(b, name)).toBe(`current ${name}`);
  const found = new Set<string>();
  for await (const { commit } of walkChain(fleet.stores.objects, await headNow())) {
    for (const name of names) {
      const entry = await getEntry(fleet.io.nodes, commit.manifest_sha, fakePath(name));
      if (entry && isFile(entry) && entry.sha === shaOf(`older ${name}`)) found.add(name);
    }
  }
  expect(found.size).toBe(names.length);
});

test('a directory that is removed while it is empty here takes no file with it that came in its place or into it', async () => {
  await project({ 'one/x': ['x', -1], 'two/x': ['x', -1] });
  rmSync(a.path('one/x'));
  rmSync(a.path('two/x'));
  await fleet.settled();
  const b = await joins({});
  expect(Object.keys(await treeOf(b.root))).toEqual(['one/', 'two/']);
  await b.agent.stop();
  rmSync(b.path('one'), { recursive: true });
  rmSync(b.path('two'), { recursive: true });
  rmSync(a.path('one'), { recursive: true });
  write(a.root, { one: ['a file now', -1], 'two/y': ['put into it', -1] });
  await a.agent.rescan();
  await a.until(({ pending_up, state }) => pending_up === 0 && state === 'in-sync');
  fleet.start('b');
  await fleet.settled();
  expect(await treeOf(b.root)).toEqual(await treeOf(a.root));
  expect([read(b, 'one'), read(b, 'two/y')]).toEqual(['a file now', 'put into it']);
});

test('I12: after current went back, what a node holds is later than that, whatever its times say', async () => {
  await project({ doc: ['first', -1] });
  const backup = await fleet.stores.index.get(currentKey(PROJECT));
  write(a.root, { doc: ['moved in, and written long ago', -9] });
  await fleet.settled();
  await a.agent.stop();
  fleet.nodes.delete('a');
  const index = memoryKeyValue();
  await index.put(currentKey(PROJECT), backup?.value ?? new Uint8Array());
  const again = fleet.start('a', { stores: { index } });
  await again.until(({ state, base }) => state === 'in-sync' && base !== null);
  const at = await readCurrent(index, PROJECT);
  const entry = at && (await getEntry(fleet.io.nodes, at.current.manifest_sha, fakePath('doc')));
  expect(entry && isFile(entry) && (await textOf(entry.sha))).toBe('moved in, and written long ago');
  expect(read(again, 'doc')).toBe('moved in, and written long ago');
  fleet.nodes.delete('a');
  await again.agent.stop();
});
