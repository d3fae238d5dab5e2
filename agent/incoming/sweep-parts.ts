// Removes parts of large objects that nothing waits for any more, because another version came or the path is gone; and,
// of those that are waited for, old ones and what is more than a few: each is only a saving.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isFile } from '../../core/model/entry.ts';
import type { Sha } from '../../core/model/ids.ts';
import { lstatIfThere } from '../disk/disk-path.ts';
import { modifiedMs } from '../disk/fingerprint.ts';
import { stagingFolder } from '../marker.ts';
import type { Site } from '../site.ts';
import { partSha } from './part.ts';
import { discard } from './taken-out.ts';

const KEPT_PARTS = 8;
const KEPT_MS = 7 * 24 * 60 * 60_000;
const PAGE = 1_000;

interface Kept {
  readonly path: string;
  readonly sha: Sha | undefined;
  /** milliseconds since 1970 */
  readonly changedAt: number;
}

/** All that `current` says has to be noted.
 *  @param isFilled  whether somebody is at work on the object's part: it is left alone
 *  @returns how many are left */
export async function sweepParts(
  site: Pick<Site, 'disk' | 'root' | 'state' | 'clock'>,
  isFilled: (sha: Sha) => boolean,
): Promise<number> {
  const { disk, clock } = site;
  const parts = listParts(site);
  if (parts.length === 0) return 0;
  const wanted = await wantedOf(site, new Set(parts.flatMap(({ sha }) => sha ?? [])));
  const kept = parts
    .filter(({ sha, changedAt }) => sha && wanted.has(sha) && clock.now() - changedAt < KEPT_MS)
    .sort((a, b) => b.changedAt - a.changedAt)
    .slice(0, KEPT_PARTS);
  for (const part of parts) {
    if (kept.includes(part) || (part.sha && isFilled(part.sha))) continue;
    discard(disk, part.path);
  }
  return kept.length;
}

function listParts({ disk, root }: Pick<Site, 'disk' | 'root'>): Kept[] {
  const staging = stagingFolder(root);
  return disk.readDirectory(staging).flatMap(({ name }) => {
    const sha = partSha(name.toString('utf8'));
    if (sha === 'no part') return [];
    const path = `${staging}/${name.toString('utf8')}`;
    const stat = lstatIfThere(disk, path);
    return stat ? [{ path, sha, changedAt: modifiedMs(stat) }] : [];
  });
}

/** Of these objects, those that are still to come to disk. */
async function wantedOf({ state }: Pick<Site, 'state'>, shas: ReadonlySet<Sha>): Promise<ReadonlySet<Sha>> {
  const wanted = new Set<Sha>();
  for (let after = ''; wanted.size < shas.size && state.behind.count > 0; ) {
    const page = state.behind.nextPuts(after, PAGE);
    const last = page.at(-1);
    if (!last) break;
    for (const { entry } of page) if (entry && isFile(entry) && shas.has(entry.sha)) wanted.add(entry.sha);
    after = last.path;
    await nextTurn();
  }
  return wanted;
}
