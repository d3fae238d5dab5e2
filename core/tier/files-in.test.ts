import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyPath } from '../manifest/tree.fakes.ts';
import { shaOf } from '../model/ids.ts';
import { isUnder, parseRelPath } from '../model/rel-path.ts';
import { commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { filesIn, outermost, type Scope } from './files-in.ts';

test('a scope of paths is each of these files and what is below these directories, once', async () => {
  const io = memoryCommitIo();
  await newProject(io);
  for (const path of ['a.txt', 'docs/a.txt', 'docs/deep/b.txt', 'docs-2/c.txt', 'src/d.txt'])
    await commitText(io, path, path);
  const found = async (scope: Omit<Scope, 'project'>) => {
    const paths: string[] = [];
    for await (const { path } of filesIn(io, { project: PROJECT, ...scope })) paths.push(path);
    return paths;
  };
  const paths = ['src', 'docs/deep', 'docs', 'a.txt', 'gone'].map(parseRelPath);
  expect(await found({ paths })).toEqual(['a.txt', 'docs/a.txt', 'docs/deep/b.txt', 'src/d.txt']);
  expect(await found({ paths, shas: [shaOf('src/d.txt'), shaOf('docs-2/c.txt')] })).toEqual(['src/d.txt']);
});

test('the outermost paths have every path at or below them, and none below another', () => {
  fc.assert(
    fc.property(fc.array(anyPath), (paths) => {
      const outer = outermost(paths);
      for (const path of paths) expect(outer.filter((one) => one === path || isUnder(path, one))).toHaveLength(1);
    }),
  );
});
