// Moves a project's restore point in cold: first every object that the commit needs and cold does not have, then nodes and
// commits, then the document that names them (the order of I1). A step costs what changed since the point before. Files that
// are lost are listed in it and looked for again with the next step: they keep nothing else from being restored. The point of
// a deleted project says so while its grace lasts, so that it never comes back as one that is there.
import { isDeepStrictEqual } from 'node:util';
import { walkChain } from '../commit/chain.ts';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS, deletionsOf } from '../commit/delete-project.ts';
import { readPolicy } from '../commit/policy.ts';
import { diffTrees } from '../manifest/diff.ts';
import { getEntry } from '../manifest/get.ts';
import { newNodes, walkTree } from '../manifest/walk.ts';
import { isoTime } from '../model/clock.ts';
import type { Current } from '../model/commit.ts';
import type { DeletedProject } from '../model/deleted-project.ts';
import { type FileEntry, isFile } from '../model/entry.ts';
import type { ProjectName, Sha } from '../model/ids.ts';
import { advancingKey, archivingKey } from '../model/index-keys.ts';
import { mimeOf } from '../model/mime.ts';
import { encodeRestorePoint, formerPointKey, type RestorePoint, restorePointKey } from '../model/restore-point.ts';
import { readObject } from '../store/object-store.ts';
import { ObjectAbsentError } from '../store/store-errors.ts';
import type { ObjectArchiver } from './archive-object.ts';
import { atOnce, transferAtOnce } from './at-once.ts';
import type { Claims } from './claims.ts';
import { Flights } from './flights.ts';
import { readPins } from './pins.ts';
import { RestorePointDamagedError, readRestorePoint } from './read-restore-point.ts';
import { isTakenOver } from './taken-over.ts';
import type { TierIo } from './tier-io.ts';
import { isLostBytes, type LostBytes, UnprovenFiles } from './unproven-files.ts';

export type AdvanceResult =
  /** `lost`: what is wrong with the first of the files that it lists as unproven */
  | { readonly kind: 'moved' | 'there'; readonly point: RestorePoint; readonly lost?: LostBytes }
  | { readonly kind: 'no-project' };

