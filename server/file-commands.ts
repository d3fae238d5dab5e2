// Carries out what people and programs ask of a project's files. Commits of one actor that come at the same time share one swap.
import type { CommitAsked, CommitOutcome, FileCommands, FileOp, Incoming, WrongBytes } from '../app/file-commands.ts';
import type { CommitIo } from '../core/commit/commit.ts';
import { Committer, type SubmitResult } from '../core/commit/committer.ts';
import { readCurrent } from '../core/commit/current.ts';
import type { PathOp } from '../core/commit/path-op.ts';
import { getEntry } from '../core/manifest/get.ts';
import { unreachable } from '../core/model/assert.ts';
import type { Actor, CurrentAt } from '../core/model/commit.ts';
import { isFile } from '../core/model/entry.ts';
import type { Sha } from '../core/model/ids.ts';
import { ObjectCorruptError } from '../core/store/store-errors.ts';
import { missingObject, type NamedObjectsIo } from './named-objects.ts';
import { refusedOp } from './refused-op.ts';
import { readOnce } from './staging/once.ts';
import { spool } from './staging/spool.ts';
import type { Staging } from './staging/staging.ts';

export interface FileCommandIo extends CommitIo, Pick<NamedObjectsIo, 'recall' | 'ending'> {
  readonly staging: Staging;
  /** Resolves when this server has heard of that `current`, or a later one: who commits and then reads finds it. */
  heard(at: CurrentAt): Promise<void>;
}

const DEFAULT_FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
/** A commit whose checks hold for one `current` only is tried again when that has moved. */
const MOVE_TRIES = 10;

export function fileCommands(io: FileCommandIo): FileCommands {
  const committer = new Committer(io);

  /** Hashed on the way; what the sender did not announce is counted on this server's disk first. */
  async function putObject(sha: Sha, { bytes, sizeBytes }: Incoming) {
    try {
      if (sizeBytes === undefined) return await putCounted(sha, bytes);
      const { source, checkUnread } = readOnce(bytes);
      await io.objects.put(sha, sizeBytes, source);
      await checkUnread(sha, sizeBytes);
      return { kind: 'stored', sizeBytes } as const;
    } catch (error) {
      // The store's own copy can be corrupt too, but a put does not read it.
      if (error instanceof ObjectCorruptError) return wrong(error.detail);
      throw error;
    }
  }

  async function putCounted(sha: Sha, bytes: AsyncIterable<Uint8Array>) {
    const spooled = await spool(io.staging, bytes);
    try {
      if (spooled.sha !== sha) return wrong(`the bytes have the SHA-256 ${spooled.sha}`);
      await io.objects.put(sha, spooled.sizeBytes, spooled.body);
      return { kind: 'stored', sizeBytes: spooled.sizeBytes } as const;
    } finally {
      await spooled.remove();
    }
  }

  async function storeBytes({ bytes }: Incoming) {
    const { sha, sizeBytes, body, remove } = await spool(io.staging, bytes);
    try {
      await io.objects.put(sha, sizeBytes, body);
      return { sha, sizeBytes };
    } finally {
      await remove();
    }
  }

  async function commitOnce(actor: Actor, asked: CommitAsked): Promise<CommitOutcome | 'again'> {
    const { project, ops, message, ifMatch, onlySeen } = asked;
    const at = await readCurrent(io.index, project, { newest: true });
    if (!at) return { kind: 'no-project' };
    if (ifMatch !== undefined && at.current.commit_sha !== ifMatch) return movedTo(at);
    const refused = await refusedOp(io.nodes, at.current.manifest_sha, ops);
    if (refused) return { kind: 'op-refused', ...refused };
    const now = io.clock.now();
    const pathOps = await Promise.all(ops.map((op) => pathOpOf(io, at, op, now)));
    // What was found at the moves' paths holds for this `current` alone.
    const isPinned = ifMatch !== undefined || ops.some(({ kind }) => kind === 'move');
    const result = await committer.submit({
      project,
      actor,
      ops: pathOps,
      ...(message !== undefined && { message }),
      ...(onlySeen && { onlySeen }),
      ...(isPinned && { ifMatch: at.current.commit_sha }),
      lastHeard: at,
    });
    if (result.kind === 'mismatch' && isPinned && result.at.current.commit_sha !== at.current.commit_sha) {
      return ifMatch === undefined ? 'again' : movedTo(result.at);
    }
    if ('at' in result) await io.heard(result.at);
    return outcomeOf(result);
  }

  return {
    putObject,
    storeBytes,
    async commit(actor, asked) {
      const { project, ops } = asked;
      const missing = await missingObject(io, project, ops);
      let outcome: CommitOutcome | 'again' = missing ? { kind: 'op-refused', ...missing } : 'again';
      for (let tries = 0; outcome === 'again' && tries < MOVE_TRIES; tries++) outcome = await commitOnce(actor, asked);
      return outcome === 'again' ? { kind: 'commits-busy' } : outcome;
    },
  };
}

const wrong = (detail: string): WrongBytes => ({ kind: 'wrong-bytes', detail });

const movedTo = ({ current }: CurrentAt): CommitOutcome => ({ kind: 'commit-moved', current: current.commit_sha });

async function pathOpOf(
  { nodes }: Pick<CommitIo, 'nodes'>,
  { current }: CurrentAt,
  op: FileOp,
  now: number,
): Promise<PathOp> {
  switch (op.kind) {
    case 'put': {
      const { path, sha, sizeBytes, mode, modifiedAt = now, seen } = op;
      const before = mode === undefined ? await getEntry(nodes, current.manifest_sha, path) : undefined;
      const known = before && isFile(before) ? before.mode : DEFAULT_FILE_MODE;
      const entry = { path, sha, size: sizeBytes, mode: mode ?? known, mtime: modifiedAt };
      return { kind: 'put', entry, ...(seen !== undefined && { seen }) };
    }
    case 'directory':
      return { kind: 'put', entry: { path: op.path, dir: true, mode: DIRECTORY_MODE }, seen: 'absent' };
    case 'delete':
      return { kind: 'delete', path: op.path, ...(op.seen !== undefined && { seen: op.seen }) };
    case 'move':
      return { kind: 'move', from: op.from, to: op.to };
    default:
      return unreachable(op);
  }
}

function outcomeOf(result: SubmitResult): CommitOutcome {
  switch (result.kind) {
    case 'committed': {
      const { commitSha, commit, conflicts, besides, isShared } = result;
      return {
        kind: 'committed',
        commit: commitSha,
        counts: commit.counts,
        conflicts: conflicts.map(({ path, won, lost }) => ({ path, won, lost })),
        kept: besides.map(({ path }) => path),
        isShared,
      };
    }
    case 'unchanged':
      return { kind: 'unchanged', commit: result.at.current.commit_sha };
    case 'mismatch':
      return movedTo(result.at);
    case 'no-project':
      return { kind: 'no-project' };
    case 'busy':
      return { kind: 'commits-busy' };
    default:
      return unreachable(result);
  }
}
