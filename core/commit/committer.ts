// Coalesces commits: while one of a project is under way, all that comes in waits and goes into the next one together.
// Many writers of one process then cost one compare-and-swap, and never race each other.
import { InvalidValueError, type ProjectName } from '../model/ids.ts';
import { type CommitIo, type CommitRequest, type CommitResult, commit } from './commit.ts';

/** Most ops that one commit takes in; what is over waits for the next. */
const MAX_OPS = 20_000;

interface Waiting {
  readonly request: CommitRequest;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

export class Committer {
  private readonly lines = new Map<ProjectName, Waiting[]>();

  constructor(private readonly io: CommitIo) {}

  /** As `commit`; the commit of the result may hold other callers' ops too, when they have the same actor. */
  submit(request: CommitRequest): Promise<CommitResult> {
    return new Promise((resolve, reject) => {
      const line = this.lines.get(request.project);
      const waiting = { request, resolve, reject };
      if (line) {
        line.push(waiting);
        return;
      }
      const started = [waiting];
      this.lines.set(request.project, started);
      void this.run(request.project, started);
    });
  }

  private async run(project: ProjectName, line: Waiting[]): Promise<void> {
    while (line.length > 0) {
      const batch = takeBatch(line);
      await this.commitBatch(batch);
    }
    this.lines.delete(project);
  }

  private async commitBatch(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch;
    if (!first) return;
    try {
      const ops = batch.length === 1 ? first.request.ops : batch.flatMap(({ request }) => request.ops);
      const result = await commit(this.io, { ...first.request, ops });
      for (const { resolve } of batch) resolve(result);
    } catch (error) {
      // An op that cannot be carried out fails its own request, not those that happened to share a commit with it.
      if (batch.length > 1 && error instanceof InvalidValueError)
        for (const one of batch) await this.commitBatch([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

/** The first request and those behind it that can share its commit: they say nothing of their own about it. */
function takeBatch(line: Waiting[]): Waiting[] {
  const first = line.shift();
  if (!first) return [];
  const batch = [first];
  let ops = first.request.ops.length;
  while (line[0] && canShare(first.request, line[0].request) && ops + line[0].request.ops.length <= MAX_OPS) {
    const next = line.shift();
    if (!next) break;
    ops += next.request.ops.length;
    batch.push(next);
  }
  return batch;
}

function canShare(a: CommitRequest, b: CommitRequest): boolean {
  const plain = (request: CommitRequest) =>
    request.ifMatch === undefined && request.message === undefined && request.signal === undefined;
  return plain(a) && plain(b) && a.actor.kind === b.actor.kind && a.actor.id === b.actor.id;
}
