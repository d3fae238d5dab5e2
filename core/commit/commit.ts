// Moves `current` to a manifest that has some ops applied (DESIGN §5). Everything before the swap can be repeated and is
// invisible; the swap is one compare-and-swap; events are derived from the chain afterwards (`event/announce.ts`).
import type { NodeIo } from '../manifest/tree.ts';
import type { Clock } from '../model/clock.ts';
import type { Actor, Commit, CurrentAt } from '../model/commit.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { currentKey } from '../model/index-keys.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { askAgain } from './ask-again.ts';
import { walkChain } from './chain.ts';
import type { ColdProofs } from './cold-proofs.ts';
import { Contention } from './contention.ts';
import { encodeCurrent, readCurrent } from './current.ts';
import type { KeptBeside } from './keep-both.ts';
import type { PathOp } from './path-op.ts';
import { type PreparedCommit, prepareCommit } from './prepare-commit.ts';
import type { GaveWay, ReplacedUnseen } from './resolve-ops.ts';

export interface CommitIo {
  readonly objects: ObjectStore;
  readonly nodes: NodeIo;
  readonly index: KeyValue;
  readonly clock: Clock;
  /** who proves what a strict project's commits bring; absent: such projects take no commits from here */
  readonly proofs?: ColdProofs;
  /** 0 ≤ value < 1; spreads committers that wait. Default Math.random; simulations give their seeded own. */
  readonly random?: () => number;
}

export interface CommitRequest {
  readonly project: ProjectName;
  /** Applied in order, onto whatever `current` is: the last writer wins per path. */
  readonly ops: readonly PathOp[];
  /** I1: resolves when the ops' objects are in hot; absent: they are. The commit is prepared meanwhile, and `current` waits
   *  for it. When it rejects, so does the commit, and nothing has moved. */
  readonly objects?: Promise<unknown>;
  /** What cold has been asked about, and has proven, for this commit already: it is not asked again. */
  readonly proven?: ReadonlySet<Sha>;
  readonly actor: Actor;
  readonly message?: string;
  /** What `current` was when the caller last heard of it: saves asking. When it has moved since, the first try is lost. */
  readonly lastHeard?: CurrentAt;
  /** Commit only if this is the current commit; never rebased. */
  readonly ifMatch?: Sha;
  /** Commit only where the project has at the ops' paths what their `seen` says, or what they make; elsewhere it may have
   *  moved on. Absent: an op wins over what it has not seen. */
  readonly onlySeen?: true;
  readonly signal?: AbortSignal;
}

export type CommitResult =
  | {
      readonly kind: 'committed';
      readonly commit: Commit;
      readonly commitSha: Sha;
      /** `current` as it is now; someone may have built on the commit already */
      readonly at: CurrentAt;
      /** where ops won over what their committer had not seen; all of them */
      readonly conflicts: readonly ReplacedUnseen[];
      /** what the policy `keep-both` added: the losers, beside the winners */
      readonly besides: readonly KeptBeside[];
      /** the commit that was current before; between the two there may be one that keeps what gave way in history */
      readonly onto: Sha;
      /** files of the ops that were not put, because the project's are as late */
      readonly gaveWay: readonly GaveWay[];
    }
  /** the ops change nothing */
  | { readonly kind: 'unchanged'; readonly at: CurrentAt; readonly gaveWay: readonly GaveWay[] }
  /** `ifMatch` is not the current commit; or, with `onlySeen`, an op met what it has not seen */
  | { readonly kind: 'mismatch'; readonly at: CurrentAt }
  | { readonly kind: 'no-project' };

/** after a swap that was not answered; each further pause is twice as long */
const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 2_000;

/** @throws StoreUnavailableError  the commit may or may not be visible; repeating the same ops is safe (I1) */
export async function commit(io: CommitIo, request: CommitRequest): Promise<CommitResult> {
  const { project, signal } = request;
  // Where the commit ends before it asks for them, their failure is nobody's.
  request.objects?.catch(() => {});
  const contention = contentionOf(io, project);
  const unanswered: PreparedCommit[] = [];
  let heard = request.lastHeard;
  for (;;) {
    const pauseMs = contention.pauseMs(io.random ?? Math.random);
    if (pauseMs > 0) await io.clock.sleep(pauseMs, signal);
    signal?.throwIfAborted();
    // Where many commit, what was heard is old by now.
    const isHearsay = heard !== undefined && pauseMs === 0;
    const beganAt = io.clock.now();
    const { at, landed } = isHearsay ? { at: heard } : await look(io, request, unanswered);
    heard = undefined;
    const result = landed ?? (await attempt(io, request, at));
    switch (result.kind) {
      case 'committed':
        contention.won();
        return result;
      case 'unanswered':
        // A store that refuses at once is not asked again at once, however many refusals that takes.
        await io.clock.sleep(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** unanswered.length), signal);
        unanswered.push(result.prepared);
        break;
      case 'moved':
        if (!isHearsay) contention.lost(io.clock.now() - beganAt);
        break;
      default:
        if (!isHearsay) return result;
    }
  }
}

