import { beforeEach, expect, test } from 'vitest';
import { readCommit } from '../commit/chain.ts';
import { commit } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { createProject } from '../commit/project.ts';
import { renameProject } from '../commit/rename-project.ts';
import type { CurrentAt } from '../model/commit.ts';
import { type ProjectName, parseProjectName, type Sha } from '../model/ids.ts';
import { ACTOR, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { ProjectCommits } from './project-commits.ts';

const OTHER = parseProjectName('other');
let io: ReturnType<typeof memoryCommitIo>;
let reads: number;
let commits: ProjectCommits;

beforeEach(async () => {
  io = memoryCommitIo();
  reads = 0;
  commits = new ProjectCommits({
    get: (sha) => {
      reads += 1;
      return io.objects.get(sha);
    },
  });
  await newProject(io);
  await createProject(io, OTHER, ACTOR);
});

async function write(project: ProjectName, text: string): Promise<Sha> {
  const result = await commit(io, { project, ops: [await putText(io, 'a', text)], actor: ACTOR });
  if (result.kind !== 'committed') throw new Error(result.kind);
  return result.commitSha;
}

async function writeMany(project: ProjectName, count: number): Promise<Sha> {
  let last = await write(project, 'first');
  for (let n = 1; n < count; n++) last = await write(project, `${n}`);
  return last;
}

async function currentOf(project: ProjectName): Promise<CurrentAt> {
  const at = await readCurrent(io.index, project);
  if (!at) throw new Error(`no ${project}`);
  return at;
}

const has = async (project: ProjectName, sha: Sha) =>
  commits.has(await currentOf(project), sha, await readCommit(io.objects, sha));

async function readsOf(ask: () => Promise<unknown>): Promise<number> {
  const before = reads;
  await ask();
  return reads - before;
}

test('other projects’ commits cost one walk of a chain together, and then what was added to it', async () => {
  const [one, two] = [await write(OTHER, 'one'), await write(OTHER, 'two')];
  await writeMany(PROJECT, 40);
  const asked = await readsOf(async () =>
    expect(await Promise.all([has(PROJECT, one), has(PROJECT, two)])).toEqual([false, false]),
  );
  expect(asked).toBeLessThan(50);
  expect(await readsOf(() => has(PROJECT, one))).toBeLessThan(2);
  await write(PROJECT, 'more');
  expect(await readsOf(async () => expect(await has(PROJECT, two)).toBe(false))).toBeLessThan(4);
});

test('a commit of its old name is a renamed project’s, one of who has that name now is not, and both are remembered', async () => {
  const before = await writeMany(PROJECT, 40);
  const renamed = parseProjectName('renamed');
  await renameProject(io, PROJECT, renamed, ACTOR);
  await createProject(io, PROJECT, ACTOR);
  const stranger = await write(PROJECT, 'of another');
  const ask = async () => [await has(renamed, before), await has(renamed, stranger)];
  expect(await ask()).toEqual([true, false]);
  expect(await readsOf(async () => expect(await ask()).toEqual([true, false]))).toBeLessThan(10);
  await write(renamed, 'more');
  expect(await readsOf(async () => expect(await ask()).toEqual([true, false]))).toBeLessThan(20);
});

test('what was known of a project is not held of another that has its name now', async () => {
  const before = await write(PROJECT, 'one');
  const renamed = parseProjectName('renamed');
  await renameProject(io, PROJECT, renamed, ACTOR);
  expect(await has(renamed, before)).toBe(true);
  const now = { ...(await currentOf(OTHER)), project: renamed };
  expect(await commits.has(now, before, await readCommit(io.objects, before))).toBe(false);
});

test('a walk that failed is made again', async () => {
  const stranger = await write(OTHER, 'one');
  const at = await currentOf(PROJECT);
  const asked = await readCommit(io.objects, stranger);
  let isDown = true;
  const flaky = new ProjectCommits({
    get: async (sha) => {
      if (isDown) throw new Error('down');
      return io.objects.get(sha);
    },
  });
  await expect(flaky.has(at, stranger, asked)).rejects.toThrow('down');
  isDown = false;
  expect(await flaky.has(at, stranger, asked)).toBe(false);
});
