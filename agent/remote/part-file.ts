// The part of a file that is on its way to its place. Each run writes into one of its own, so that two that get the same file
// never write into one; what a run left that has ended is taken over by a rename, which only one can win.
import { readdir, rename } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { isDiskError } from '../disk/disk-error.ts';

/** Only of this machine can one tell which processes have ended. */
const HOST = shaOf(hostname()).slice(0, 8);
const NAME = /^\.fs-sync-[0-9a-f]{32}\.([0-9a-f]{8})-(\d+)-\d+\.part$/;

let serial = 0;
const inUse = new Set<string>();

/** @returns where this run writes; there may be bytes in it already, from the beginning of the file
 *  @param sha  of the file: another version has other parts */
export async function takePart(target: string, sha: Sha): Promise<string> {
  const dir = dirname(target);
  const begin = `.fs-sync-${shaOf(`${target}\n${sha}`).slice(0, 32)}.`;
  const own = `${begin}${HOST}-${process.pid}-${++serial}.part`;
  inUse.add(own);
  for (const left of await readdir(dir)) {
    if (!left.startsWith(begin) || left === own || !isLeft(left)) continue;
    try {
      await rename(join(dir, left), join(dir, own));
      break;
    } catch (error) {
      // Another run was first.
      if (!isDiskError(error, 'ENOENT')) throw error;
    }
  }
  return join(dir, own);
}

/** Nobody writes into it any more: a later run may take it over, where it was left. */
export function leavePart(part: string): void {
  inUse.delete(part.slice(part.lastIndexOf('/') + 1));
}

function isLeft(name: string): boolean {
  const [, host, pid] = NAME.exec(name) ?? [];
  if (host !== HOST || pid === undefined || inUse.has(name)) return false;
  if (Number(pid) === process.pid) return true;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it runs, as somebody else.
    return isDiskError(error, 'ESRCH');
  }
}
