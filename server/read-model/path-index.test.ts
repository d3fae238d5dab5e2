import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { deleteProject } from '../../core/commit/delete-project.ts';
import { createProject } from '../../core/commit/project.ts';
import { walkNodes } from '../../core/manifest/walk.ts';
import { assert } from '../../core/model/assert.ts';
import { parseProjectName, type Sha } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { parseRelPath, type RelPath } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import {
  ACTOR,
  commitOps,
  commitText,
  memoryCommitIo,
  newProject,
  PROJECT,
  putText,
} from '../../core/testing/test-project.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { PathIndex } from './path-index.ts';
import { PathIndexer } from './path-indexer.ts';

let directory: string;
const open: PathIndex[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'fs-path-index-'));
});
afterEach(() => {
  for (const index of open.splice(0)) index.close();
  rmSync(directory, { recursive: true });
});

let files = 0;
function pathIndex(file = `${files++}.db`, tenant = 'default', lookedAtOnce?: number): PathIndex {
  const opened = new PathIndex(join(directory, file), tenant, lookedAtOnce);
  open.push(opened);
  return opened;
}
const demo = parseProjectName('demo');
const other = parseProjectName('other');
const added = (...paths: string[]) => paths.map((path) => ({ kind: 'added' as const, path: parseRelPath(path) }));
const removed = (...paths: string[]) => paths.map((path) => ({ kind: 'removed' as const, path: parseRelPath(path) }));

function allOf(index: PathIndex, name: typeof demo, words: readonly string[], limit: number): RelPath[] {
  const found: RelPath[] = [];
  for (let after: number | undefined; ; ) {
    const page = index.search(name, words, { after, limit });
    found.push(...page.paths);
    if (page.next === undefined) return found;
    after = page.next;
  }
}

