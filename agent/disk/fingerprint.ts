// What `lstat` says about a file, as one string to compare: two looks with the same fingerprint saw the same bytes, so
// that a rescan need not read them again. Nanoseconds and the inode are part of it, because size and second are not enough.
import type { Disk, DiskStat } from './disk.ts';

/** `size:mtimeNs:ctimeNs:ino:mode`. A leading `~` marks one that was taken so soon after the change that a second change
 *  could hide behind the same times; it has to be read again once. */
export type Fingerprint = string;

export const NO_FINGERPRINT: Fingerprint = '';

export function fingerprintOf(stat: DiskStat): Fingerprint {
  return `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.ino}:${stat.mode}`;
}

/** Whether the two have the same fingerprint. */
export const sameLook = (a: DiskStat, b: DiskStat): boolean =>
  a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino && a.mode === b.mode;

/** As SQLite can hold it; 0 where the fingerprint has none. */
export function inodeOf(fingerprint: Fingerprint): bigint {
  return BigInt.asIntN(64, BigInt(fingerprint.split(':')[3] ?? 0));
}

/** Nanoseconds since 1970; 0 where the fingerprint has none. */
export function ctimeOf(fingerprint: Fingerprint): bigint {
  return BigInt(fingerprint.split(':')[2] ?? 0);
}

/** True when a file that has `now` may be the one that had `kept`, under another name: a rename moves ctime, no more. */
export function sameFile(kept: Fingerprint, now: Fingerprint): boolean {
  const [size, mtime, , ino] = kept.replace(/^~/, '').split(':');
  const [nowSize, nowMtime, , nowIno] = now.split(':');
  return size === nowSize && mtime === nowMtime && ino === nowIno;
}

/** When a file was written, in milliseconds since 1970, as a project has it: rounded down, before 1970 too, where a division
 *  of whole numbers rounds up. */
export function modifiedMs({ mtimeNs }: Pick<DiskStat, 'mtimeNs'>): number {
  const ms = mtimeNs / NS_PER_MS;
  return Number(mtimeNs < ms * NS_PER_MS ? ms - 1n : ms);
}

const NS_PER_MS = 1_000_000n;

export interface FileClock {
  /** Whether the file changed so lately that one more change would not show in its times. */
  isFresh(stat: DiskStat): boolean;
  /** The fingerprint to keep for bytes that were read before `stat` was taken. */
  keep(stat: DiskStat): Fingerprint;
}

/** Kernels give files the time of their last tick, up to 10 ms ago. */
const TICK_MS = 20;

/** @param exact  the file system gives two changes in a row two times (Linux from 6.13 on ext4, xfs, btrfs, tmpfs) */
export function fileClock(exact: boolean, now: () => number = Date.now): FileClock {
  // After the clock was set back a time that lies ahead is not given again for long.
  const isFresh = (stat: DiskStat) => !exact && Math.abs(now() - Number(stat.ctimeNs / 1_000_000n)) <= TICK_MS;
  return {
    isFresh,
    keep(stat) {
      const fingerprint = fingerprintOf(stat);
      return isFresh(stat) ? `~${fingerprint}` : fingerprint;
    },
  };
}

export type Sameness = 'same' | 'changed' | 'doubtful';

export function compareFingerprint(kept: Fingerprint, now: Fingerprint): Sameness {
  if (kept === now) return 'same';
  return kept.startsWith('~') && kept.slice(1) === now ? 'doubtful' : 'changed';
}

export type ContentFacts = Pick<DiskStat, 'ino' | 'size' | 'mtimeNs' | 'mode'>;

/** True when both name the same bytes of the same file, whatever happened to its links: a link or a rename moves ctime. */
export function sameContentFacts(a: ContentFacts, b: ContentFacts): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.mode === b.mode;
}

/** Writes a file a few times to see whether each write shows in its ctime. */
export function probeFileClock(disk: Disk, scratchFile: string): boolean {
  const file = disk.open(scratchFile, 'overwrite');
  try {
    let last = file.stat().ctimeNs;
    for (let i = 0; i < 5; i++) {
      file.write(Buffer.from('x'), 0);
      const { ctimeNs } = file.stat();
      if (ctimeNs === last) return false;
      last = ctimeNs;
    }
    return true;
  } finally {
    file.close();
    disk.unlink(scratchFile);
  }
}
