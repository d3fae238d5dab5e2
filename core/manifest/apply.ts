// Applies edits to a tree. The result is what a fresh build of the edited set gives, but only what changed is read and
// written. Edits go through in one pass, in path order: a `Recut` a level cuts anew what they touch and hands what it
// replaced to the level above. So memory holds some edits, one old and one unfinished new node a level, and what is read
// ahead, whatever the number of edits and the size of the tree.
import { assert } from '../model/assert.ts';
import type { Entry } from '../model/entry.ts';
import { quote, type Sha } from '../model/ids.ts';
import { comparePaths, type RelPath } from '../model/rel-path.ts';
import { keepingNodes } from './cached-nodes.ts';
import { NewNodes } from './new-nodes.ts';
import { type Child, totalsOf } from './node.ts';
import { OldTree } from './old-tree.ts';
import { type Above, CHILDREN, ENTRIES, type ItemEdit, Recut } from './recut.ts';
import type { Edit, Edits, NodeIo, TreeRoot } from './tree.ts';

/** Edits that are taken from their source before the first of them is applied: enough to read what they touch side by
 *  side, under 1 MB. */
const EDITS_AHEAD = 1024;

/** To remove what is not there or to put what is there changes nothing.
 *  @returns when all new nodes are stored */
export async function applyEdits(io: NodeIo, rootSha: Sha, edits: Edits): Promise<TreeRoot> {
  const old = await OldTree.open(keepingNodes(io), rootSha);
  const target = new NewNodes(io, old);
  const branches: Recut<Child>[] = [];
  let above: Above = target;
  for (let level = old.root.level; level > 0; level--) {
    const branch = new Recut(old, level, CHILDREN, target, above);
    branches.unshift(branch);
    above = branch;
  }
  const leaves = new Recut(old, 0, ENTRIES, target, above);
  for await (const batch of batches(edits)) await applyBatch(old, leaves, batch);
  for (const level of [leaves, ...branches]) await level.finish();
  const { wasTouched } = branches.at(-1) ?? leaves;
  return wasTouched ? target.finish() : { sha: rootSha, ...totalsOf(old.root) };
}

/** While one part of a batch is applied, what the next one touches is read. */
async function applyBatch(old: OldTree, leaves: Recut<Entry>, batch: readonly ItemEdit<Entry>[]): Promise<void> {
  let reading = old.readTouched(batch, 0);
  for (let at = 0; at < batch.length; ) {
    const end = await reading;
    if (end < batch.length) reading = old.readTouched(batch, end);
    for (; at < end; at++) {
      const edit = batch[at];
      if (edit) await leaves.take(edit);
    }
  }
}

async function* batches(edits: Edits): AsyncIterable<readonly ItemEdit<Entry>[]> {
  if (Array.isArray(edits)) {
    const sorted = lastOfEach(edits);
    for (let at = 0; at < sorted.length; at += EDITS_AHEAD) yield sorted.slice(at, at + EDITS_AHEAD);
    return;
  }
  let batch: ItemEdit<Entry>[] = [];
  let previous: RelPath | undefined;
  for await (const edit of edits as Exclude<Edits, readonly Edit[]>) {
    const item = itemEdit(edit);
    if (previous !== undefined && comparePaths(previous, item.key) >= 0) refuse(previous, item.key);
    previous = item.key;
    batch.push(item);
    if (batch.length < EDITS_AHEAD) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

const itemEdit = (edit: Edit): ItemEdit<Entry> =>
  edit.kind === 'put' ? { key: edit.entry.path, item: edit.entry } : { key: edit.path, item: undefined };

/** In path order. The sort is stable, so the last edit of a path is the last one of its neighbours. */
function lastOfEach(edits: readonly Edit[]): readonly ItemEdit<Entry>[] {
  const sorted = edits.map(itemEdit).sort((a, b) => comparePaths(a.key, b.key));
  return sorted.filter(({ key }, i) => key !== sorted[i + 1]?.key);
}

function refuse(previous: RelPath, next: RelPath): never {
  assert(
    false,
    `a stream of edits is in path order, each path once, but ${quote(next)} does not follow ${quote(previous)}`,
  );
}