describe('the index of paths', () => {
  test('finds exactly the paths that have every word somewhere, a page at a time, and none of another project', () => {
    const name = fc.stringMatching(/^[abA%_"'\u00e9\u00c9 🦊-]{1,6}$/u).filter((text) => !/^\.\.?$/.test(text));
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    const change = fc.record({ kind: fc.constantFrom('added' as const, 'removed' as const), path });
    const word = fc.stringMatching(/^[abA%_"'\u00e9\u00c9🦊/-]{1,5}$/u);
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 40 }),
        fc.array(word, { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 12 }),
        (changes, words, limit, lookedAtOnce) => {
          const index = pathIndex(undefined, undefined, lookedAtOnce);
          const expected = new Set<string>();
          index.begin(other, 'o' as never);
          index.begin(demo, 'd' as never);
          index.apply(other, added(...changes.map((one) => one.path)));
          for (const one of changes) {
            index.apply(demo, [{ kind: one.kind, path: parseRelPath(one.path) }]);
            if (one.kind === 'added') expected.add(one.path);
            else expected.delete(one.path);
          }
          const matching = [...expected].filter((one) =>
            words.every((part) => one.toLowerCase().includes(part.toLowerCase())),
          );
          expect(allOf(index, demo, words, limit).sort()).toEqual(matching.sort());
          expect(index.count(demo)).toBe(expected.size);
          index.close();
          open.pop();
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a page is full before there is another, and goes on after it whatever was removed meanwhile', () => {
    const index = pathIndex();
    index.begin(demo, 'd' as never);
    index.apply(demo, added('a/one.txt', 'a/two.txt', 'b/three.txt', 'c/four.txt'));
    expect(index.search(demo, ['.txt'], { limit: 4 }).next).toBeUndefined();
    const first = index.search(demo, ['.txt'], { limit: 2 });
    expect(first.paths).toEqual(['a/one.txt', 'a/two.txt']);
    index.apply(demo, removed('a/two.txt', 'b/three.txt'));
    expect(index.search(demo, ['.txt'], { after: first.next, limit: 2 })).toEqual({
      paths: ['c/four.txt'],
      next: undefined,
      isCut: false,
    });
  });

  test('upper and lower case are alike in short words too, of any script', () => {
    const index = pathIndex();
    index.begin(demo, 'd' as never);
    index.apply(demo, added('É.txt', 'é.txt', 'Ж/e.txt', 'E.txt'));
    expect(allOf(index, demo, ['é'], 9)).toEqual(['É.txt', 'é.txt']);
    expect(allOf(index, demo, ['É'], 9)).toEqual(['É.txt', 'é.txt']);
    expect(allOf(index, demo, ['ж/'], 9)).toEqual(['Ж/e.txt']);
  });

  test('a search looks at no more paths at once than it may, also where it finds nothing', () => {
    const index = pathIndex(undefined, undefined, 2);
    index.begin(demo, 'd' as never);
    index.apply(demo, added('1.txt', '2.txt', '3.txt', '4.txt', 'txt/q'));
    for (const words of [['q'], ['txt', 'q']]) {
      const first = index.search(demo, words, { limit: 9 });
      expect(first).toMatchObject({ paths: [], isCut: true });
      const second = index.search(demo, words, { after: first.next, limit: 9 });
      expect(second).toMatchObject({ paths: [], isCut: true });
      expect(index.search(demo, words, { after: second.next, limit: 9 })).toEqual({
        paths: ['txt/q'],
        next: undefined,
        isCut: false,
      });
    }
  });

  test('a project is forgotten a part at a time, and its name may come again', () => {
    const index = pathIndex();
    for (const name of [demo, other]) {
      index.begin(name, 'd' as never);
      index.apply(name, added(...Array.from({ length: 1_500 }, (_, i) => `many/${i}.txt`)));
      index.finish(name);
    }
    expect(index.forgetSome(demo)).toBe(true);
    expect(index.project(demo)?.root).toBeNull();
    expect(index.forgetSome(demo)).toBe(false);
    expect(index.project(demo)).toBeUndefined();
    expect(allOf(index, other, ['many'], 500)).toHaveLength(1_500);
    index.begin(demo, 'e' as never);
    index.apply(demo, added('many/new.txt'));
    expect(allOf(index, demo, ['many'], 500)).toEqual(['many/new.txt']);
  });

  test('is kept over a restart, and made anew for another tenant', () => {
    const first = pathIndex('kept.db');
    first.begin(demo, 'd' as never);
    first.apply(demo, added('a.txt'));
    first.finish(demo);
    first.close();
    expect(pathIndex('kept.db').project(demo)?.root).toBe('d');
    open.pop()?.close();
    expect(pathIndex('kept.db', 'elsewhere').projects()).toEqual([]);
    open.splice(0, 1);
  });
});

describe('the indexer', () => {
  /** Runs it until `until` says that it is where it should be. */
  async function follow(io: ReturnType<typeof memoryCommitIo>, paths: PathIndex, until: () => boolean): Promise<void> {
    const stop = new AbortController();
    const look = () => {
      if (until()) stop.abort();
    };
    const { nodes, index } = io;
    const log = { ...silentLog, warn: look };
    await new PathIndexer({ paths, nodes, nodesOnce: nodes, index, clock: virtualClock(), log }, look).run(stop.signal);
  }
  const found = (paths: PathIndex) => allOf(paths, PROJECT, ['txt'], 9).sort();

  test('I2: a project is indexed as its manifest says, then by what each commit changed, over restarts', async () => {
    const io = memoryCommitIo();
    const paths = pathIndex();
    await newProject(io);
    await commitText(io, 'a.txt', 'a');
    await commitText(io, 'b.txt', 'b');
    await follow(io, paths, () => paths.project(PROJECT)?.root !== undefined);
    expect(found(paths)).toEqual(['a.txt', 'b.txt']);
    await commitOps(io, { kind: 'delete', path: parseRelPath('a.txt') });
    await commitText(io, 'c.txt', 'c');
    const before = paths.project(PROJECT)?.root;
    await follow(io, paths, () => paths.project(PROJECT)?.root !== before);
    expect(found(paths)).toEqual(['b.txt', 'c.txt']);
  });

  test('what was half indexed when the server ended leaves nothing behind', async () => {
    const io = memoryCommitIo();
    const paths = pathIndex();
    await newProject(io);
    await commitText(io, 'a.txt', 'a');
    await follow(io, paths, () => paths.project(PROJECT)?.root !== undefined);
    const half = await commitText(io, 'half.txt', 'half');
    // The server was killed after one batch of this commit.
    paths.begin(PROJECT, half.at.current.manifest_sha);
    paths.apply(PROJECT, added('half.txt'));
    await commitOps(io, { kind: 'delete', path: parseRelPath('half.txt') });
    await follow(io, paths, () => paths.project(PROJECT)?.towards === null);
    expect(found(paths)).toEqual(['a.txt']);
  });

  test('a manifest that is not kept any more is no reason to stop: the project is read anew', async () => {
    const io = memoryCommitIo();
    const paths = pathIndex();
    await newProject(io);
    await commitText(io, 'a.txt', 'a');
    await follow(io, paths, () => paths.project(PROJECT)?.root !== undefined);
    const swept = paths.project(PROJECT)?.root;
    await commitText(io, 'b.txt', 'b');
    if (swept) await io.objects.delete(swept);
    await follow(io, paths, () => paths.project(PROJECT)?.root !== swept);
    expect(found(paths)).toEqual(['a.txt', 'b.txt']);
  });

  test('a project that cannot be read holds up no other, and is tried again', async () => {
    const io = memoryCommitIo();
    const paths = pathIndex();
    await newProject(io);
    const { manifest_sha: lost } = (await commitText(io, 'a.txt', 'a')).at.current;
    const bytes = await readObject(io.objects, lost);
    await io.objects.delete(lost);
    await createProject(io, other, ACTOR);
    await commit(io, { project: other, ops: [await putText(io, 'b.txt', 'b')], actor: ACTOR });
    let mended: Promise<unknown> | undefined;
    await follow(io, paths, () => {
      if (paths.project(other)?.root) mended ??= io.objects.put(lost, bytes.length, bytes);
      return paths.project(PROJECT)?.root === lost;
    });
    expect(mended).toBeDefined();
    expect(allOf(paths, other, ['txt'], 9)).toEqual(['b.txt']);
    expect(found(paths)).toEqual(['a.txt']);
  });

  test('what can be searched is not forgotten for a manifest of which a part is lost', async () => {
    const io = memoryCommitIo();
    const paths = pathIndex();
    await newProject(io);
    const { manifest_sha: whole } = (await commitText(io, 'a.txt', 'a')).at.current;
    await follow(io, paths, () => paths.project(PROJECT)?.root === whole);
    const many = await Promise.all(Array.from({ length: 2_000 }, (_, i) => putText(io, `many/${i}.bin`, 'many')));
    const result = await commitOps(io, ...many);
    assert(result.kind === 'committed', 'nobody else commits');
    const nodes: Sha[] = [];
    for await (const sha of walkNodes(io.nodes, result.at.current.manifest_sha)) nodes.push(sha);
    expect(nodes.length).toBeGreaterThan(1);
    for (const sha of nodes.slice(-1)) await io.objects.delete(sha);
    let looks = 0;
    await follow(io, paths, () => ++looks === 3);
    expect(paths.project(PROJECT)?.root).toBe(whole);
    expect(found(paths)).toEqual(['a.txt']);
  });

  test('a project that was half forgotten when the server ended leaves nothing to who gets its name', async () => {
    const io = memoryCommitIo();
    const paths = pathIndex();
    paths.begin(PROJECT, 'd' as never);
    paths.apply(PROJECT, added(...Array.from({ length: 1_500 }, (_, i) => `gone/${i}.txt`)));
    paths.finish(PROJECT);
    // The server was killed after one batch of the forgetting.
    expect(paths.forgetSome(PROJECT)).toBe(true);
    await newProject(io);
    await commitText(io, 'a.txt', 'a');
    await follow(io, paths, () => typeof paths.project(PROJECT)?.root === 'string');
    expect(found(paths)).toEqual(['a.txt']);
    expect(paths.count(PROJECT)).toBe(1);
  });

  test('a project that was deleted while the server was away is forgotten', async () => {
    const io = memoryCommitIo();
    const paths = pathIndex();
    await newProject(io);
    await commitText(io, 'a.txt', 'a');
    await follow(io, paths, () => paths.project(PROJECT)?.root !== undefined);
    const at = await readCurrent(io.index, PROJECT);
    if (at) await deleteProject(io, at);
    await follow(io, paths, () => paths.project(PROJECT) === undefined);
    expect(found(paths)).toEqual([]);
  });
});
