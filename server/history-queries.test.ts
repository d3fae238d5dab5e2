import { beforeEach, expect, test } from 'vitest';
import type { FileDetail, Tiers } from '../app/file-view.ts';
import { readCurrent } from '../core/commit/current.ts';
import { renameProject } from '../core/commit/rename-project.ts';
import { MAX_WHOLE } from '../core/history/diff-page.ts';
import type { CurrentAt } from '../core/model/commit.ts';
import { fakeSha, parseProjectName, parseSha, type Sha, shaOf } from '../core/model/ids.ts';
import { fakePath } from '../core/model/rel-path.ts';
import {
  ACTOR,
  commitOps,
  commitText,
  memoryCommitIo,
  newProject,
  PROJECT,
  putText,
} from '../core/testing/test-project.ts';
import { historyQueries } from './history-queries.ts';

type Io = ReturnType<typeof memoryCommitIo>;
let io: Io;
let at: CurrentAt | undefined;
/** of objects; the rest is hot */
let tiers: Map<Sha, Tiers>;
let now = 1_000_000;
let nodesRead = 0;

beforeEach(async () => {
  io = memoryCommitIo();
  tiers = new Map();
  await newProject(io);
});

async function open(project = PROJECT) {
  at = await readCurrent(io.index, project);
  return historyQueries({
    hot: io.objects,
    nodes: {
      getNode: (sha) => {
        nodesRead += 1;
        return io.nodes.getNode(sha);
      },
    },
    index: io.index,
    clock: { now: () => now },
    currentOf: (name) => (name === at?.project ? at : undefined),
    detailOf: async ({ project: name }, entry) => ({ project: name, file: { path: entry.path } }) as FileDetail,
    tiersOf: async (shas) => new Map(shas.map((sha) => [sha, tiers.get(sha) ?? { hot: true, cold: null }])),
  });
}

const text = async (path: string, content: string) => parseSha((await commitText(io, path, content)).commitSha);
const limit = 10;

test('commits come newest first, each with the first path that it changed, from any of them on', async () => {
  const one = await text('b', 'one');
  await text('c', 'two');
  const gone = await commitOps(io, { kind: 'delete', path: fakePath('b') });
  const history = await open();
  const page = await history.commits(PROJECT, { limit: 2 });
  expect(page?.commits.map(({ first }) => first?.kind)).toEqual(['removed', 'added']);
  expect(page?.commits[0]?.sha).toBe(gone.kind === 'committed' && gone.commitSha);
  expect(page?.next).toBe(one);
  const rest = await history.commits(PROJECT, { from: one, limit });
  expect(rest?.commits.map(({ first, parent }) => [first?.kind, parent !== undefined])).toEqual([
    ['added', true],
    [undefined, false],
  ]);
  expect(rest?.next).toBeUndefined();
});

test('what is no commit of the project is none, whatever else it is; one from before its renaming is', async () => {
  const before = await text('a', 'one');
  const other = parseProjectName('other');
  await renameProject(io, PROJECT, other, ACTOR);
  const history = await open(other);
  expect(await history.commit(other, before)).toMatchObject({ sha: before });
  expect(await history.commit(other, fakeSha('none'))).toBeUndefined();
  expect(await history.commit(PROJECT, before)).toBeUndefined();
  expect(await history.commits(other, { from: fakeSha('none'), limit })).toBeUndefined();
  expect(await history.fileAt(other, fakePath('a'), fakeSha('none'))).toEqual({ kind: 'no-commit' });
  expect(await history.diff(other, { from: before, to: fakeSha('none') }, { limit })).toEqual({ kind: 'no-commit' });
  expect(await history.restorePlan(other, fakeSha('none'), '')).toEqual({ kind: 'no-commit' });
});

test('what retention has let go of is told as not kept, and who did it stays', async () => {
  const swept = await commitText(io, 'a', 'one');
  await text('a', 'two');
  const history = await open();
  expect(await history.commit(PROJECT, swept.commitSha)).toMatchObject({ isKept: true });
  await io.objects.delete(swept.commit.manifest_sha);
  now += 120_000;
  const { commitSha: sha } = swept;
  expect(await history.commit(PROJECT, sha)).toMatchObject({ isKept: false, actor: ACTOR });
  const fresh = await open();
  expect(await fresh.fileAt(PROJECT, fakePath('a'), sha)).toEqual({ kind: 'not-kept' });
  const head = at?.current.commit_sha ?? sha;
  expect(await fresh.diff(PROJECT, { from: sha, to: head }, { limit })).toEqual({ kind: 'not-kept' });
  expect(await fresh.restorePlan(PROJECT, sha, '')).toEqual({ kind: 'not-kept' });
  expect((await fresh.commits(PROJECT, { limit }))?.commits.map(({ isKept }) => isKept)).toEqual([true, false, true]);
});

