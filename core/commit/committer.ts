// The way in which one process commits: while a commit of a project is under way, all that comes in waits and goes into the
// next one together. Many writers of a process then cost one compare-and-swap, never race each other, and wait in a line
// that has an end: who comes when it is full is told so, and can wait for room.
import { assert } from '../model/assert.ts';
import { InvalidValueError, type ProjectName } from '../model/ids.ts';
import { type CommitIo, type CommitRequest, type CommitResult, commit } from './commit.ts';
import type { PathOp } from './path-op.ts';
import { pathsOf, TouchedPaths } from './touched-paths.ts';

export interface CommitterLimits {
  /** ops that wait, of all projects together; default 100,000 */
  readonly maxWaitingOps: number;
  /** about the memory that they take; default 64 MiB */
  readonly maxWaitingBytes: number;
  /** ops that share one commit; default 20,000 */
  readonly maxSharedOps: number;
}

const DEFAULT_LIMITS: CommitterLimits = {
  maxWaitingOps: 100_000,
  maxWaitingBytes: 64 * 1024 * 1024,
  maxSharedOps: 20_000,
};

type Committed = Extract<CommitResult, { kind: 'committed' }>;

export type SubmitResult =
  /** `isShared`: the commit holds others' ops too, so that its manifest is more than what the caller asked for */
  | (Committed & { readonly isShared: boolean })
  | Exclude<CommitResult, Committed>
  /** too much waits already; nothing was done */
  | { readonly kind: 'busy' };

interface Waiting {
  readonly request: CommitRequest;
  readonly sizeBytes: number;
  readonly resolve: (result: SubmitResult) => void;
  readonly reject: (error: unknown) => void;
  /** listens to the request's signal while it waits */
  readonly takeBack: () => void;
}

export class Committer {
  private readonly limits: CommitterLimits;
  private readonly lines = new Map<ProjectName, Waiting[]>();
  private waitingOps = 0;
  private waitingBytes = 0;
  private wakeForRoom: (() => void)[] = [];

