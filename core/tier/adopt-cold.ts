// Makes the cold storage that is connected the one that the records speak of, where they speak of another. No record of the
// other one stays a proof (I3): what hot has is archived anew by a reconcile, what only cold had is looked for here, and what
// is in neither is named. Every step can be repeated; until the last one the server goes on refusing.
import { listProjects } from '../commit/project.ts';
import { type ProjectName, parseSha, type Sha } from '../model/ids.ts';
import { objectKey } from '../model/index-keys.ts';
import type { ObjectRecord } from '../model/object-record.ts';
import type { RelPath } from '../model/rel-path.ts';
import { archivedEvent } from './archive-object.ts';
import { type ColdStanding, coldStanding, takeCold } from './cold-identity.ts';
import { filesIn } from './files-in.ts';
import { changeRecord, coldOf, readRecord } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

export interface LostFile {
  readonly project: ProjectName;
  readonly path: RelPath;
  readonly sha: Sha;
}

export type AdoptOutcome =
  /** it was the right one already */
  | { readonly kind: 'own' }
  | {
      readonly kind: 'adopted';
      /** objects in hot that are to be archived anew */
      readonly toArchive: number;
      /** objects that hot does not have, and that lie here with their length; read before they count as proven */
      readonly foundHere: number;
      /** current files that are in neither */
      readonly lost: readonly LostFile[];
    };

/** @param place  where the settings have this cold storage, in words for people
 *  @throws StoreUnavailableError and the like: run it again */
export async function adoptCold(io: TierIo, place: string): Promise<AdoptOutcome> {
  const identity = { cold: io.cold, index: io.index, place };
  const standing: ColdStanding = await coldStanding(identity);
  if (standing.kind === 'own') return { kind: 'own' };
  const adoptedAt = io.clock.now();
  await io.cold.probe();
  let toArchive = 0;
  let foundHere = 0;
  const lost = new Set<Sha>();
  for await (const key of io.index.keys(objectKey('*'))) {
    const sha = parseSha(key.split('.')[1] ?? '');
    const found = await forgetOther(io, sha);
    if (found === 'hot') toArchive += 1;
    if (found === 'here') foundHere += 1;
    if (found === 'nowhere') lost.add(sha);
  }
  const named = await filesOf(io, lost);
  await takeCold(identity, standing.kind === 'strange' ? { known: standing.known, adoptedAt } : undefined);
  return { kind: 'adopted', toArchive, foundHere, lost: named };
}

/** The record is changed as it is found, so that a second run says the same. */
async function forgetOther(io: TierIo, sha: Sha): Promise<'hot' | 'here' | 'nowhere' | 'unrecorded'> {
  const record = await readRecord(io.index, sha);
  if (!record) return 'unrecorded';
  const inHot = (await io.hot.stat(sha)).kind === 'present';
  const check = inHot ? undefined : await io.cold.check(sha, { sizeBytes: record.size });
  if (check?.kind !== 'proven') {
    await changeRecord(io.index, sha, (was) => was && withoutCold(was));
    return inHot ? 'hot' : 'nowhere';
  }
  const unread = check.proof.checksumMatched ? {} : { unread: true as const };
  const changed = await changeRecord(
    io.index,
    sha,
    (was) => was && { ...withoutCold(was), cold: { ...coldOf(check.proof), ...unread } },
  );
  const event = changed && archivedEvent(io, undefined, sha, changed);
  if (event) await io.events.publish([event]);
  return 'here';
}

function withoutCold(record: ObjectRecord): ObjectRecord {
  if (record.cold === undefined && record.cold_damaged === undefined) return record;
  const { cold: _, cold_damaged: __, ...rest } = record;
  return rest;
}

async function filesOf(io: TierIo, shas: ReadonlySet<Sha>): Promise<LostFile[]> {
  const files: LostFile[] = [];
  if (shas.size === 0) return files;
  for (const project of await listProjects(io.index)) {
    for await (const { path, sha } of filesIn(io, { project })) if (shas.has(sha)) files.push({ project, path, sha });
  }
  return files;
}
