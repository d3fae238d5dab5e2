// Keeps the restore points of deleted projects true: one that is deleted is marked in cold, one that was brought back is not
// any more. What happened while no server ran is seen at the start, because a watch begins with what there is. A project whose
// point cannot be written is tried again by itself, and keeps no other waiting.
import { type ProjectName, parseProjectName } from '../model/ids.ts';
import { messageOf } from '../model/message-of.ts';
import type { RestorePoints } from './restore-points.ts';
import type { TierIo } from './tier-io.ts';

export interface FollowDeletionsIo extends Pick<TierIo, 'clock' | 'log'> {
  readonly index: Pick<TierIo['index'], 'watch'>;
  readonly points: Pick<RestorePoints, 'advance'>;
}

const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 600_000;

/** Runs until the signal aborts.
 *  @throws StoreUnavailableError  the watch has ended: run it again, it begins with what there is */
export async function followDeletions({ index, points, clock, log }: FollowDeletionsIo, signal: AbortSignal) {
  const ended = new AbortController();
  const ending = AbortSignal.any([signal, ended.signal]);
  const failed = new Set<ProjectName>();
  let trying: Promise<void> | undefined;

  const advance = async (project: ProjectName) => {
    try {
      await points.advance(project, ending);
      failed.delete(project);
    } catch (error) {
      if (ending.aborted) return;
      if (!failed.has(project)) {
        log.warn({ error, project }, `the restore point of ${project}, which was deleted, waits: ${messageOf(error)}`);
      }
      failed.add(project);
    }
  };

  const tryAgain = async () => {
    for (let waitMs = RETRY_MIN_MS; failed.size > 0 && !ending.aborted; waitMs = Math.min(2 * waitMs, RETRY_MAX_MS)) {
      await clock.sleep(waitMs, ending).catch(() => undefined);
      for (const project of [...failed]) if (!ending.aborted) await advance(project);
    }
    trying = undefined;
  };

  try {
    for await (const change of index.watch('projects.*.deleted.*', { signal })) {
      if (change.kind === 'caught-up') continue;
      const key = change.kind === 'put' ? change.entry.key : change.key;
      await advance(parseProjectName(key.split('.')[1] ?? ''));
      if (failed.size > 0) trying ??= tryAgain();
    }
  } finally {
    ended.abort();
    await trying;
  }
}
