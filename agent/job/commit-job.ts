// Commits what a job changed, as one commit: bytes first (I1), then all paths together, so that nobody sees half of a
// job's work. Against other commits it is a writer like any node: the last one wins, and what it had not seen is told.
import { type CommitIo, commit } from '../../core/commit/commit.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import type { Actor } from '../../core/model/commit.ts';
import { DEFAULT_THRESHOLD } from '../../core/model/delete-threshold.ts';
import { type FileEntry, sameEntry } from '../../core/model/entry.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { orderOps, seenIn } from '../../core/sync/plan.ts';
import type { Disk } from '../disk/disk.ts';
import { diskPath, lstatIfThere } from '../disk/disk-path.ts';
import { type FileClock, type Fingerprint, NO_FINGERPRINT } from '../disk/fingerprint.ts';
import { Gate } from '../incoming/gate.ts';
import { isTooMuch } from '../outgoing/deletion-guard.ts';
import { goneFiles } from '../outgoing/gone-files.ts';
import { SMALL_BYTES, upload } from '../outgoing/upload.ts';
import { toProjectEntry, toProjectPath } from '../site.ts';
import type { WorkspaceState } from '../state/state.ts';
import type { Changes, PathNote } from './find-changes.ts';
import { patiently } from './patience.ts';

export interface CommitJobIo {
  readonly disk: Disk;
  readonly root: string;
  readonly fileClock: FileClock;
  readonly stores: CommitIo;
  readonly project: ProjectName;
  readonly prefix: RelPath | undefined;
  readonly actor: Actor;
  readonly message: string;
  /** I9: without being asked to, a job deletes no more than a workspace may */
  readonly allowDeletions: boolean;
  readonly state: Pick<WorkspaceState, 'rows'>;
  readonly signal: AbortSignal;
}

export type JobCommit =
  | { readonly kind: 'committed'; readonly commitSha: Sha; readonly changes: number }
  | { readonly kind: 'unchanged' };

/** What the job left cannot be committed whole. */
export class JobNotCommittedError extends Error {
  override name = 'JobNotCommittedError';
}

const SMALL_UPLOADS = 32;
const LARGE_UPLOADS = 2;
/** A program that the command left behind may still write. */
const CHANGING_TRIES = 5;
const CHANGING_PAUSE_MS = 200;

/** What was uploaded and is not committed in the end is swept like any other object that no commit names.
 *  Afterwards the rows are what was committed: what differs from them was written since.
 *  @throws JobNotCommittedError; StoreUnavailableError, StoreFullError, StoreDeniedError of hot */
export async function commitJob(io: CommitJobIo, changes: Changes): Promise<JobCommit> {
  const [lost] = changes.unreadable;
  if (lost) throw notCommitted(changes.unreadable);
  const uploaded = await uploadAll(io, changes.files);
  if (!io.allowDeletions) refuseManyDeletions(io, changes, uploaded);
  const ops: PathOp[] = changes.gone.map(({ entry }) => ({ kind: 'delete', path: entry.path, seen: seenIn(entry) }));
  for (const entry of [...uploaded.map((one) => one.entry), ...changes.emptyDirectories]) {
    const before = io.state.rows.at(entry.path)?.entry;
    if (!before || !sameEntry(before, entry)) ops.push({ kind: 'put', entry, seen: seenIn(before) });
  }
  if (ops.length === 0) {
    record(io, changes, uploaded);
    return { kind: 'unchanged' };
  }
  const { project, actor, message, signal, stores } = io;
  const request = { project, actor, message, signal, ops: orderOps(ops).map((op) => toProjectOp(io, op)) };
  const result = await patiently(stores.clock, signal, () => commit(stores, request));
  switch (result.kind) {
    case 'committed':
      record(io, changes, uploaded);
      return { kind: 'committed', commitSha: result.commitSha, changes: ops.length };
    case 'unchanged':
      record(io, changes, uploaded);
      return { kind: 'unchanged' };
    case 'mismatch':
    case 'no-project':
      throw new JobNotCommittedError(`the project ${project} does not exist any more`);
  }
}

/** I9: nobody is there to be asked, so what a workspace would ask about is not done. */
function refuseManyDeletions({ state }: CommitJobIo, { gone }: Changes, uploaded: readonly Uploaded[]): void {
  const { length: lost } = goneFiles(
    state.rows,
    gone.map(({ entry }) => entry),
    uploaded.map(({ entry }) => entry),
  );
  const { files } = state.rows.totals;
  if (!isTooMuch(DEFAULT_THRESHOLD, lost, files)) return;
  throw new JobNotCommittedError(
    `${lost} of ${files} files are gone, which is more than ${DEFAULT_THRESHOLD.files} and more than half: if that is meant, run it again with --allow-deletions`,
  );
}

interface Uploaded {
  readonly entry: FileEntry;
  readonly fingerprint: Fingerprint;
}

function record({ state }: CommitJobIo, { gone, emptyDirectories }: Changes, uploaded: readonly Uploaded[]): void {
  for (const { entry } of gone) state.rows.drop(entry.path);
  for (const entry of emptyDirectories) state.rows.put(entry, NO_FINGERPRINT);
  for (const { entry, fingerprint } of uploaded) state.rows.put(entry, fingerprint);
}

async function uploadAll(io: CommitJobIo, files: readonly RelPath[]): Promise<Uploaded[]> {
  const queue = [...files];
  const all: Uploaded[] = [];
  const problems: PathNote[] = [];
  const large = new Gate(LARGE_UPLOADS);
  const work = async () => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      const one = await uploadOne(io, path, large);
      if ('reason' in one) problems.push(one);
      else all.push(one);
    }
  };
  try {
    await Promise.all(Array.from({ length: SMALL_UPLOADS }, work));
  } finally {
    queue.length = 0;
  }
  if (problems.length > 0) throw notCommitted(problems);
  return all;
}

async function uploadOne(io: CommitJobIo, path: RelPath, large: Gate): Promise<Uploaded | PathNote> {
  const { disk, root, fileClock, signal, stores } = io;
  const uploadIo = { disk, root, fileClock, signal, objects: stores.objects, isKnown: () => false };
  const isLarge = (lstatIfThere(disk, diskPath(root, path))?.size ?? 0n) > SMALL_BYTES;
  if (isLarge) await large.enter();
  try {
    for (let tries = 1; ; tries++) {
      const done = await patiently(stores.clock, signal, () => upload(uploadIo, path));
      if (done.kind === 'uploaded') return done;
      if (done.kind === 'problem') return { path, reason: done.fault.reason };
      if (tries === CHANGING_TRIES) return { path, reason: 'It changes while it is read: something still writes it.' };
      await stores.clock.sleep(CHANGING_PAUSE_MS * tries, signal);
    }
  } finally {
    if (isLarge) large.leave();
  }
}

const LISTED = 10;

function notCommitted(notes: readonly PathNote[]): JobNotCommittedError {
  const lines = notes.slice(0, LISTED).map(({ path, reason }) => `\n  ${path}: ${reason}`);
  const more = notes.length > LISTED ? `\n  and ${notes.length - LISTED} more` : '';
  return new JobNotCommittedError(`these could not be read:${lines.join('')}${more}`);
}

function toProjectOp(io: CommitJobIo, op: PathOp): PathOp {
  if (op.kind === 'put') return { ...op, entry: toProjectEntry(io, op.entry) };
  return op.kind === 'delete' ? { ...op, path: toProjectPath(io, op.path) } : op;
}
