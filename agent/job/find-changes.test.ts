import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { systemClock } from '../../core/model/clock.ts';
import { shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { commitText, memoryCommitIo, newProject, PROJECT } from '../../core/testing/test-project.ts';
import { fileClock } from '../disk/fingerprint.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import type { WorkspaceState } from '../state/state.ts';
import { commitJob } from './commit-job.ts';
import { type Changes, findChanges, rulesFor } from './find-changes.ts';
import { materialize } from './materialize.ts';

let root: string;
let state: WorkspaceState;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fs-changes-'));
  state = openState(nodeDisk, ':memory:').state;
});
afterEach(() => {
  state.close();
  rmSync(root, { recursive: true, force: true });
});

/** A directory with the files of a project, `docs` only where it is named.
 *  @returns what `findChanges` says of it after `edit` */
async function changesAfter(
  files: readonly string[],
  edit: () => void,
  options: { prefix?: string; rules?: string } = {},
): Promise<Changes> {
  const io = memoryCommitIo();
  await newProject(io);
  if (options.rules !== undefined) await commitText(io, '.fsignore', options.rules);
  let manifest: Awaited<ReturnType<typeof commitText>>['commit']['manifest_sha'] | undefined;
  for (const path of files) manifest = (await commitText(io, path, path)).commit.manifest_sha;
  if (manifest === undefined) throw new Error('a project has files here');
  const prefix = options.prefix === undefined ? undefined : fakePath(options.prefix);
  const unwritten = await materialize(
    {
      disk: nodeDisk,
      root,
      fileClock: fileClock(true),
      stores: { objects: io.objects, nodes: objectNodes(io.objects), clock: systemClock },
      signal: new AbortController().signal,
      overwrite: false,
      placed: (entry, fingerprint) => state.rows.put(entry, fingerprint),
      progress: () => {},
    },
    manifest,
    prefix,
  );
  expect(unwritten).toEqual([]);
  edit();
  return findChanges({ disk: nodeDisk, root, state, prefix, rules: await rulesFor(io, manifest, prefix) });
}

const write = (path: string, text = 'new') => writeFileSync(join(root, path), text);
const nothing: Changes = { files: [], emptyDirectories: [], gone: [], leftOut: [], unreadable: [] };
const gonePaths = ({ gone }: Changes) => gone.map(({ entry }) => entry.path).sort();

test('a directory that nobody touched has no changes', async () => {
  expect(await changesAfter(['a', 'd/b', 'd/e/c'], () => {})).toEqual(nothing);
});

test('new, edited, deleted, and directories that became empty', async () => {
  const changes = await changesAfter(['a', 'b', 'd/c'], () => {
    write('a', 'edited');
    rmSync(join(root, 'b'));
    rmSync(join(root, 'd/c'));
    mkdirSync(join(root, 'new/deep'), { recursive: true });
    write('new/file');
  });
  expect([...changes.files].sort()).toEqual(['a', 'new/file']);
  expect(gonePaths(changes)).toEqual(['b', 'd/c']);
  expect(changes.emptyDirectories.map(({ path }) => path).sort()).toEqual(['d', 'new/deep']);
});

test('a file that became a directory, and a directory that became a file', async () => {
  const changes = await changesAfter(['a', 'd/c'], () => {
    rmSync(join(root, 'a'));
    mkdirSync(join(root, 'a'));
    write('a/inside');
    rmSync(join(root, 'd'), { recursive: true });
    write('d');
  });
  expect([...changes.files].sort()).toEqual(['a/inside', 'd']);
  expect(gonePaths(changes)).toEqual(['a', 'd/c']);
});

test('a mode is a change', async () => {
  expect((await changesAfter(['a'], () => chmodSync(join(root, 'a'), 0o755))).files).toEqual(['a']);
});

test('what rules name is neither new nor gone, with rules above the part that is held too', async () => {
  const options = { prefix: 'docs', rules: '*.log\nbuild/' };
  const changes = await changesAfter(
    ['docs/a', 'docs/kept.log'],
    () => {
      rmSync(join(root, 'kept.log'));
      write('new.log');
      mkdirSync(join(root, 'build'));
      write('build/out');
      mkdirSync(join(root, 'own'));
      write('own/.fsignore', 'x\n');
      write('own/x');
    },
    options,
  );
  expect(changes).toEqual({ ...nothing, files: ['own/.fsignore'] });
});

test('links are left out and named; a name that cannot be carried is content that must not be lost', async () => {
  const changes = await changesAfter(['a'], () => {
    symlinkSync('a', join(root, 'link'));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.from([0xff])]), 'x');
  });
  expect(changes.leftOut).toEqual([{ path: 'link', reason: 'a symbolic link' }]);
  expect(changes.unreadable).toEqual([{ path: 'bad\\xff', reason: expect.stringMatching(/not valid UTF-8/) }]);
});

test('a link in place of a file or a directory is no deletion: the project keeps what it has', async () => {
  const changes = await changesAfter(['a', 'b', 'd/c'], () => {
    rmSync(join(root, 'a'));
    symlinkSync('b', join(root, 'a'));
    rmSync(join(root, 'd'), { recursive: true });
    symlinkSync('b', join(root, 'd'));
  });
  expect(changes.leftOut.map(({ path }) => path).sort()).toEqual(['a', 'd']);
  expect(changes).toEqual({ ...nothing, leftOut: changes.leftOut });
});

test('I8: what is written after the look of a commit differs from what was committed, so that it is not thrown away', async () => {
  const stores = memoryCommitIo();
  await newProject(stores);
  const { manifest_sha } = (await commitText(stores, 'dir/gone', 'x')).commit;
  mkdirSync(join(root, 'empty'));
  write('edited');
  write('new');
  const look = async () =>
    findChanges({
      disk: nodeDisk,
      root,
      state,
      prefix: undefined,
      rules: await rulesFor(stores, manifest_sha, undefined),
    });
  state.rows.put({ path: fakePath('dir/gone'), sha: shaOf('x'), size: 1, mode: 0o644, mtime: 0 }, '');
  const { files, emptyDirectories, gone } = await look();
  expect([files.length, emptyDirectories.length, gone.length]).toEqual([2, 1, 1]);
  const commitIo = {
    disk: nodeDisk,
    root,
    fileClock: fileClock(true),
    stores,
    project: PROJECT,
    prefix: undefined,
    actor: { kind: 'system', id: 'test' },
    message: 'run: test',
    allowDeletions: false,
    state,
    signal: new AbortController().signal,
  } as const;
  expect(await commitJob(commitIo, await look())).toMatchObject({ kind: 'committed', changes: 4 });
  expect(await look()).toMatchObject({ files: [], emptyDirectories: [], gone: [], unreadable: [] });
  write('edited', 'later');
  write('late');
  rmSync(join(root, 'new'));
  const since = await look();
  expect([[...since.files].sort(), since.gone.map(({ entry }) => entry.path)]).toEqual([['edited', 'late'], ['new']]);
});
