// Proves that nothing would be lost if a workspace went from this node (I3): its commit is in the project's history, every
// row is what that commit's manifest says, read fresh from hot, and every object is where the project's policy wants it: cold
// itself is asked, because a record says only what was there once.
// Anything that cannot be proven is a sentence, and the workspace stays.
import { isInChain } from '../../core/commit/chain.ts';
import { broughtBy, whyUnproven } from '../../core/commit/cold-proofs.ts';
import type { CommitIo } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { readPolicy } from '../../core/commit/policy.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { type FileEntry, isFile } from '../../core/model/entry.ts';
import type { ProjectName, Sha } from '../../core/model/ids.ts';
import type { ProjectPolicy } from '../../core/model/policy.ts';
import { comparePaths, type RelPath } from '../../core/model/rel-path.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import { sameVersion } from '../../core/sync/plan.ts';
import type { LeftOutEntry } from '../ignore/left-out.ts';
import { toLocalEntry } from '../site.ts';
import type { WorkspaceState } from '../state/state.ts';

export type Proof = { readonly kind: 'proven' } | { readonly kind: 'unproven'; readonly why: string };

export interface ProveIo {
  readonly stores: CommitIo;
  readonly project: ProjectName;
  readonly prefix: RelPath | undefined;
  readonly state: Pick<WorkspaceState, 'base' | 'behind' | 'rows' | 'leftOut'>;
  readonly signal: AbortSignal;
  /** objects that a proof shortly before this one found safe; grows */
  readonly safe: Set<Sha>;
}

/** Questions to the store at once. */
const AT_ONCE = 64;

/** @throws StoreUnavailableError  nothing is known then */
export async function proveHeld(io: ProveIo): Promise<Proof> {
  const { stores, project, state } = io;
  const { base } = state;
  if (!base || state.behind.count > 0) return unproven('it is not in sync with the project');
  const current = await readCurrent(stores.index, project, { newest: true });
  if (!current) return unproven(`the project ${project} does not exist (any more)`);
  if (!(await isInChain(stores.objects, current.current.commit_sha, base.commitSha))) {
    return unproven(`its commit ${base.commitSha.slice(0, 12)} is not in the history of what is current`);
  }
  const { deactivate } = await readPolicy(stores.index, project);
  const ignored = new Ignored(state.leftOut);
  const unsafe: RelPath[] = [];
  let why: string | undefined;
  let batch: FileEntry[] = [];
  let files = 0;
  const checkBatch = async () => {
    const checked = batch;
    batch = [];
    const found = await findUnsafe(io, checked, deactivate);
    if (found.kind === 'unproven') why = found.why;
    else unsafe.push(...found.unsafe.map(({ path }) => path));
  };
  // Not from a cache: what is only remembered proves nothing about hot.
  const nodes = objectNodes(stores.objects);
  for await (const projectEntry of walkTree(nodes, base.manifestSha, { prefix: io.prefix })) {
    io.signal.throwIfAborted();
    const entry = toLocalEntry(io, projectEntry);
    if (!entry) continue;
    const row = state.rows.at(entry.path);
    // What is ignored here is the project's alone: it has no row, and what lies on disk in its place stops the removal.
    if (!row && ignored.has(entry.path)) continue;
    if (!sameVersion(row?.entry, entry)) return unproven(`${entry.path} is not as in the project`);
    if (!isFile(entry)) continue;
    files++;
    if (!io.safe.has(entry.sha)) batch.push(entry);
    if (batch.length >= AT_ONCE) await checkBatch();
    if (why !== undefined || unsafe.length > 0) break;
  }
  if (why === undefined && unsafe.length === 0) await checkBatch();
  if (why !== undefined) return unproven(why);
  const [first] = unsafe;
  if (first !== undefined) {
    const count = `${unsafe.length} ${unsafe.length === 1 ? 'file' : 'files'}`;
    return unproven(
      `the bytes of ${count} (${first}) are in no storage any more, and perhaps those of more: repair the project`,
    );
  }
  if (files !== state.rows.totals.files) return unproven('it holds files that its commit does not have');
  return { kind: 'proven' };
}

const unproven = (why: string): Proof => ({ kind: 'unproven', why });

type Found =
  | { readonly kind: 'found'; readonly unsafe: readonly FileEntry[] }
  /** nobody knows */
  | { readonly kind: 'unproven'; readonly why: string };

async function findUnsafe(
  io: ProveIo,
  batch: readonly FileEntry[],
  policy: ProjectPolicy['deactivate'],
): Promise<Found> {
  const { stores, project, safe, signal } = io;
  const unsafe = new Set<Sha>();
  const mustBeInCold = policy === 'archived' ? batch : await notInHot(io, batch);
  for (;;) {
    const asked = broughtBy(mustBeInCold.filter(({ sha }) => !unsafe.has(sha)));
    if (asked.length === 0) break;
    try {
      const why = stores.proofs
        ? await whyUnproven(stores.proofs, project, asked, 'fresh', signal)
        : 'this program does not ask for proofs';
      if (why === undefined) break;
      const asks = policy === 'archived' ? ', as the project asks' : ', and hot does not have them';
      return { kind: 'unproven', why: `its files are not proven to be in cold${asks}: ${why}` };
    } catch (error) {
      const isOfOne = error instanceof ObjectAbsentError || error instanceof ObjectCorruptError;
      if (!isOfOne || !asked.some(({ sha }) => sha === error.sha)) throw error;
      unsafe.add(error.sha);
    }
  }
  for (const { sha } of batch) if (!unsafe.has(sha)) safe.add(sha);
  return { kind: 'found', unsafe: batch.filter(({ sha }) => unsafe.has(sha)) };
}

async function notInHot({ stores }: ProveIo, batch: readonly FileEntry[]): Promise<FileEntry[]> {
  const found = await Promise.all(batch.map(({ sha }) => stores.objects.stat(sha)));
  return batch.filter(({ size }, i) => {
    const hot = found[i];
    return hot?.kind !== 'present' || hot.sizeBytes !== size;
  });
}

/** Answers for paths that are asked about in path order. */
class Ignored {
  readonly #leftOut: WorkspaceState['leftOut'];
  #batch: LeftOutEntry[];
  #at = 0;

  constructor(leftOut: WorkspaceState['leftOut']) {
    this.#leftOut = leftOut;
    this.#batch = leftOut.next('', IGNORED_BATCH);
  }

  has(path: RelPath): boolean {
    for (;;) {
      const next = this.#batch[this.#at];
      if (!next) {
        const last = this.#batch.at(-1);
        if (!last) return false;
        this.#batch = this.#leftOut.next(last.entry.path, IGNORED_BATCH);
        this.#at = 0;
        continue;
      }
      const order = comparePaths(next.entry.path, path);
      if (order >= 0) return order === 0;
      this.#at++;
    }
  }
}

const IGNORED_BATCH = 1_000;
