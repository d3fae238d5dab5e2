// How the disk of a directory behaves, found out by trying: room, names, links and fsync. What is tried is removed again.
import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDiskError } from '../disk/disk-error.ts';
import { fileSystemAt } from '../watch/mounted-as.ts';

export interface DiskFacts {
  /** the directory, or the one above it that there is */
  readonly path: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** undefined: the file system makes them as it needs them */
  readonly inodes: { readonly free: number; readonly total: number } | undefined;
  /** such as `ext4`; undefined: the system does not say */
  readonly type: string | undefined;
  readonly tried:
    | {
        readonly kind: 'written';
        readonly syncMs: number;
        /** undefined: nothing is wrong with it */
        readonly syncFault: string | undefined;
        readonly isCaseSensitive: boolean;
        readonly keepsNames: boolean;
        readonly hasLinks: boolean;
      }
    /** `code` of the disk's error */
    | { readonly kind: 'refused'; readonly code: string };
}

export async function diskFacts(directory: string): Promise<DiskFacts> {
  let path = directory;
  while (!existsSync(path)) path = dirname(path);
  const { bavail, blocks, bsize, ffree, files } = statfsSync(path);
  return {
    ...{ path, freeBytes: bavail * bsize, totalBytes: blocks * bsize },
    inodes: files > 0 ? { free: ffree, total: files } : undefined,
    type: fileSystemOf(path),
    tried: await tryOut(path),
  };
}

async function tryOut(path: string): Promise<DiskFacts['tried']> {
  let dir: string | undefined;
  try {
    dir = mkdtempSync(join(path, '.fs-sync-doctor-'));
    const file = join(dir, 'Name');
    const { syncMs, syncFault } = await syncOnce(file);
    const isCaseSensitive = !existsSync(join(dir, 'nAME'));
    // The same letter, as one character and as two.
    for (const name of ['\u00e9', 'e\u0301']) writeFileSync(join(dir, name), '');
    const names = readdirSync(dir);
    const keepsNames = names.includes('\u00e9') && names.includes('e\u0301');
    return { kind: 'written', syncMs, syncFault, isCaseSensitive, keepsNames, hasLinks: canLink(file) };
  } catch (error) {
    if (!isDiskError(error)) throw error;
    return { kind: 'refused', code: error.code };
  } finally {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  }
}

async function syncOnce(path: string): Promise<{ syncMs: number; syncFault: string | undefined }> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(Buffer.alloc(4_096, 1));
    const before = performance.now();
    let syncFault: string | undefined;
    await file.sync().catch((error: unknown) => {
      if (!isDiskError(error)) throw error;
      syncFault = error.code;
    });
    return { syncMs: performance.now() - before, syncFault };
  } finally {
    await file.close();
  }
}

function canLink(file: string): boolean {
  try {
    linkSync(file, `${file}-2`);
    return true;
  } catch (error) {
    if (isDiskError(error)) return false;
    throw error;
  }
}

function fileSystemOf(path: string): string | undefined {
  try {
    return fileSystemAt(readFileSync('/proc/self/mountinfo', 'utf8'), realpathSync(path));
  } catch (error) {
    // Not on Linux.
    if (isDiskError(error)) return undefined;
    throw error;
  }
}