  constructor(
    private readonly io: CommitIo,
    limits: Partial<CommitterLimits> = {},
  ) {
    this.limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** As `commit`. The commit of the result may hold other callers' ops too, when they have the same actor and are about other
   *  paths; its `conflicts`, `besides` and `gaveWay` are the caller's own. The signal takes back what waits; a commit under way it only ends when
   *  all who share it have the same. */
  submit(request: CommitRequest): Promise<SubmitResult> {
    // Its turn may come after they have failed, or never; a failure that nobody listens to would end the process.
    request.objects?.catch(() => undefined);
    if (request.signal?.aborted) return Promise.reject(request.signal.reason);
    const sizeBytes = request.ops.reduce((sum, op) => sum + opBytes(op), 0);
    const line = this.lines.get(request.project);
    if (line && !this.hasRoom(request.ops.length, sizeBytes)) return Promise.resolve({ kind: 'busy' });
    return new Promise((resolve, reject) => {
      const takeBack = () => this.takeBack(waiting);
      const waiting: Waiting = { request, sizeBytes, resolve, reject, takeBack };
      this.begin(waiting);
      if (line) {
        line.push(waiting);
        return;
      }
      const started = [waiting];
      this.lines.set(request.project, started);
      void this.run(request.project, started);
    });
  }

  /** Resolves when there is room for a request again; rejects with the signal's reason. Others may be quicker: a request
   *  can be told `busy` once more. */
  async room(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (!this.hasRoom(1, 0)) {
      await new Promise<void>((resolve, reject) => {
        const give = () => reject(signal?.reason);
        signal?.addEventListener('abort', give, { once: true });
        this.wakeForRoom.push(() => {
          signal?.removeEventListener('abort', give);
          resolve();
        });
      });
    }
  }

  /** One request may be larger than all that may wait; then it waits alone. */
  private hasRoom(ops: number, bytes: number): boolean {
    if (this.waitingOps === 0) return true;
    const { maxWaitingOps, maxWaitingBytes } = this.limits;
    return this.waitingOps + ops <= maxWaitingOps && this.waitingBytes + bytes <= maxWaitingBytes;
  }

  private begin(waiting: Waiting): void {
    this.waitingOps += waiting.request.ops.length;
    this.waitingBytes += waiting.sizeBytes;
    waiting.request.signal?.addEventListener('abort', waiting.takeBack, { once: true });
  }

  private end({ request, sizeBytes, takeBack }: Waiting): void {
    this.waitingOps -= request.ops.length;
    this.waitingBytes -= sizeBytes;
    request.signal?.removeEventListener('abort', takeBack);
    const woken = this.wakeForRoom;
    this.wakeForRoom = [];
    for (const wake of woken) wake();
  }

  private takeBack(waiting: Waiting): void {
    const line = this.lines.get(waiting.request.project);
    const index = line?.indexOf(waiting) ?? -1;
    if (index < 0) return;
    line?.splice(index, 1);
    this.end(waiting);
    waiting.reject(waiting.request.signal?.reason);
  }

  private async run(project: ProjectName, line: Waiting[]): Promise<void> {
    // What the commit before left as current is what the next one most likely finds.
    let heard: CommitRequest['lastHeard'];
    while (line.length > 0) {
      const batch = takeBatch(line, this.limits.maxSharedOps);
      for (const waiting of batch) this.end(waiting);
      const result = await this.commitBatch(batch, heard);
      heard = result && 'at' in result ? result.at : undefined;
    }
    this.lines.delete(project);
  }

  /** Never throws. @returns what the last commit came to, if one did */
  private async commitBatch(
    batch: readonly Waiting[],
    heard: CommitRequest['lastHeard'],
  ): Promise<CommitResult | undefined> {
    try {
      const result = await commit(this.io, sharedRequest(batch, heard));
      let from = 0;
      for (const { request, resolve } of batch) {
        const to = from + request.ops.length;
        const own = ownPart(result, from, to);
        resolve(own.kind === 'committed' ? { ...own, isShared: batch.length > 1 } : own);
        from = to;
      }
      return result;
    } catch (error) {
      // An op that cannot be carried out fails its own request, not those that happened to share a commit with it.
      if (batch.length === 1 || !(error instanceof InvalidValueError)) {
        for (const { reject } of batch) reject(error);
        return undefined;
      }
      let last: CommitResult | undefined;
      for (const one of batch) last = await this.commitBatch([one], last && 'at' in last ? last.at : undefined);
      return last;
    }
  }
}

/** The first request and those behind it that can share its commit. */
function takeBatch(line: Waiting[], maxOps: number): Waiting[] {
  const first = line.shift();
  if (!first) return [];
  const batch = [first];
  const touched = new TouchedPaths();
  touched.add(first.request.ops);
  let ops = first.request.ops.length;
  for (let next = line[0]; next; next = line[0]) {
    const { request } = next;
    ops += request.ops.length;
    if (ops > maxOps || !canShare(first.request, request) || touched.meets(request.ops)) break;
    touched.add(request.ops);
    batch.push(next);
    line.shift();
  }
  return batch;
}

/** They say nothing of their own about the commit, and are the same actor's. */
function canShare(a: CommitRequest, b: CommitRequest): boolean {
  const isPlain = ({ ifMatch, onlySeen, message, objects }: CommitRequest) =>
    ifMatch === undefined && onlySeen === undefined && message === undefined && objects === undefined;
  return isPlain(a) && isPlain(b) && a.actor.kind === b.actor.kind && a.actor.id === b.actor.id;
}

function sharedRequest(batch: readonly Waiting[], heard: CommitRequest['lastHeard']): CommitRequest {
  const requests = batch.map(({ request }) => request);
  const [first] = requests;
  assert(first, 'a batch has a request');
  const { lastHeard: _, signal, ...request } = first;
  const newest = requests.reduce((best, { lastHeard }) => {
    return lastHeard && lastHeard.revision > (best?.revision ?? 0) ? lastHeard : best;
  }, heard);
  return {
    ...request,
    ops: requests.length === 1 ? first.ops : requests.flatMap(({ ops }) => ops),
    ...(newest && { lastHeard: newest }),
    ...(signal && requests.every((one) => one.signal === signal) && { signal }),
  };
}

/** What a shared commit means for the ops from `from` up to `to` of it. */
function ownPart(result: CommitResult, from: number, to: number): CommitResult {
  const own = <T extends { readonly op: number }>(all: readonly T[]): T[] =>
    all.filter(({ op }) => op >= from && op < to).map((one) => ({ ...one, op: one.op - from }));
  switch (result.kind) {
    case 'committed':
      return {
        ...result,
        conflicts: own(result.conflicts),
        besides: own(result.besides),
        gaveWay: own(result.gaveWay),
      };
    case 'unchanged':
      return { ...result, gaveWay: own(result.gaveWay) };
    default:
      return result;
  }
}

/** About what an op holds in memory: its objects, a sha, and two bytes a letter at the most. */
const opBytes = (op: PathOp): number => 300 + pathsOf(op).reduce((sum, path) => sum + 2 * path.length, 0);
