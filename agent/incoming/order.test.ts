// What a program finds that reads the directory of another node while a commit comes to it.
import { afterEach, expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import type { Disk } from '../disk/disk.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { FakeWorkspace, type FakeWorkspaceOptions, ROOT } from './workspace.fakes.ts';

let workspace: FakeWorkspace;
afterEach(() => workspace.close());

interface Step {
  readonly what: 'file' | 'directory' | 'file gone' | 'directory gone';
  readonly path: string;
}

/** Says which names of the workspace come and go. */
function watched(steps: Step[]): (disk: Disk) => Disk {
  const own = (path: string) => !path.startsWith(`${ROOT}/`) || path.startsWith(`${ROOT}/.fs-sync`);
  const say = (what: Step['what'], path: string) => {
    if (!own(path)) steps.push({ what, path: path.slice(ROOT.length + 1) });
  };
  return (disk) => ({
    ...disk,
    link(from, to) {
      disk.link(from, to);
      say('file', to);
    },
    rename(from, to) {
      disk.rename(from, to);
      say('file gone', from);
      say('file', to);
    },
    unlink(path) {
      disk.unlink(path);
      say('file gone', path);
    },
    makeDirectory(path) {
      disk.makeDirectory(path);
      say('directory', path);
    },
    removeDirectory(path) {
      disk.removeDirectory(path);
      say('directory gone', path);
    },
  });
}

const steps: Step[] = [];
async function open(options: FakeWorkspaceOptions = {}): Promise<void> {
  workspace = await FakeWorkspace.open({ watched: watched(steps), ...options });
  await workspace.commit({
    'old/a': '1',
    'old/deep/b': '2',
    'old/deep/c': '3',
    'stays/edited': 'v1',
    turns: 'a file',
    'empty before': null,
    'zz/last': 'old',
  });
  await workspace.inSync();
  steps.length = 0;
}

const at = (what: Step['what'], path: string): number => {
  const index = steps.findIndex((step) => step.what === what && step.path === path);
  if (index < 0) throw new Error(`${what} ${path} is not among ${JSON.stringify(steps)}`);
  return index;
};
const lastOf = (...kinds: readonly Step['what'][]) => steps.findLastIndex(({ what }) => kinds.includes(what));
const firstOf = (...kinds: readonly Step['what'][]) => steps.findIndex(({ what }) => kinds.includes(what));

test('directories come before files, what is new before anything goes, and what was in a directory goes before it', async () => {
  await open();
  await workspace.commit({
    'aa/first': 'new',
    'new/deep/er/file': 'new',
    'new/file': 'new',
    'new/empty': null,
    'stays/edited': 'v2',
    'zz/new': 'new',
    'old/a': undefined,
    'old/deep/b': undefined,
    'old/deep/c': undefined,
    'empty before': undefined,
    'zz/last': undefined,
  });
  await workspace.inSync();
  for (const { what, path } of steps.filter((step) => step.what === 'file' || step.what === 'directory')) {
    const parent = path.split('/').slice(0, -1).join('/');
    if (parent === '' || ['stays', 'zz'].includes(parent)) continue;
    expect(at('directory', parent)).toBeLessThan(at(what, path));
  }
  expect(lastOf('file', 'directory')).toBeLessThan(firstOf('file gone', 'directory gone'));
  for (const file of ['old/deep/b', 'old/deep/c']) {
    expect(at('file gone', file)).toBeLessThan(at('directory gone', 'old/deep'));
  }
  expect(at('directory gone', 'old/deep')).toBeLessThan(at('directory gone', 'old'));
  // A file that is replaced is never not there.
  expect(steps.filter(({ path }) => path === 'stays/edited').map(({ what }) => what)).toEqual(['file']);
  expect(Object.keys(workspace.tree()).sort()).toEqual([
    'aa/first',
    'new/deep/er/file',
    'new/file',
    'stays/edited',
    'turns',
    'zz/new',
  ]);
});

test('a file that turns into a directory goes just before what comes in its place', async () => {
  await open();
  await workspace.commit({ turns: undefined, 'turns/into': 'a directory', 'old/a': undefined });
  await workspace.inSync();
  expect(steps.map(({ what, path }) => `${what} ${path}`)).toEqual([
    'file gone turns',
    'directory turns',
    'file turns/into',
    'file gone old/a',
  ]);
});

test('small files do not wait for a large one, what goes by the same commit does', async () => {
  let letGo = () => {};
  const gone = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await open({
    objects: (objects) => ({
      ...objects,
      async get(sha, options) {
        const reader = await objects.get(sha, options);
        if (reader.sizeBytes <= SMALL_BYTES) return reader;
        async function* late() {
          await gone;
          yield* reader.bytes;
        }
        return { ...reader, bytes: late() };
      },
    }),
  });
  const large = Buffer.alloc(SMALL_BYTES + 1, 7);
  await workspace.commit({ 'a large one': large, small: 'x', 'old/a': undefined });
  await workspace.until(() => 'small' in workspace.tree());
  await workspace.commit({ later: 'y', 'old/deep/b': undefined });
  await workspace.until(() => 'later' in workspace.tree() && !('old/deep/b' in workspace.tree()));
  expect(Object.keys(workspace.tree())).not.toContain('a large one');
  expect(workspace.tree()['old/a']).toBe('1');
  letGo();
  await workspace.inSync();
  expect(at('file', 'a large one')).toBeLessThan(at('file gone', 'old/a'));
});

test('a large file of which a newer version is current is not fetched to its end, and its part goes', async () => {
  const asked: number[] = [];
  await open({
    objects: (objects) => ({
      ...objects,
      async get(sha, options) {
        const reader = await objects.get(sha, options);
        if (reader.sizeBytes !== 2 * SMALL_BYTES) return reader;
        async function* endless() {
          for await (const part of reader.bytes) {
            asked.push(part.length);
            yield part;
            if (asked.length === 3)
              await new Promise((_, reject) => options?.signal?.addEventListener('abort', reject));
          }
        }
        return { ...reader, bytes: endless() };
      },
    }),
  });
  await workspace.commit({ large: Buffer.alloc(2 * SMALL_BYTES, 1) });
  await workspace.until(() => asked.length === 3);
  const newer = Buffer.alloc(SMALL_BYTES + 5, 2);
  await workspace.commit({ large: newer });
  await workspace.inSync();
  expect(workspace.tree().large).toBe(newer.toString());
  expect(asked.length).toBe(3);
  // It is swept when nothing is under way any more: before anything else is.
  await workspace.commit({ next: 'x' });
  await workspace.inSync();
  const staging = workspace.machine.start().disk.readDirectory(`${ROOT}/.fs-sync/staging`);
  expect(staging.map(({ name }) => name.toString())).toEqual([]);
});

test('two large files of the same bytes are fetched once', async () => {
  let gets = 0;
  await open({
    objects: (objects) => ({
      ...objects,
      async get(sha, options) {
        const reader = await objects.get(sha, options);
        if (reader.sizeBytes > SMALL_BYTES) gets++;
        return reader;
      },
    }),
  });
  const bytes = Buffer.alloc(SMALL_BYTES + 1, 3);
  await workspace.commit({ one: bytes, two: bytes, three: bytes });
  await workspace.inSync();
  expect(gets).toBe(1);
  expect(['one', 'two', 'three'].every((name) => workspace.tree()[name] === bytes.toString())).toBe(true);
});

test('new before gone, also while more is noted: of a directory with more files than are noted at once, all move', async () => {
  const fetched: string[] = [];
  await open({
    objects: (objects) => ({
      ...objects,
      get(sha, options) {
        fetched.push(sha);
        return objects.get(sha, options);
      },
    }),
  });
  const names = Array.from({ length: 2_500 }, (_, i) => `${i}`);
  const files = names.map((name) => [`a/${name}`, `bytes ${name}`] as const);
  await workspace.commit(Object.fromEntries(files));
  await workspace.inSync();
  fetched.length = 0;
  const gone = files.map(([path]) => [path, undefined] as const);
  const moved = names.map((name) => [`z/${name}`, `bytes ${name}`] as const);
  await workspace.commit(Object.fromEntries<string | undefined>([...gone, ...moved]));
  await workspace.inSync();
  const shas = new Set<string>(files.map(([, content]) => shaOf(content)));
  expect(fetched.filter((sha) => shas.has(sha))).toEqual([]);
  expect(workspace.tree()).toMatchObject(Object.fromEntries(moved));
});

test('a name that a file is about to lose, and that is to hold another one by then, gets that one', async () => {
  let meanwhile: (() => Promise<void>) | undefined;
  await open({
    watched: (disk) => ({
      ...disk,
      open(path, how) {
        const file = disk.open(path, how);
        const sync = file.sync.bind(file);
        file.sync = async () => {
          if (path === `${ROOT}/stays/edited`) await meanwhile?.();
          await sync();
        };
        return file;
      },
    }),
  });
  meanwhile = async () => {
    meanwhile = undefined;
    await workspace.commit({ 'stays/edited': 'v2' });
    await workspace.until(({ base }) => base === workspace.head);
  };
  await workspace.commit({ 'stays/edited': undefined, moved: 'v1' });
  await workspace.inSync();
  expect(meanwhile).toBeUndefined();
  expect(workspace.tree()).toMatchObject({ 'stays/edited': 'v2', moved: 'v1' });
});
