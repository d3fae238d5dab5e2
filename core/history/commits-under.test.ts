import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import type { Sha } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import { commitOps, commitText, memoryCommitIo, newProject, PROJECT, putText } from '../testing/test-project.ts';
import { commitsUnder } from './commits-under.ts';

async function project() {
  const io = memoryCommitIo();
  await newProject(io);
  const kept = {
    ...io,
    isKept: async ({ manifest_sha }: { manifest_sha: Sha }) => (await io.objects.stat(manifest_sha)).kind === 'present',
  };
  const under = async (path: string, options = { limit: 10, maxCommits: 100 }, from?: Sha) => {
    const at = await readCurrent(io.index, PROJECT);
    if (!at) throw new Error('no project');
    return commitsUnder(kept, from ?? at.current.commit_sha, fakePath(path), options);
  };
  return { io, under, text: (path: string, text: string) => commitText(io, path, text) };
}

test('the commits of a directory are those that changed something in it, and not its neighbours in path order', async () => {
  const { io, under, text } = await project();
  const one = await text('docs/a', '1');
  await text('docs-x', '1');
  await text('docs.md', '1');
  const two = await text('docs/en/b', '1');
  const gone = await commitOps(io, { kind: 'delete', path: fakePath('docs') }, await putText(io, 'other', '1'));
  const { commits, next } = await under('docs');
  expect(commits.map(({ sha, first }) => [sha, first.kind])).toEqual([
    [gone.kind === 'committed' && gone.commitSha, 'removed'],
    [two.commitSha, 'added'],
    [one.commitSha, 'added'],
  ]);
  expect(next).toBeUndefined();
});

test('looks are bounded, and those that follow each other find all, each once', async () => {
  const { under, text } = await project();
  const wanted: Sha[] = [];
  for (let n = 0; n < 12; n++) {
    const { commitSha } = await text(n % 4 === 0 ? 'docs/a' : 'b', `${n}`);
    if (n % 4 === 0) wanted.unshift(commitSha);
  }
  const found: Sha[] = [];
  let looks = 0;
  for (let from: Sha | undefined; ; looks++) {
    const page = await under('docs', { limit: 2, maxCommits: 3 }, from);
    found.push(...page.commits.map(({ sha }) => sha));
    if (!page.next) break;
    from = page.next;
  }
  expect(found).toEqual(wanted);
  expect(looks).toBeGreaterThan(1);
});

test('what a commit changed whose content is not kept shows in the next newer one', async () => {
  const { io, under, text } = await project();
  const first = await text('docs/a', '1');
  const swept = await text('docs/b', '2');
  const newer = await text('c', '3');
  await io.objects.delete(swept.commit.manifest_sha);
  const { commits } = await under('docs');
  expect(commits.map(({ sha }) => sha)).toEqual([newer.commitSha, first.commitSha]);
});