type PointedAt = RestorePoint['current'];
/** What a point has to say, beyond when it was written. */
type Target = Pick<RestorePoint, 'current' | 'policy' | 'pins' | 'deleted'>;
/** What is in cold of it, and what is not. */
type Copied = Pick<RestorePoint, 'current' | 'unproven'> & { readonly lost?: LostBytes };

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

  /** Moves it to what is current at the call, or later. Of a project that was renamed, the new name's comes first: until that
   *  one stands, this one is all that a disaster would leave of both.
   *  @throws ObjectAbsentError, ObjectCorruptError  of a node or commit there is no good copy; the point stays where it was */
  async advance(project: ProjectName, signal: AbortSignal): Promise<AdvanceResult> {
    const { index } = this.#io;
    const goesOnAs = (await readCurrent(index, project)) ? undefined : await this.#newestDeletion(project);
    if (goesOnAs?.renamed_to !== undefined) await this.advance(goesOnAs.renamed_to, signal);
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
    const { cold, clock, log } = this.#io;
    const before = await this.#before(project);
    const target = await this.#targetOf(project, before);
    if (!target) return { kind: 'no-project' };
    if (before && !before.unproven && isDeepStrictEqual(stripped(before), target))
      return { kind: 'there', point: before };
    if (before && !(await this.#isKnown(before, target))) await this.#keepFormer(before);
    const { lost, ...copied } = await this.#copied(project, before, target, signal);
    const next = { ...target, ...copied };
    const outcome = lost === undefined ? {} : { lost };
    if (before && isDeepStrictEqual(stripped(before), stripped(next)))
      return { kind: 'there', point: before, ...outcome };
    const point: RestorePoint = { v: 1, project, ...next, written: isoTime(clock.now()) };
    await cold.putDocument(restorePointKey(project), encodeRestorePoint(point));
    if (lost)
      log.warn({ project, files: copied.unproven?.count, error: lost }, `of ${project} files are lost: repair it`);
    return { kind: 'moved', point, ...outcome };
  }

  /** What is current; of a project that is not there, what it was when it was deleted. */
  async #targetOf(project: ProjectName, before: RestorePoint | undefined): Promise<Target | undefined> {
    const { index } = this.#io;
    const at = await readCurrent(index, project);
    const listed = await readPins(index, project);
    const pins = listed.length > 0 ? { pins: [...listed] } : {};
    if (at) return { current: withoutChanges(at.current), policy: await readPolicy(index, project), ...pins };
    const newest = await this.#newestDeletion(project);
    if (!newest) return undefined;
    const { current, policy, deleted_at, purge_after } = newest;
    const isMarked = before?.deleted?.deleted_at === deleted_at || (await isTakenOver(this.#io, newest));
    const deleted = isMarked ? { deleted: { deleted_at, purge_after } } : {};
    return { current: withoutChanges(current), policy, ...pins, ...deleted };
  }

  /** One whose grace has ended is about to lose its point. */
  async #newestDeletion(project: ProjectName): Promise<DeletedProject | undefined> {
    const { index, clock } = this.#io;
    const listed = await deletionsOf(index, project);
    return listed.find(({ deleted }) => Date.parse(deleted.purge_after) > clock.now())?.deleted;
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
      if (!isLostBytes(error)) throw error;
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

  /** A deleted project that cannot be brought to its end any more keeps as its point what was proven of it before. */
  async #copied(
    project: ProjectName,
    before: RestorePoint | undefined,
    { current, deleted }: Target,
    signal: AbortSignal,
  ): Promise<Copied> {
    try {
      return { current, ...(await this.#copyWhatIsNew(project, before, current, signal)) };
    } catch (error) {
      if (!(isLostBytes(error) && deleted && before)) throw error;
      return { current: before.current, ...(before.unproven && { unproven: before.unproven }) };
    }
  }

  async #copyWhatIsNew(
    project: ProjectName,
    before: RestorePoint | undefined,
    current: PointedAt,
    signal: AbortSignal,
  ): Promise<Pick<Copied, 'unproven' | 'lost'>> {
    const { hot, nodes } = this.#io;
    const commits: Sha[] = [];
    let isLine = false;
    for await (const { sha } of walkChain(hot, current.commit_sha)) {
      isLine = sha === before?.current.commit_sha;
      if (isLine) break;
      commits.push(sha);
    }
    const last = before?.current.manifest_sha;
    // Another project had the name, or the node that tells them apart was swept: everything is looked at.
    const since = last !== undefined && isLine && (await this.#isThere(last)) ? last : undefined;
    const files = new UnprovenFiles();
    await transferAtOnce(this.#newFiles(since, current.manifest_sha, before), signal, async (file) => {
      const { sha, size, path } = file;
      try {
        await this.#archiver.archive({ sha, sizeBytes: size, mime: mimeOf(path), project }, signal);
      } catch (error) {
        if (!isLostBytes(error)) throw error;
        files.add(file, error);
      }
    });
    const copy = (sha: Sha) => this.#copyMetadata(sha, signal);
    await atOnce(newNodes(nodes, since, current.manifest_sha), AT_ONCE, signal, copy);
    await atOnce(commits, AT_ONCE, signal, copy);
    return files.found;
  }

  /** With what was lost before and is still wanted. */
  async *#newFiles(since: Sha | undefined, to: Sha, before: RestorePoint | undefined): AsyncIterable<FileEntry> {
    const { nodes } = this.#io;
    const { count, listed } = before?.unproven ?? { count: 0, listed: [] };
    if (since === undefined || listed.length < count) {
      for await (const entry of walkTree(nodes, to)) if (isFile(entry)) yield entry;
      return;
    }
    for await (const change of diffTrees(nodes, since, to)) {
      if (change.kind !== 'removed' && isFile(change.entry)) yield change.entry;
    }
    for (const lost of listed) {
      const entry = await getEntry(nodes, to, lost.path);
      if (entry && isFile(entry) && entry.sha === lost.sha) yield entry;
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

function withoutChanges({ changes: _, ...current }: Current): PointedAt {
  return current;
}

const stripped = ({ current, policy, pins, deleted, unproven }: Target & Pick<Copied, 'unproven'>) => ({
  current,
  policy,
  ...(pins === undefined ? {} : { pins }),
  ...(deleted === undefined ? {} : { deleted }),
  ...(unproven === undefined ? {} : { unproven }),
});
