// The limits that the system sets inotify, as it tells them.
import { readFileSync } from 'node:fs';
import { isDiskError } from '../disk/disk-error.ts';

/** @returns undefined when it cannot be read: a container may hide it */
export function readInotifyLimit(
  name: 'max_queued_events' | 'max_user_watches' | 'max_user_instances',
): number | undefined {
  try {
    const limit = Number.parseInt(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'), 10);
    return Number.isNaN(limit) ? undefined : limit;
  } catch (error) {
    if (isDiskError(error)) return undefined;
    throw error;
  }
}
