import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseProjectName } from '../../core/model/ids.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import { PathIndex } from './path-index.ts';
import { searchPaths } from './path-search.ts';

const LOOKED_AT_ONCE = 10;
const demo = parseProjectName('demo');
let directory: string;
let index: PathIndex;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-path-search-'));
  index = new PathIndex(join(directory, 'paths.db'), 'default', LOOKED_AT_ONCE);
  for (const name of [parseProjectName('before'), demo]) {
    index.begin(name, 'd' as never);
    index.apply(
      name,
      [...paths(30), 'qq.txt'].map((path) => ({ kind: 'added', path: parseRelPath(path) })),
    );
    index.finish(name);
  }
});
afterEach(() => {
  index.close();
  rmSync(directory, { recursive: true });
});
const paths = (count: number) => Array.from({ length: count }, (_, i) => `${i}.txt`);

test.each([['q'], ['qq'], ['qq.txt']])('%s is found however many paths without it come before', async (word) => {
  expect(await searchPaths(index, demo, { words: [word], limit: 5 })).toEqual({ paths: ['qq.txt'], next: undefined });
  // Words that are short, and one of whose pieces all paths have.
  expect(await searchPaths(index, demo, { words: [word, '.txt'], limit: 1 })).toEqual({
    paths: ['qq.txt'],
    next: undefined,
  });
});

test('other work goes on while there are paths to look at', async () => {
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns += 1;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await searchPaths(index, demo, { words: ['q'], limit: 5 });
  isOver = true;
  expect(turns).toBeGreaterThan(1);
});

test('the pages of a search have each path once, and the last one says that it is the last', async () => {
  for (const words of [['t'], ['.txt']]) {
    for (const limit of [3, LOOKED_AT_ONCE, 31, 50]) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await searchPaths(index, demo, { words, cursor, limit });
        expect(page.paths.length).toBeGreaterThan(0);
        found.push(...page.paths);
        cursor = page.next;
      } while (cursor !== undefined);
      expect(found).toEqual([...paths(30), 'qq.txt']);
    }
  }
});

test.each([['0'], ['1'], ['nonsense'], ['-1'], ['Infinity'], ['9'.repeat(400)], ['']])(
  'from %j, which is no place of the project, it is searched from its beginning',
  async (cursor) => {
    for (const words of [['q'], ['qq.txt']]) {
      expect(await searchPaths(index, demo, { words, cursor, limit: 5 })).toEqual({
        paths: ['qq.txt'],
        next: undefined,
      });
    }
  },
);
