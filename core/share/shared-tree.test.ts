// What a link finds: the file that is current, the one of a commit, and nothing that is outside.
import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { deleteProject } from '../commit/delete-project.ts';
import { createProject } from '../commit/project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { ProjectCommits } from '../history/project-commits.ts';
import { assert } from '../model/assert.ts';
import { fakeSha, parseProjectName } from '../model/ids.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { fileInside, shareable, sharedTree } from './shared-tree.ts';

async function projectOfTwo() {
  const stores = memoryCommitIo();
  const io = { ...stores, commits: new ProjectCommits(stores.objects) };
  await newProject(io);
  const first = await commitText(io, 'docs/a.md', 'one');
  await commitText(io, 'docs/a.md', 'two!');
  await commitText(io, 'secret/b.md', 'hidden');
  const at = await readCurrent(io.index, PROJECT);
  assert(at, 'it was made');
  return { io, at, commit: first.at.current.commit_sha };
}
const DOC = { project: PROJECT, kind: 'file', path: parseRelPath('docs/a.md') } as const;

test('the latest is what is current, and a commit’s is what was there', async () => {
  const { io, commit } = await projectOfTwo();
  expect(await sharedTree(io, DOC)).toMatchObject({ kind: 'file', file: { size: 4 } });
  expect(await sharedTree(io, { ...DOC, commit_sha: commit })).toMatchObject({ kind: 'file', file: { size: 3 } });
});

test('a shared directory has what is below it, and nothing beside it', async () => {
  const { io } = await projectOfTwo();
  const tree = await sharedTree(io, { project: PROJECT, kind: 'directory', path: parseRelPath('docs') });
  assert(tree.kind === 'directory', 'docs is one');
  expect((await fileInside(io, tree, parseRelPath('a.md')))?.size).toBe(4);
  expect(await fileInside(io, tree, parseRelPath('secret/b.md'))).toBeUndefined();
  expect(await fileInside(io, tree, parseRelPath('b.md'))).toBeUndefined();
});

test('what is not there, or is something else by now, is gone; so is all of a deleted project, at a commit too', async () => {
  const { io, at, commit } = await projectOfTwo();
  for (const scope of [
    { ...DOC, path: parseRelPath('docs') },
    { ...DOC, path: parseRelPath('docs/none.md') },
    { ...DOC, kind: 'directory' as const },
    { ...DOC, commit_sha: fakeSha('none') },
    { ...DOC, project: parseProjectName('other') },
  ]) {
    expect(await sharedTree(io, scope)).toEqual({ kind: 'gone' });
  }
  await deleteProject(io, at);
  expect(await sharedTree(io, { ...DOC, commit_sha: commit })).toEqual({ kind: 'gone' });
});

test('a new link speaks of what is there, at a commit of this project', async () => {
  const { io, at, commit } = await projectOfTwo();
  const kindOf = async (path: string, sha?: typeof commit) =>
    (await shareable(io, PROJECT, path === '' ? '' : parseRelPath(path), sha)).kind;
  expect(await kindOf('docs/a.md')).toBe('file');
  expect(await kindOf('docs', commit)).toBe('directory');
  expect(await kindOf('', commit)).toBe('directory');
  expect(await kindOf('secret', commit)).toBe('nothing');
  expect(await kindOf('docs', fakeSha('none'))).toBe('no-commit');
  // An object of the project that is no commit.
  expect(await kindOf('docs', at.current.manifest_sha)).toBe('no-commit');
  expect((await shareable(io, parseProjectName('other'), '', undefined)).kind).toBe('no-project');
});

test('a new link may speak of a commit of a former name, however long ago, and of none of who has that name now', async () => {
  const { io, commit } = await projectOfTwo();
  for (let n = 0; n < 1_000; n++) await commitText(io, 'docs/n.md', `${n}`);
  const renamed = parseProjectName('renamed');
  await renameProject(io, PROJECT, renamed, ACTOR);
  await createProject(io, PROJECT, ACTOR);
  const stranger = await commitText(io, 'docs/a.md', 'of another');
  expect((await shareable(io, renamed, DOC.path, commit)).kind).toBe('file');
  expect((await shareable(io, renamed, DOC.path, stranger.at.current.commit_sha)).kind).toBe('no-commit');
});
