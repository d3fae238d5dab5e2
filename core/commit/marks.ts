// What is said of a project beside its `current`: that it was taken off hot storage, and what of it is pinned. A name that
// was used before says nothing of the next project, and what is said of a project goes with it to its new name; only who has
// won the name says so, or it would speak of somebody else's project.
import type { ProjectName } from '../model/ids.ts';
import { pinsKey, tierKey } from '../model/index-keys.ts';
import type { KeyValue, KvEntry } from '../store/key-value.ts';

const MARKS = [tierKey, pinsKey];

/** Those that a project which had the name before has left. Asked for before the name is won. */
export async function leftMarks(index: Pick<KeyValue, 'get'>, name: ProjectName): Promise<readonly KvEntry[]> {
  const found = await Promise.all(MARKS.map((keyOf) => index.get(keyOf(name))));
  return found.filter((mark) => mark !== undefined);
}

export async function wipeMarks(index: Pick<KeyValue, 'delete'>, left: readonly KvEntry[]): Promise<void> {
  for (const { key, revision } of left) await index.delete(key, revision);
}

/** Repeatable, while the old name still has its project. */
export async function carryMarks(index: KeyValue, from: ProjectName, to: ProjectName): Promise<void> {
  for (const keyOf of MARKS) {
    const [mark, left] = await Promise.all([index.get(keyOf(from)), index.get(keyOf(to))]);
    if (mark) await index.compareAndSet(keyOf(to), mark.value, left?.revision ?? 0);
    else if (left) await index.delete(keyOf(to), left.revision);
  }
}
