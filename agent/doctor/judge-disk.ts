// What the facts of a disk mean for whoever keeps workspaces, or NATS, on it.
import { countText, sizeText } from '../progress/words.ts';
import { isNetworkFileSystem } from '../watch/mounted-as.ts';
import type { DiskFacts } from './disk-facts.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const ABOUT = 'disk';
const GB = 1e9;
/** Below this nothing large arrives any more; below the other a person should know. */
const LEAST_BYTES = GB / 2;
const FEW_BYTES = 5 * GB;
const LEAST_INODES = 1_000;
const FEW_INODES = 100_000;
/** Each small file of a hot tier on it waits for one. */
const SLOW_SYNC_MS = 100;

export function judgeDisk(facts: DiskFacts): Finding[] {
  return [room(facts), ...inodes(facts), type(facts), ...tried(facts)];
}

function room({ path, freeBytes, totalBytes }: DiskFacts): Finding {
  const sentence = `${sizeText(freeBytes)} of ${sizeText(totalBytes)} free at ${path}`;
  const how = {
    mend: 'free some space, or set FS_DATA_DIR to a larger disk',
    command: `du -xh -d2 ${quoted(path)} | sort -h | tail`,
  };
  if (freeBytes < LEAST_BYTES) return fail(ABOUT, sentence, how);
  return freeBytes < FEW_BYTES ? warn(ABOUT, sentence, how) : ok(ABOUT, sentence);
}

function inodes({ path, inodes: all }: DiskFacts): Finding[] {
  if (!all) return [];
  const sentence = `${countText(all.free)} of ${countText(all.total)} inodes free`;
  const how = {
    mend: 'each file and directory takes one: remove what is not needed, or make a file system with more of them',
    command: `df -i ${quoted(path)}`,
  };
  if (all.free < LEAST_INODES) return [fail(ABOUT, sentence, how)];
  return [all.free < FEW_INODES ? warn(ABOUT, sentence, how) : ok(ABOUT, sentence)];
}

function type({ type: name }: DiskFacts): Finding {
  if (name === undefined) return ok(ABOUT, 'the system does not say which file system it is');
  if (isNetworkFileSystem(name)) {
    return warn(
      ABOUT,
      `its file system is ${name}, which is on the network: other machines’ changes are found by polling`,
      {
        mend: 'keep FS_DATA_DIR and workspaces on a local disk where you can: records and locks need one',
      },
    );
  }
  switch (name) {
    case 'tmpfs':
    case 'ramfs':
      return warn(ABOUT, `its file system is ${name}: everything on it is gone after a restart of the machine`, {
        mend: 'set FS_DATA_DIR to a directory on a disk',
      });
    case 'overlay':
      return warn(ABOUT, 'its file system is overlay, the inside of a container: all on it goes with the container', {
        mend: 'mount a volume, and set FS_DATA_DIR to a directory in it',
      });
    case 'vfat':
    case 'exfat':
    case 'msdos':
      return fail(ABOUT, `its file system is ${name}, which has no permissions and no links`, {
        mend: 'set FS_DATA_DIR to a disk with ext4 or xfs',
      });
    default:
      return ok(ABOUT, `its file system is ${name}`);
  }
}

function tried({ path, tried: what }: DiskFacts): Finding[] {
  if (what.kind === 'refused') {
    return [
      fail(ABOUT, `nothing can be written at ${path} (${what.code})`, {
        mend: 'give this user the right to write there, or set FS_DATA_DIR to another directory',
        command: `ls -ld ${quoted(path)}`,
      }),
    ];
  }
  const ms = what.syncMs < 10 ? what.syncMs.toFixed(1) : Math.round(what.syncMs);
  return [
    what.syncFault !== undefined
      ? fail(ABOUT, `it refuses to sync a file (${what.syncFault}): after a power loss nothing on it is certain`, {
          mend: 'use another file system, such as ext4 or xfs',
        })
      : what.syncMs > SLOW_SYNC_MS
        ? warn(ABOUT, `a sync took ${ms} ms: small files will arrive slowly`, {
            mend: 'a local SSD takes a few; look what else writes to this disk',
            command: 'iostat -x 1 3',
          })
        : ok(ABOUT, `a sync took ${ms} ms`),
    what.isCaseSensitive
      ? ok(ABOUT, 'it tells upper and lower case apart')
      : warn(ABOUT, 'it takes names in upper and in lower case for one: of two such files only one can be here', {
          mend: 'use a file system that tells them apart, where a project may have both',
        }),
    what.keepsNames
      ? ok(ABOUT, 'it keeps names byte for byte')
      : warn(ABOUT, 'it changes how accented letters are written: such names are skipped here', {
          mend: 'use a file system that keeps names as they are, such as ext4, xfs or APFS',
        }),
    ...(what.hasLinks
      ? []
      : [
          fail(ABOUT, 'it has no hard links, by which a file arrives without ever replacing another', {
            mend: 'use another file system, such as ext4 or xfs',
          }),
        ]),
  ];
}

const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
