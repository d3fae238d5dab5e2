// Between following a path and leaving it alone. Leaving out forgets its row, so that nothing is ever concluded from what
// is not looked at any more; taking back is like the first meeting of disk and project: equal versions are recognised, a
// missing one comes, two different ones are decided like any two edits. No way leads from a rule to a deletion.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFile } from '../../core/model/entry.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import type { Behind } from '../state/behind-list.ts';

const BATCH = 1_000;

/** Stops following an ignored path: what the project has there is remembered, and the disk stays as it is. */
export function leaveOut({ state, problems }: Pick<Site, 'state' | 'problems'>, path: RelPath): void {
  const row = state.rows.at(path);
  const behind = state.behind.at(path);
  const entry = behind ? behind.entry : row?.entry;
  problems.clear(path);
  if (!row && !behind) return;
  state.transaction(() => {
    if (entry) state.leftOut.put(entry, behind?.revision ?? state.base?.revision ?? 0);
    state.rows.drop(path);
    state.behind.drop(path);
  });
}

/** Leaves out those that are ignored.
 *  @returns the others */
export function withoutIgnored(site: Site, batch: readonly Behind[]): Behind[] {
  return batch.filter(({ path, entry }) => {
    const known = entry ?? site.state.rows.at(path)?.entry;
    if (!known || !site.ignores.ignores(path, !isFile(known))) return true;
    leaveOut(site, path);
    return false;
  });
}

/** After a change of the rules: what is not ignored any more comes to disk like any other version of the project's. */
export async function takeBack({ state, ignores, clock, signal }: Site): Promise<void> {
  for (let after = ''; ; ) {
    const batch = state.leftOut.next(after, BATCH);
    const last = batch.at(-1);
    if (!last) return;
    state.transaction(() => {
      for (const { entry, revision } of batch) {
        if (ignores.ignores(entry.path, !isFile(entry))) continue;
        state.leftOut.drop(entry.path);
        state.behind.put({ path: entry.path, entry, revision, since: clock.now() });
      }
    });
    after = last.entry.path;
    await nextTurn();
    signal.throwIfAborted();
  }
}
