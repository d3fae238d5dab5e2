import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildTree } from '../manifest/build.ts';
import { diffTrees, pairMoves } from '../manifest/diff.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import type { Change } from '../manifest/tree.ts';
import { encodeCommit } from '../model/commit.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import type { FsEvent } from '../model/event.ts';
import { fakeSha, parseTenant, type Sha } from '../model/ids.ts';
import { comparePaths, parseRelPath } from '../model/rel-path.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { ACTOR, PROJECT } from '../testing/test-project.ts';
import { changesBetween } from './changes-between.ts';
import { commitEvents } from './commit-events.ts';

/** Few names and few contents, so that moves, updates and swaps are common. */
const tree = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd/a', 'd/b', 'e/a', 'f'), fc.constantFrom('1', '2', '3', '4'))
  .map((texts) =>
    Object.entries(texts)
      .map(([path, text]): FileEntry => {
        return { path: parseRelPath(path), sha: fakeSha(text), size: 1, mode: 0o644, mtime: 0 };
      })
      .sort((a, b) => comparePaths(a.path, b.path)),
  );

async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

function commitOf(manifest_sha: Sha, parents: Sha[]) {
  const counts = { added: 0, updated: 0, deleted: 0, moved: 0 };
  const ts = '2026-01-01T00:00:00.000Z';
  return { v: 1, project: PROJECT, manifest_sha, parents, actor: ACTOR, ts, counts, files: 0, bytes: 0 } as const;
}

test('a large commit, whose changes are not kept, is told as a small one is', async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (before, after) => {
      const nodes = objectNodes(memoryObjectStore());
      const [a, b] = [await buildTree(nodes, before), await buildTree(nodes, after)];
      const kept = await all((await changesBetween(nodes, a.sha, b.sha))());
      const anew = await changesBetween(nodes, a.sha, b.sha, 0);
      expect(await all(anew())).toEqual(kept);
      expect(await all(anew())).toEqual(kept);
    }),
  );
});

const shownChange = (change: ReturnType<typeof pairMoves>[number]): string => {
  const path = change.kind === 'removed' ? change.was.path : change.entry.path;
  const type = { added: 'PathCreated', updated: 'PathUpdated', removed: 'PathDeleted', moved: 'PathMoved' }[
    change.kind
  ];
  return `${type} ${path}${change.kind === 'moved' ? ` from ${change.was.path}` : ''}`;
};

const shownEvent = ({ type, payload }: FsEvent): string =>
  `${type} ${'path' in payload ? payload.path : ''}${'from' in payload ? ` from ${payload.from}` : ''}`;

test('I10: every new object once, then each change with its moves paired, then ProjectCurrentChanged', async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (before, after) => {
      const nodes = objectNodes(memoryObjectStore());
      const [a, b] = [await buildTree(nodes, before), await buildTree(nodes, after)];
      const parent = commitOf(a.sha, []);
      const commit = commitOf(b.sha, [encodeCommit(parent).sha]);
      const link = { sha: encodeCommit(commit).sha, commit };
      const events = await all(commitEvents(nodes, parseTenant('default'), link, parent));

      const changes: Change[] = await all(diffTrees(nodes, a.sha, b.sha));
      const had = new Set(
        changes.flatMap((change) => (change.kind !== 'added' && isFile(change.was) ? [change.was.sha] : [])),
      );
      const brought = new Set(
        changes.flatMap((change) => (change.kind !== 'removed' && isFile(change.entry) ? [change.entry.sha] : [])),
      );
      for (const sha of had) brought.delete(sha);
      const objects = events.flatMap((event) => (event.type === 'ObjectCreated' ? [event.payload.sha] : []));
      expect(objects).toEqual([...brought]);
      expect(events.slice(objects.length, -1).map(shownEvent)).toEqual(pairMoves(changes).map(shownChange));
      expect(events.at(-1)?.type).toBe('ProjectCurrentChanged');
      expect(events.map(({ id }) => id)).toEqual(events.map((_, position) => `${link.sha}-${position}`));
    }),
  );
});

test('a directory that is not empty any more was not deleted; all other events keep their ids', async () => {
  const nodes = objectNodes(memoryObjectStore());
  const dir = (path: string) => ({ path: parseRelPath(path), dir: true, mode: 0o755 }) as const;
  const file = (path: string): FileEntry => ({
    ...{ path: parseRelPath(path), sha: fakeSha(path), size: 1, mode: 0o644, mtime: 0 },
  });
  const a = await buildTree(nodes, [dir('gone'), dir('inbox')]);
  const b = await buildTree(nodes, [file('inbox/a.txt')]);
  const parent = commitOf(a.sha, []);
  const commit = commitOf(b.sha, [encodeCommit(parent).sha]);
  const link = { sha: encodeCommit(commit).sha, commit };
  const events = await all(commitEvents(nodes, parseTenant('default'), link, parent));
  expect(events.map((event) => [event.id.slice(-1), shownEvent(event).trim()])).toEqual([
    ['0', 'ObjectCreated'],
    ['1', 'PathDeleted gone'],
    ['3', 'PathCreated inbox/a.txt'],
    ['4', 'ProjectCurrentChanged'],
  ]);
});
