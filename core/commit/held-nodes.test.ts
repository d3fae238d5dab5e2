import { expect, test } from 'vitest';
import { applyEdits } from '../manifest/apply.ts';
import { emptyTree } from '../manifest/build.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import type { NodeIo } from '../manifest/tree.ts';
import { walkTree } from '../manifest/walk.ts';
import { fakeSha } from '../model/ids.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { heldNodes } from './held-nodes.ts';

const edits = Array.from({ length: 5_000 }, (_, n) => {
  const path = parseRelPath(`dir/${n}`);
  return { kind: 'put', entry: { path, sha: fakeSha(path), size: 1, mode: 0o644, mtime: 0 } } as const;
});

/** Counts what is stored, and how many puts are under way at once. */
function counting(io: NodeIo) {
  const counts = { puts: 0, most: 0 };
  let underWay = 0;
  const putNode: NodeIo['putNode'] = async (sha, bytes) => {
    counts.puts += 1;
    underWay += 1;
    counts.most = Math.max(counts.most, underWay);
    await new Promise(setImmediate);
    await io.putNode(sha, bytes);
    underWay -= 1;
  };
  return { counts, io: { ...io, putNode } };
}

async function applied(maxHeldBytes?: number) {
  const nodes = objectNodes(memoryObjectStore());
  const { sha: base } = await emptyTree(nodes);
  const { counts, io } = counting(nodes);
  const held = heldNodes(io, maxHeldBytes);
  const root = await applyEdits(held, base, edits);
  const before = counts.puts;
  await held.flush();
  let files = 0;
  for await (const _ of walkTree(nodes, root.sha)) files++;
  return { before, counts, root, files };
}

test('nothing of a small commit is stored before all of it is known', async () => {
  const { before, counts, files } = await applied();
  expect(before).toBe(0);
  expect(counts.puts).toBeGreaterThan(10);
  expect(counts.most).toBeLessThanOrEqual(64);
  expect(files).toBe(edits.length);
});

test('of a large commit only so much is held, and the tree is the same', async () => {
  const small = await applied();
  const large = await applied(50_000);
  expect(large.before).toBeGreaterThan(0);
  expect(large.counts.most).toBeLessThanOrEqual(64);
  expect(large.counts.puts).toBe(small.counts.puts);
  expect(large.root).toEqual(small.root);
  expect(large.files).toBe(edits.length);
});
