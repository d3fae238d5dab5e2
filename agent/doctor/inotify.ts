// inotify's limits on this machine, against what the workspaces of its agents need: one watch a directory, one instance an agent.
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isDiskError } from '../disk/disk-error.ts';
import { countText } from '../progress/words.ts';
import { readInotifyLimit } from '../watch/inotify-limit.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const ABOUT = 'inotify';

export interface InotifyFacts {
  /** undefined: the system does not say, as outside of Linux */
  readonly maxWatches: number | undefined;
  readonly maxInstances: number | undefined;
  /** directories of the workspaces here, at most `MOST_COUNTED` */
  readonly directories: number;
  /** of this user's processes */
  readonly instancesUsed: number;
}

/** Beyond this only the time to count is longer. */
const MOST_COUNTED = 1_000_000;

/** @param roots  of the workspaces on this machine */
export function inotifyFacts(roots: readonly string[]): InotifyFacts {
  return {
    maxWatches: readInotifyLimit('max_user_watches'),
    maxInstances: readInotifyLimit('max_user_instances'),
    directories: roots.reduce((sum, root) => sum + directoriesIn(root, MOST_COUNTED - sum), 0),
    instancesUsed: instancesOfUser(),
  };
}

export function judgeInotify({ maxWatches, maxInstances, directories, instancesUsed }: InotifyFacts): Finding[] {
  if (maxWatches === undefined || maxInstances === undefined) {
    return [ok(ABOUT, 'there are no limits to read here; directories are watched in another way, or polled')];
  }
  const need = `the workspaces here have ${countText(directories)} directories`;
  const watches = `${countText(maxWatches)} watches may be used, and ${need}`;
  const raise = (name: string, value: number, what: string) => ({
    mend: `raise it, for good: ${what}`,
    command: `echo fs.inotify.${name}=${value} | sudo tee /etc/sysctl.d/60-fs-sync-${name.replaceAll('_', '-')}.conf && sudo sysctl --system`,
  });
  const more = raise(
    'max_user_watches',
    Math.max(524_288, 2 ** Math.ceil(Math.log2(directories * 2 + 1))),
    'until then the rest is polled',
  );
  const instances = `${countText(instancesUsed)} of ${countText(maxInstances)} instances are used by your processes`;
  const moreInstances = raise(
    'max_user_instances',
    Math.max(512, maxInstances * 2),
    'each agent takes one for each workspace',
  );
  return [
    directories > maxWatches
      ? fail(ABOUT, watches, more)
      : directories > maxWatches * 0.8 || maxWatches < 16_384
        ? warn(ABOUT, watches, more)
        : ok(ABOUT, watches),
    instancesUsed >= maxInstances
      ? fail(ABOUT, instances, moreInstances)
      : instancesUsed > maxInstances * 0.8
        ? warn(ABOUT, instances, moreInstances)
        : ok(ABOUT, instances),
  ];
}

function directoriesIn(root: string, most: number): number {
  const waiting = [root];
  let count = 0;
  for (let dir = waiting.pop(); dir !== undefined && count < most; dir = waiting.pop()) {
    let entries: ReturnType<typeof readAll>;
    try {
      entries = readAll(dir);
    } catch (error) {
      if (isDiskError(error)) continue;
      throw error;
    }
    count++;
    for (const entry of entries) if (entry.isDirectory()) waiting.push(join(dir, entry.name));
  }
  return count;
}

const readAll = (dir: string) => readdirSync(dir, { withFileTypes: true });

/** What other users have open is theirs to know. */
function instancesOfUser(): number {
  let found = 0;
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (lstatSync(`/proc/${pid}`).uid !== process.getuid?.()) continue;
      for (const fd of namesIn(`/proc/${pid}/fd`)) {
        if (readlinkSync(`/proc/${pid}/fd/${fd}`) === 'anon_inode:inotify') found++;
      }
    } catch (error) {
      // It has ended meanwhile, or is not ours to look into.
      if (!isDiskError(error)) throw error;
    }
  }
  return found;
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isDiskError(error)) return [];
    throw error;
  }
}
