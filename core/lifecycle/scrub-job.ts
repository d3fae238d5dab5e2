// Reads a share of all that is current again, in hot and in cold, so that rot is found while another copy is good: files, and
// what their restore points name. The share moves with the days: after 1/share days every object was read.

import { listProjects } from '../commit/project.ts';
import { countOf } from '../job/count-of.ts';
import type { JobHandler } from '../job/job-context.ts';
import type { FileEntry } from '../model/entry.ts';
import type { Sha } from '../model/ids.ts';
import { ShaSet } from '../model/sha-set.ts';
import { atOnce } from '../tier/at-once.ts';
import { eitherTier } from '../tier/either-tier.ts';
import { filesIn } from '../tier/files-in.ts';
import { type HealIo, heal } from '../tier/heal.ts';
import { healMetadata, metadataOf } from '../tier/heal-metadata.ts';
import { readableRestorePoint } from '../tier/read-restore-point.ts';
import { LostParts, listingLostBytes } from './lost-bytes.ts';

const DAY_MS = 86_400_000;
const AT_ONCE = 2;

export function scrubJob(io: HealIo): JobHandler<'scrub'> {
  return async ({ task, dryRun, signal, report }) => {
    const day = Math.floor(io.tiers.clock.now() / DAY_MS);
    const inShare = shareOf(day, task.share);
    const seen = new ShaSet();
    const either = eitherTier(io.tiers);
    const lost = new LostParts(report);
    let healed = 0;
    for (const project of await listProjects(io.tiers.index)) {
      report.stage(`reading files of ${project}`);
      const files = filesIn(
        { index: io.tiers.index, nodes: either.nodes },
        { project, onUnreadable: lost.onUnreadable },
      );
      await atOnce(shareFiles(files, inShare, seen), AT_ONCE, signal, async ({ path, sha, size }) => {
        report.expect(1, size);
        const object = { sha, sizeBytes: size, project };
        const result = await listingLostBytes(report, { name: path, sha }, () =>
          heal(io, object, { thorough: true, dryRun, signal }),
        );
        if (result?.kind === 'lost') report.fail({ item: path, sha, reason: result.reason });
        if (result?.kind === 'healed') {
          healed += 1;
          report.plan({ item: path, bytes: size, reason: result.what });
        }
        report.did(1, size);
      });
      report.stage(`reading the manifest and history of ${project}`);
      const point = await readableRestorePoint(io.tiers.cold, project);
      const parts = point ? shareParts(metadataOf(either, point, lost.onUnreadable), inShare, seen) : [];
      await atOnce(parts, AT_ONCE, signal, async (sha) => {
        report.expect(1);
        const result = await listingLostBytes(report, { name: sha, sha }, () =>
          healMetadata(io, sha, project, { dryRun, signal }),
        );
        if (result?.kind === 'lost') lost.add(sha);
        if (result?.kind === 'healed') {
          healed += 1;
          report.plan({ item: sha, bytes: 0, reason: result.what });
        }
        report.did(1);
      });
    }
    return `Read ${countOf(seen.size, 'object')} in both tiers; ${dryRun ? 'would heal' : 'healed'} ${healed}.`;
  };
}

async function* shareFiles(files: AsyncIterable<FileEntry>, inShare: (sha: Sha) => boolean, seen: ShaSet) {
  for await (const file of files) {
    if (!inShare(file.sha) || seen.has(file.sha)) continue;
    seen.add(file.sha);
    yield file;
  }
}

async function* shareParts(parts: AsyncIterable<Sha>, inShare: (sha: Sha) => boolean, seen: ShaSet) {
  for await (const sha of parts) {
    if (!inShare(sha) || seen.has(sha)) continue;
    seen.add(sha);
    yield sha;
  }
}

/** Which objects are a day's: shas are spread evenly, so that a range of their first digits is a share of them. */
export function shareOf(day: number, share: number): (sha: Sha) => boolean {
  const parts = Math.max(1, Math.ceil(1 / share));
  const part = day % parts;
  return (sha) => Math.floor((Number.parseInt(sha.slice(0, 8), 16) / 2 ** 32) * parts) === part;
}
