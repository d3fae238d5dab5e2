// Puts together what all parts of one open workspace share (`site.ts`).
import { join } from 'node:path';
import { Lineage } from '../core/commit/lineage.ts';
import { DEFAULT_THRESHOLD } from '../core/model/delete-threshold.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { recallFor, recallingObjects } from '../core/tier/recall.ts';
import { Limits } from './assign/limits.ts';
import { fileClock, probeFileClock } from './disk/fingerprint.ts';
import { IgnoreRules } from './ignore/ignore-rules.ts';
import { DisplacedEdits } from './incoming/displaced-edits.ts';
import { nameKeeping } from './incoming/name-clash.ts';
import { transfersWithin } from './limits/transfers.ts';
import { stagingFolder } from './marker.ts';
import type { Opened } from './opening.ts';
import type { RecentPuts } from './outgoing/recent-puts.ts';
import { countedObjects } from './progress/counted-objects.ts';
import type { WorkspaceProgress } from './progress/workspace-progress.ts';
import type { Site } from './site.ts';
import type { Heard } from './state/heard.ts';
import { steadyClock } from './state/steady-clock.ts';
import { Announcer } from './subscribe/announcer.ts';
import type { WorkspaceHost } from './workspace-host.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

/** What the open workspace adds. */
export interface SiteParts {
  readonly progress: WorkspaceProgress;
  readonly recent: RecentPuts;
  readonly heard: Heard;
  readonly signal: AbortSignal;
  isThere(): boolean;
  rulesChanged(dir: RelPath | ''): void;
  rulesUnread(path: RelPath): void;
}

export function makeSite(host: WorkspaceHost, spec: WorkspaceSpec, opened: Opened, parts: SiteParts): Site {
  const { node, stores, clock, log, deleteThreshold, answerTo, changed } = host;
  const recall = host.recall && recallFor(host.recall, spec.project);
  const { progress, recent, heard, signal } = parts;
  const { root, state, problems, troubles } = opened;
  const { disk, naming } = nameKeeping(opened.disk, root, stagingFolder(root));
  const objects = countedObjects(stores.objects, progress.up, progress.down);
  const announcer = new Announcer(host.feeds.of(spec), state);
  return {
    node,
    project: spec.project,
    prefix: spec.prefix,
    root,
    disk,
    stores: { ...stores, objects: recent.ofFiles(objects) },
    contents: recall ? recallingObjects(objects, recall) : objects,
    recall,
    hints: host.hints,
    commits: recent.ofCommits(stores),
    state,
    problems,
    displaced: new DisplacedEdits(problems),
    troubles,
    clock: steadyClock(clock),
    fileClock: fileClock(probeFileClock(disk, join(stagingFolder(root), 'clock')), () => clock.now()),
    naming,
    transfers: host.transfers ?? transfersWithin(host.limits ?? new Limits(), clock),
    log,
    heard,
    lineage: new Lineage(stores.objects),
    announcer,
    signal,
    mode: spec.mode ?? 'two-way',
    deleteThreshold: spec.deleteThreshold ?? deleteThreshold ?? DEFAULT_THRESHOLD,
    answerTo: answerTo ?? (() => undefined),
    isThere: () => parts.isThere(),
    ignores: new IgnoreRules(spec.prefix),
    rulesChanged: (dir) => parts.rulesChanged(dir),
    rulesUnread: (path) => parts.rulesUnread(path),
    changed: () => {
      announcer.check();
      changed();
    },
  };
}