test('the versions of a path say what each made of it, and where its bytes are', async () => {
  await text('a', 'one');
  await text('b', 'other');
  await commitOps(io, { kind: 'delete', path: fakePath('a') });
  await text('a', 'two');
  tiers.set(shaOf('one'), { hot: false, cold: null });
  const history = await open();
  const found = await history.versions(PROJECT, fakePath('a'), { limit });
  expect(found?.versions.map(({ made }) => made)).toMatchObject([
    { kind: 'file', sha: shaOf('two'), tiers: { hot: true } },
    { kind: 'gone' },
    { kind: 'file', sha: shaOf('one'), tiers: { hot: false, cold: null } },
  ]);
});

test('a file is what it was at a commit, and none where there was none', async () => {
  const [one, two] = [await text('a', 'one'), await text('b', 'two')];
  const history = await open();
  expect(await history.fileAt(PROJECT, fakePath('b'), two)).toMatchObject({ kind: 'file', commit: { sha: two } });
  expect(await history.fileAt(PROJECT, fakePath('b'), one)).toMatchObject({ kind: 'none', commit: { sha: one } });
});

test('of a large plan no more is gone through than a page tells, whatever it is', async () => {
  const then = await text('kept', 'one');
  const puts = Array.from({ length: MAX_WHOLE + 200 }, (_, n) => putText(io, `many/${n}`, 'x'));
  const made = await commitOps(io, ...(await Promise.all(puts)));
  const whole = await (await open()).restorePlan(PROJECT, then, '');
  expect(whole).toMatchObject({ kind: 'plan', removed: MAX_WHOLE, isMore: true });
  expect(whole).toMatchObject({ digest: made.kind === 'committed' && made.at.current.manifest_sha });
  expect(await (await open()).restorePlan(PROJECT, then, fakePath('many/7'))).toMatchObject({
    removed: 1,
    isMore: false,
  });
});

test('a plan is made once for what is current: only the tiers are asked again', async () => {
  const then = await text('a', 'one');
  await text('a', 'two');
  const history = await open();
  const first = await history.restorePlan(PROJECT, then, '');
  const at = nodesRead;
  tiers.set(shaOf('one'), { hot: false, cold: { verifiedAt: 0, bucket: 'b', key: 'k' } });
  expect(await history.restorePlan(PROJECT, then, '')).toEqual({ ...first, onlyCold: { files: 1, bytes: 3 } });
  expect(nodesRead).toBe(at);
});

test('the plan of a restore counts what comes, changes and goes, what is only in cold and what is lost', async () => {
  await text('gone', 'gone');
  await text('lost', 'lost');
  const then = await text('kept', 'one');
  await commitOps(io, { kind: 'delete', path: fakePath('gone') }, { kind: 'delete', path: fakePath('lost') });
  await text('kept', 'two!');
  await text('new', 'new');
  tiers.set(shaOf('gone'), { hot: false, cold: { verifiedAt: 0, bucket: 'b', key: 'k' } });
  tiers.set(shaOf('lost'), { hot: false, cold: null });
  const history = await open();
  expect(await history.restorePlan(PROJECT, then, '')).toMatchObject({
    kind: 'plan',
    added: 2,
    updated: 1,
    removed: 1,
    putBytes: 11,
    goneBytes: 3,
    onlyCold: { files: 1, bytes: 4 },
    lost: ['lost'],
    listed: [
      { path: 'gone' },
      { path: 'kept', kind: 'updated' },
      { path: 'lost' },
      { path: 'new', kind: 'removed', sizeBytes: 3 },
    ],
  });
  expect(await history.restorePlan(PROJECT, then, fakePath('kept'))).toMatchObject({
    added: 0,
    updated: 1,
    removed: 0,
  });
});
