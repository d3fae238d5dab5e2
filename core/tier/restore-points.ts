// Moves a project's restore point in cold: first every object that the commit needs and cold does not have, then nodes and
// commits, then the document that names them (the order of I1). A step costs what changed since the point before.
import { walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { readPolicy } from '../commit/policy.ts';
import { diffTrees } from '../manifest/diff.ts';
import { newNodes, walkTree } from '../manifest/walk.ts';
import { isoTime } from '../model/clock.ts';
import type { Current } from '../model/commit.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { advancingKey } from '../model/index-keys.ts';
import { mimeOf } from '../model/mime.ts';
import { decodeRestorePoint, encodeRestorePoint, type RestorePoint, restorePointKey } from '../model/restore-point.ts';
import { readObject } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import type { ObjectArchiver } from './archive-object.ts';
import { atOnce } from './at-once.ts';
import type { Claims } from './claims.ts';
import { Flights } from './flights.ts';
import type { TierIo } from './tier-io.ts';

export type AdvanceResult =
  | { readonly kind: 'moved' | 'there'; readonly point: RestorePoint }
  | { readonly kind: 'no-project' };

const AT_ONCE = 8;

export class RestorePoints {
  readonly #io: TierIo;
  readonly #archiver: ObjectArchiver;
  readonly #claims: Claims;
  readonly #flights = new Flights<ProjectName, AdvanceResult>();

  /** @param claims  two servers that move one point would set it back: the slower one has read the older commit */
  constructor(io: TierIo, archiver: ObjectArchiver, claims: Claims) {
    this.#io = io;
    this.#archiver = archiver;
    this.#claims = claims;
  }

  /** Moves it to what is current at the call, or later.
   *  @throws ObjectAbsentError, ObjectCorruptError  of what it needs there is no good copy; the point stays where it was */
  async advance(project: ProjectName, signal: AbortSignal): Promise<AdvanceResult> {
    let began = false;
    const move = () =>
      this.#flights.share(project, signal, () => {
        began = true;
        return this.#alone(project, signal);
      });
    const result = await move();
    // What was under way already may have begun before the commit that the caller knows of.
    return began ? result : move();
  }

  /** What another server's move was for may be older than this call. */
  async #alone(project: ProjectName, signal: AbortSignal): Promise<AdvanceResult> {
    for (;;) {
      const shared = await this.#claims.share(advancingKey(project), signal, () => this.#advance(project, signal));
      if (shared.kind === 'did') return shared.result;
    }
  }

  async #advance(project: ProjectName, signal: AbortSignal): Promise<AdvanceResult> {
    const { index, cold, clock } = this.#io;
    const at = await readCurrent(index, project);
    if (!at) return { kind: 'no-project' };
    const { changes: _, ...current } = at.current;
    const before = await readRestorePoint(cold, project);
    const policy = await readPolicy(index, project);
    if (before?.current.commit_sha === current.commit_sha && sameJson(before.policy, policy)) {
      return { kind: 'there', point: before };
    }
    await this.#copyWhatIsNew(project, before?.current, current, signal);
    const point: RestorePoint = { v: 1, project, current, policy, written: isoTime(clock.now()) };
    await cold.putDocument(restorePointKey(project), encodeRestorePoint(point));
    return { kind: 'moved', point };
  }

  async #copyWhatIsNew(
    project: ProjectName,
    before: Omit<Current, 'changes'> | undefined,
    current: Omit<Current, 'changes'>,
    signal: AbortSignal,
  ): Promise<void> {
    const { hot } = this.#io;
    const commits: Sha[] = [];
    let isLine = false;
    for await (const { sha } of walkChain(hot, current.commit_sha)) {
      isLine = sha === before?.commit_sha;
      if (isLine) break;
      commits.push(sha);
    }
    // Another project had the name, or the node that tells them apart was swept: everything is looked at.
    const since = before && isLine && (await this.#isThere(before.manifest_sha)) ? before.manifest_sha : undefined;
    await atOnce(this.#newFiles(since, current.manifest_sha), AT_ONCE, signal, async ({ sha, size, path }) => {
      await this.#archiver.archive({ sha, sizeBytes: size, mime: mimeOf(path), project }, signal);
    });
    const copy = (sha: Sha) => this.#copyMetadata(sha, signal);
    await atOnce(newNodes(this.#io.nodes, since, current.manifest_sha), AT_ONCE, signal, copy);
    await atOnce(commits, AT_ONCE, signal, copy);
  }

  async *#newFiles(since: Sha | undefined, to: Sha): AsyncIterable<FileEntry> {
    if (since === undefined) {
      for await (const entry of walkTree(this.#io.nodes, to)) if (isFile(entry)) yield entry;
      return;
    }
    for await (const change of diffTrees(this.#io.nodes, since, to)) {
      if (change.kind !== 'removed' && isFile(change.entry)) yield change.entry;
    }
  }

  async #isThere(sha: Sha): Promise<boolean> {
    try {
      await this.#io.nodes.getNode(sha);
      return true;
    } catch (error) {
      if (error instanceof ObjectAbsentError) return false;
      throw error;
    }
  }

  async #copyMetadata(sha: Sha, signal: AbortSignal): Promise<void> {
    const bytes = await readObject(this.#io.hot, sha);
    await this.#io.cold.put(sha, bytes.length, bytes, { signal });
  }
}

export async function readRestorePoint(
  cold: Pick<TierIo['cold'], 'getDocument'>,
  project: ProjectName,
): Promise<RestorePoint | undefined> {
  const bytes = await cold.getDocument(restorePointKey(project));
  return bytes && decodeRestorePoint(bytes);
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
