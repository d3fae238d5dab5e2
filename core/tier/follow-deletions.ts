// Keeps the restore points of deleted projects true: one that is deleted is marked in cold, one that was brought back is not
// any more. What happened while no server ran is seen at the start, because a watch begins with what there is.
import { parseProjectName } from '../model/ids.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { RestorePoints } from './restore-points.ts';

/** Runs until the signal aborts.
 *  @throws StoreUnavailableError, ObjectAbsentError, ObjectCorruptError  run it again: it begins with what there is */
export async function followDeletions(
  index: Pick<KeyValue, 'watch'>,
  points: Pick<RestorePoints, 'advance'>,
  signal: AbortSignal,
): Promise<void> {
  for await (const change of index.watch('projects.*.deleted.*', { signal })) {
    if (change.kind === 'caught-up') continue;
    const key = change.kind === 'put' ? change.entry.key : change.key;
    await points.advance(parseProjectName(key.split('.')[1] ?? ''), signal);
  }
}