/** Each committer's own memory of how crowded its projects are. It lives as long as the committer's `io`. */
const contentions = new WeakMap<CommitIo, Map<ProjectName, Contention>>();

function contentionOf(io: CommitIo, project: ProjectName): Contention {
  const own = contentions.get(io) ?? new Map<ProjectName, Contention>();
  contentions.set(io, own);
  const contention = own.get(project) ?? new Contention();
  own.set(project, contention);
  return contention;
}

type Committed = Extract<CommitResult, { kind: 'committed' }>;

/** What is current now; and our commit, if one whose swap was not answered is there after all. */
async function look(
  io: CommitIo,
  { project, signal }: CommitRequest,
  unanswered: readonly PreparedCommit[],
): Promise<{ readonly at: CurrentAt | undefined; readonly landed?: Committed | undefined }> {
  // What an older one has would make `unchanged` of a change.
  if (unanswered.length === 0) return { at: await readCurrent(io.index, project, { newest: true }) };
  const ask = async () => {
    const at = await readCurrent(io.index, project, { newest: true });
    return { at, landed: at && (await findLanded(io, at, unanswered)) };
  };
  return askAgain(io.clock, ask, signal);
}

/** A longer chain than this is not followed: nobody commits so much while one committer waits for one answer. */
export const MAX_FOLLOWED = 10_000;

/** Looks for one of our commits between what is current and what the first of them was built on: others may have built on
 *  it already. @throws StoreUnavailableError  whether it is there is unknown */
async function findLanded(
  io: CommitIo,
  at: CurrentAt,
  unanswered: readonly PreparedCommit[],
): Promise<Committed | undefined> {
  const [oldest] = unanswered;
  const base = oldest?.onto;
  if (at.current.commit_sha === base) return undefined;
  let followed = 0;
  for await (const { sha } of walkChain(io.objects, at.current.commit_sha)) {
    const ours = unanswered.find(({ commitSha }) => commitSha === sha);
    if (ours) return { ...ours, kind: 'committed', at };
    if (sha === base) return undefined;
    if (++followed === MAX_FOLLOWED) {
      throw new StoreUnavailableError('hot', `whether a commit to ${at.project} was made is not known: say it again`);
    }
  }
  return undefined;
}

/** Someone else was first: rebase on what is current now. */
interface Moved {
  readonly kind: 'moved';
}

/** Whether the swap was made is not known yet. */
interface Unanswered {
  readonly kind: 'unanswered';
  readonly prepared: PreparedCommit;
}

async function attempt(
  io: CommitIo,
  request: CommitRequest,
  at: CurrentAt | undefined,
): Promise<CommitResult | Moved | Unanswered> {
  if (!at) return { kind: 'no-project' };
  if (request.ifMatch !== undefined && at.current.commit_sha !== request.ifMatch) return { kind: 'mismatch', at };
  const prepared = await prepareCommit(io, at, request);
  if (prepared.kind === 'unseen') return { kind: 'mismatch', at };
  if (prepared.kind === 'unchanged') return { ...prepared, at };
  return swap(io, at, prepared);
}

async function swap(io: CommitIo, at: CurrentAt, prepared: PreparedCommit): Promise<Committed | Moved | Unanswered> {
  const { commit: next, commitSha } = prepared;
  const current = {
    manifest_sha: next.manifest_sha,
    commit_sha: commitSha,
    files: next.files,
    bytes: next.bytes,
    ts: next.ts,
    ...(at.current.strict && { strict: at.current.strict }),
    ...(prepared.changes && { changes: prepared.changes }),
  };
  try {
    const outcome = await io.index.compareAndSet(currentKey(at.project), encodeCurrent(current), at.revision);
    if (outcome.kind === 'moved') return { kind: 'moved' };
    return { ...prepared, kind: 'committed', at: { ...at, current, revision: outcome.revision } };
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    return { kind: 'unanswered', prepared };
  }
}
