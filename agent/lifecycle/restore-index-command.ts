// `fs-sync restore-index --from-cold`: after NATS was lost, brings every project back to its last restore point. It needs both
// an empty NATS and the keys to cold, so it runs where a server would.
import { resolve } from 'node:path';
import { projectsOf, type RestoredProject, restoreIndex } from '../../core/lifecycle/restore-index.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { unreachable } from '../../core/model/assert.ts';
import { systemClock } from '../../core/model/clock.ts';
import { InvalidValueError, type ProjectName, parseProjectName } from '../../core/model/ids.ts';
import { commonEnv, type Env, natsEnv, readEnv, s3Env } from '../../core/settings/env.ts';
import { processLog } from '../../core/settings/process-log.ts';
import { whichNats } from '../../core/settings/which-nats.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { connectNats } from '../../core/store/nats-connect.ts';
import { natsEventLog } from '../../core/store/nats-event-log.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { indexBucket } from '../../core/store/nats-names.ts';
import { natsObjectStore } from '../../core/store/nats-object-store.ts';
import { ensureTenant } from '../../core/store/nats-setup.ts';
import { openCold } from '../../core/store/open-cold.ts';
import { filesText, sizeText } from '../progress/words.ts';

export interface RestoreIndexArgs {
  readonly fromCold?: boolean;
  readonly project?: string;
  /** also where NATS has projects */
  readonly missing?: boolean;
  readonly json?: boolean;
}

/** Files or whole projects are not in cold any more, or not intact; the others are back. */
export class NotWholeError extends Error {
  override name = 'NotWholeError';
}

/** @returns what to print
 *  @throws NotWholeError with the same, when something could not be proven; InvalidValueError, SettingsError,
 *          StoreUnavailableError  NATS or cold does not answer */
export async function restoreIndexCommand(args: RestoreIndexArgs, env: Env = process.env): Promise<string> {
  if (!args.fromCold) {
    throw new InvalidValueError(
      'restore-index fills an empty NATS from cold storage: give --from-cold if you mean that',
    );
  }
  const settings = readEnv({ ...commonEnv, ...natsEnv, ...s3Env }, env);
  const project = args.project === undefined ? undefined : parseProjectName(args.project);
  const tenant = settings.FS_TENANT;
  const log = processLog('restore-index', settings.LOG_LEVEL === 'info' ? 'warn' : settings.LOG_LEVEL);
  const cold = await openCold({ ...settings, FS_DATA_DIR: resolve(settings.FS_DATA_DIR) });
  const link = await connectNats({ ...whichNats(settings), name: 'fs-sync-restore-index', log });
  try {
    const hot = natsObjectStore(link, tenant, await ensureTenant(link, tenant));
    const index = natsKeyValue(link, indexBucket(tenant));
    if (!args.missing) await requireEmpty(index);
    const events = natsEventLog(link, tenant);
    const io = { tenant, hot, cold, nodes: objectNodes(hot), index, events, clock: systemClock, log };
    const { signal } = new AbortController();
    const restored = await restoreIndex(io, { signal, ...(project === undefined ? {} : { project }) });
    if (restored.length === 0) throw nothingThere(project, cold.kind);
    const text = args.json ? JSON.stringify(restored) : textOf(restored);
    if (restored.some(isNotWhole)) throw new NotWholeError(text);
    return text;
  } finally {
    await link.close();
  }
}

const isNotWhole = ({ outcome }: RestoredProject): boolean =>
  outcome.kind === 'failed' || ('unproven' in outcome && outcome.unproven.length > 0);

async function requireEmpty(index: KeyValue): Promise<void> {
  const there = await projectsOf(index);
  const [first] = there;
  if (first === undefined) return;
  const what = there.length === 1 ? `the project ${first}` : `${there.length} projects, such as ${first}`;
  throw new InvalidValueError(
    `NATS is not empty: it has ${what}. Give --missing to bring back those that it does not have; those that are there stay as they are`,
  );
}

const FILES_SHOWN = 20;

const textOf = (restored: readonly RestoredProject[]): string => restored.flatMap(linesOf).join('\n');

/** Who restores expects something to be there: most likely another place is meant. */
const nothingThere = (project: ProjectName | undefined, from: string): InvalidValueError =>
  new InvalidValueError(
    `cold storage (${from}) has no restore point${project === undefined ? '' : ` of ${project}`}, so nothing came back: check ${project === undefined ? '' : '--project, '}FS_TENANT, and the settings of cold storage (FS_DATA_DIR, or S3_BUCKET, S3_PREFIX and S3_ENDPOINT)`,
  );

function linesOf({ project, outcome }: RestoredProject): string[] {
  switch (outcome.kind) {
    case 'exists':
      return [`${project}  left as it is: NATS has it`];
    case 'renamed':
      return [`${project}  not brought back: it was renamed, and its history goes on in another project`];
    case 'failed':
      return [
        `${project}  not brought back: ${outcome.reason}`,
        `  When that is mended: npx fs-sync restore-index --from-cold --missing --project ${project}`,
      ];
    case 'restored':
    case 'deleted': {
      const { point, unproven } = outcome;
      const { files, bytes, ts, commit_sha } = point.current;
      const as = `${filesText(files)} (${sizeText(bytes)}) as of ${minute(ts)}, commit ${commit_sha.slice(0, 12)}`;
      const state = point.deleted
        ? `back as deleted, kept until ${minute(point.deleted.purge_after)}: npx fs-sync project undelete ${project}`
        : 'is back';
      const lines = [`${project}  ${state}: ${as}`];
      for (const { path, reason } of unproven.slice(0, FILES_SHOWN)) lines.push(`  ${path} cannot be read: ${reason}`);
      const more = unproven.length - FILES_SHOWN;
      if (more > 0) lines.push(`  and ${more} more cannot be read`);
      if (unproven.length > 0) lines.push(`  A node may have them: npx fs-sync job start repair --project ${project}`);
      return lines;
    }
    default:
      return unreachable(outcome);
  }
}

/** `2026-06-01 12:00 UTC` */
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;
