// Moves a project's restore point in cold: first every object that the commit needs and cold does not have, then nodes and
// commits, then the document that names them (the order of I1). A step costs what changed since the point before. The point of
// a deleted project says so while its grace lasts, so that it never comes back as one that is there.
import { walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS, deletionsOf, listDeleted } from '../commit/delete-project.ts';
import { readPolicy } from '../commit/policy.ts';
import { diffTrees } from '../manifest/diff.ts';
import { newNodes, walkTree } from '../manifest/walk.ts';
import { isoTime } from '../model/clock.ts';
import type { Current } from '../model/commit.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { advancingKey, archivingKey } from '../model/index-keys.ts';
import { mimeOf } from '../model/mime.ts';
import {
  decodeRestorePoint,
  encodeRestorePoint,
  formerPointKey,
  type RestorePoint,
  restorePointKey,
} from '../model/restore-point.ts';
import { readObject } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import type { ObjectArchiver } from './archive-object.ts';
import { atOnce, transferAtOnce } from './at-once.ts';
import type { Claims } from './claims.ts';
import { Flights } from './flights.ts';
import { readPins } from './pins.ts';
import type { TierIo } from './tier-io.ts';

export type AdvanceResult =
  | { readonly kind: 'moved' | 'there'; readonly point: RestorePoint }
  | { readonly kind: 'no-project' };

type PointedAt = RestorePoint['current'];
/** What a point has to say, beyond when it was written. */
type Target = Pick<RestorePoint, 'current' | 'policy' | 'pins' | 'deleted'>;

/** Nodes and commits, which are small. */
const AT_ONCE = 64;

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
    const { cold, clock } = this.#io;
    const target = await this.#targetOf(project);
    if (!target) return { kind: 'no-project' };
    const before = await this.#before(project);
    if (before && sameJson(stripped(before), target)) return { kind: 'there', point: before };
    if (before && !(await this.#isKnown(before, target))) await this.#keepFormer(before);
    const copied = await this.#copied(project, before?.current, target, signal);
    const { current } = copied || !before ? target : before;
    const point: RestorePoint = { v: 1, project, ...target, current, written: isoTime(clock.now()) };
    await cold.putDocument(restorePointKey(project), encodeRestorePoint(point));
    return { kind: 'moved', point };
  }

  /** What is current; of a project that is not there, what it was when it was deleted. */
  async #targetOf(project: ProjectName): Promise<Target | undefined> {
    const { index, clock } = this.#io;
    const at = await readCurrent(index, project);
    const listed = await readPins(index, project);
    const pins = listed.length > 0 ? { pins: [...listed] } : {};
    if (at) return { current: withoutChanges(at.current), policy: await readPolicy(index, project), ...pins };
    // One whose grace has ended is about to lose its point.
    const kept = (await listDeleted(index)).filter(
      ({ name, deleted }) => name === project && Date.parse(deleted.purge_after) > clock.now(),
    );
    const [newest] = kept.sort((a, b) => (a.deleted.deleted_at < b.deleted.deleted_at ? 1 : -1));
    if (!newest) return undefined;
    const { current, policy, deleted_at, purge_after } = newest.deleted;
    return { current: withoutChanges(current), policy, ...pins, deleted: { deleted_at, purge_after } };
  }

  /** What it points at is part of what the name stands for now, or of what had the name and was deleted. */
  async #isKnown({ project, current: { commit_sha: head } }: RestorePoint, { current }: Target): Promise<boolean> {
    if (await this.#leadsTo(current.commit_sha, head)) return true;
    for (const { deleted } of await deletionsOf(this.#io.index, project)) {
      if (await this.#leadsTo(deleted.current.commit_sha, head)) return true;
    }
    return false;
  }

  /** Of a line with a lost commit it is not known, and that is no. */
  async #leadsTo(from: Sha, to: Sha): Promise<boolean> {
    try {
      for await (const { sha } of walkChain(this.#io.hot, from)) if (sha === to) return true;
    } catch (error) {
      if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
    }
    return false;
  }

  /** NATS was lost, or went back, and the name was taken before the project was brought back: it can be for as long as if it
   *  had been deleted now. */
  async #keepFormer(point: RestorePoint): Promise<void> {
    const { cold, clock, log } = this.#io;
    const { project, current } = point;
    const now = clock.now();
    const deleted = { deleted_at: isoTime(now), purge_after: isoTime(now + DELETE_GRACE_MS) };
    const key = formerPointKey(project, current.commit_sha);
    await cold.putDocument(key, encodeRestorePoint({ ...point, deleted }));
    log.warn(
      { project, key },
      `cold has a history of ${project} that is not here: it is kept until ${deleted.purge_after}`,
    );
  }

  /** A point that cannot be read is as none: everything is looked at, and it is written anew. */
  async #before(project: ProjectName): Promise<RestorePoint | undefined> {
    try {
      return await readRestorePoint(this.#io.cold, project);
    } catch (error) {
      if (!(error instanceof RestorePointDamagedError)) throw error;
      this.#io.log.warn({ error, project }, `${error.message}; it is written anew`);
      return undefined;
    }
  }

  /** @returns false when a deleted project cannot be brought to its end any more: what was proven of it before stays its point */
  async #copied(
    project: ProjectName,
    before: PointedAt | undefined,
    { current, deleted }: Target,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      await this.#copyWhatIsNew(project, before, current, signal);
      return true;
    } catch (error) {
      const isLost = error instanceof ObjectAbsentError || error instanceof ObjectCorruptError;
      if (!(isLost && deleted && before)) throw error;
      return false;
    }
  }

  async #copyWhatIsNew(
    project: ProjectName,
    before: PointedAt | undefined,
    current: PointedAt,
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
    await transferAtOnce(this.#newFiles(since, current.manifest_sha), signal, async ({ sha, size, path }) => {
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
    // A sweep that takes an older copy of it out of cold comes to its end first.
    await this.#claims.untilFree(archivingKey(sha), signal);
    const bytes = await readObject(this.#io.hot, sha);
    await this.#io.cold.put(sha, bytes.length, bytes, { signal });
  }
}

export async function readRestorePoint(
  cold: Pick<TierIo['cold'], 'getDocument'>,
  project: ProjectName,
): Promise<RestorePoint | undefined> {
  return readPointAt(cold, restorePointKey(project), project);
}

/** @param key  of its restore point, or of a former one */
export async function readPointAt(
  cold: Pick<TierIo['cold'], 'getDocument'>,
  key: string,
  project: ProjectName,
): Promise<RestorePoint | undefined> {
  const bytes = await cold.getDocument(key);
  if (!bytes) return undefined;
  try {
    return decodeRestorePoint(bytes);
  } catch (cause) {
    throw new RestorePointDamagedError(project, { cause });
  }
}

/** It may be damaged only on its way here; else it is written anew when the project's archive is looked at next. Where the
 *  project is not there any more, an older version of the document is what helps, if its bucket keeps these. */
export class RestorePointDamagedError extends StoreUnavailableError {
  override name = 'RestorePointDamagedError';
  constructor(project: ProjectName, options: ErrorOptions) {
    super('cold', `the restore point of ${project} cannot be read: archive the project`, options);
  }
}

function withoutChanges({ changes: _, ...current }: Current): PointedAt {
  return current;
}

const stripped = ({ current, policy, pins, deleted }: RestorePoint): Target => ({
  current,
  policy,
  ...(pins === undefined ? {} : { pins }),
  ...(deleted === undefined ? {} : { deleted }),
});

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
