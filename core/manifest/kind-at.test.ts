import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFile } from '../model/entry.ts';
import { isUnder } from '../model/rel-path.ts';
import { buildTree } from './build.ts';
import { kindAt } from './kind-at.ts';
import { memoryNodes } from './memory-nodes.ts';
import { anyEntries, anyPath, fakeDir, fakeFile } from './tree.fakes.ts';

test('a path is a file, a directory by its entry or by what is below it, or nothing', async () => {
  const io = memoryNodes();
  const { sha } = await buildTree(io, [fakeFile('docs/a.md'), fakeDir('inbox')]);
  const kinds = ['docs/a.md', 'docs', 'inbox', 'doc', 'docs/a.md/b', 'zoo'].map((path) =>
    kindAt(io, sha, fakeFile(path).path),
  );
  expect(await Promise.all(kinds)).toEqual(['file', 'directory', 'directory', 'nothing', 'nothing', 'nothing']);
});

test('it says of any tree what a look at all of its entries says', () =>
  fc.assert(
    fc.asyncProperty(anyEntries(), anyPath, fc.nat(), async (entries, other, pick) => {
      const io = memoryNodes();
      const { sha } = await buildTree(io, entries);
      for (const path of [other, entries[pick % Math.max(1, entries.length)]?.path ?? other]) {
        const own = entries.find((entry) => entry.path === path);
        const isDirectory = own !== undefined || entries.some((entry) => isUnder(entry.path, path));
        const expected = own && isFile(own) ? 'file' : isDirectory ? 'directory' : 'nothing';
        expect(await kindAt(io, sha, path)).toBe(expected);
      }
    }),
    { numRuns: 50 },
  ));
