// Takes a project off hot storage: everything is archived and proven, its workspaces leave their nodes, its objects leave
// hot. The project stays listed as cold, with its size and its age; a promotion, or the first read, brings it back.
import { readCurrent } from '../commit/current.ts';
import { countOf } from '../job/count-of.ts';
import type { JobHandler } from '../job/job-context.ts';
import { metadataObjects } from '../tier/evict.ts';
import { NoProjectError } from '../tier/files-in.ts';
import { pinnedObjects } from '../tier/pins.ts';
import { writeTier } from '../tier/project-tier.ts';
import { type ArchiveJobIo, archiveFiles } from './archive-job.ts';
import { execute, tellProjectEvicted } from './evict-job.ts';
import { heldOn, type LeaveIo, leaveNodes } from './leave-nodes.ts';
import { planByHand } from './plan-evict.ts';

export interface DeactivateJobIo extends ArchiveJobIo {
  readonly nodes: LeaveIo['nodes'];
}

export function deactivateJob(io: DeactivateJobIo): JobHandler<'deactivate'> {
  return async (context) => {
    const { id, task, started, dryRun, signal, report } = context;
    const { tiers } = io;
    const { project } = task;
    const at = await readCurrent(tiers.index, project);
    if (!at) throw new NoProjectError(project);
    if (dryRun) {
      const { files, bytes } = at.current;
      const staying = (await heldOn(io.nodes, project)).filter(({ isConfigured }) => isConfigured);
      if (staying.length > 0) {
        const whys = staying.map(({ root, stays }) => `${root}: ${stays}`).join('; ');
        return `Would archive what is not in cold yet, and evict nothing of ${project}, because a node keeps it. ${whys}.`;
      }
      return `Would archive what is not in cold yet, take ${project} off its nodes, and evict its ${countOf(files, 'file')} (${bytes} bytes).`;
    }
    await archiveFiles(io, project, context);
    if (report.failed > 0) return 'Not everything could be archived: it stays in hot and on its nodes.';
    const left = await leaveNodes({ nodes: io.nodes, clock: tiers.clock }, project, { signal, report });
    for (const { node, root, stays } of left) {
      report.fail({ item: `${node}:${root}`, reason: stays ?? 'its node has not removed it yet: look at its page' });
    }
    // What a node committed last, before it let go.
    await archiveFiles(io, project, context);
    if (report.failed > 0) return 'All is archived; it stays in hot, because a node still has it.';
    const keep = { pinned: await pinnedObjects(tiers), metadata: await metadataObjects(tiers) };
    const plan = await planByHand(tiers, { project }, keep, started);
    const evicted = await execute(tiers, plan, keep, { signal, report });
    await tellProjectEvicted(tiers, project, id, evicted);
    await writeTier(tiers.index, project, 'cold', tiers.clock.now());
    return `Archived, off its nodes, and ${countOf(evicted.objects, 'object')} (${evicted.bytes} bytes) left hot.`;
  };
}
