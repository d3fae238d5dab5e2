// How much there is at some paths, and where its bytes are: what a person has to know before something is done with it. The
// counts come from the tree and cost the same for a file as for a million of them; tiers are looked up file by file, as long
// as these are few.
import type { Amount, Survey, Tiers } from '../app/file-view.ts';
import { getEntry } from '../core/manifest/get.ts';
import { totalsUnder } from '../core/manifest/totals.ts';
import type { NodeReader } from '../core/manifest/tree.ts';
import { type FileEntry, isFile } from '../core/model/entry.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import { isUnder, type RelPath } from '../core/model/rel-path.ts';
import { filesAt, outermost } from '../core/tier/files-in.ts';
import { readPins } from '../core/tier/pins.ts';
import { NOWHERE, type ObjectTiersIo, tiersOf } from './object-tiers.ts';

export interface SurveyIo extends ObjectTiersIo {
  readonly nodes: NodeReader;
  /** what may be said of the record of a copy */
  believed(tiers: Tiers): Tiers;
}

const MAX_LOOKED_AT = 5_000;
const LOOKED_UP_AT_ONCE = 500;

export async function survey(
  io: SurveyIo,
  at: { readonly project: ProjectName; readonly root: Sha },
  paths: readonly RelPath[],
): Promise<Survey> {
  const parts = outermost(paths);
  const total = new Counted();
  let gone = 0;
  for (const path of parts) {
    const entry = await getEntry(io.nodes, at.root, path);
    const found = entry && isFile(entry) ? { files: 1, bytes: entry.size } : await totalsUnder(io.nodes, at.root, path);
    if (!entry && found.files === 0) gone += 1;
    total.add(found.bytes, found.files);
  }
  const tiers = total.files > MAX_LOOKED_AT ? undefined : await tiersAt(io, at, parts);
  return { files: total.files, bytes: total.bytes, gone, tiers };
}

async function tiersAt(
  io: SurveyIo,
  { project, root }: { readonly project: ProjectName; readonly root: Sha },
  parts: readonly RelPath[],
): Promise<Survey['tiers']> {
  const pins = (await readPins(io.index, project)).map(({ path }) => path);
  const isPinned = (path: RelPath) => pins.some((pin) => pin === path || isUnder(path, pin));
  const counts = { onlyCold: new Counted(), both: new Counted(), unproven: new Counted(), pinned: new Counted() };
  const look = async (files: readonly FileEntry[]) => {
    const tiers = await tiersOf(
      io,
      files.map(({ sha }) => sha),
    );
    for (const { path, sha, size } of files) {
      const { hot, cold } = io.believed(tiers.get(sha) ?? NOWHERE);
      const kind = isPinned(path) ? 'pinned' : cold === null ? 'unproven' : hot ? 'both' : 'onlyCold';
      counts[kind].add(size);
    }
  };
  let batch: FileEntry[] = [];
  for (const part of parts) {
    for await (const file of filesAt(io.nodes, root, part)) {
      if (batch.push(file) < LOOKED_UP_AT_ONCE) continue;
      await look(batch);
      batch = [];
    }
  }
  await look(batch);
  return counts;
}

class Counted implements Amount {
  files = 0;
  bytes = 0;

  add(bytes: number, files = 1): void {
    this.files += files;
    this.bytes += bytes;
  }
}
