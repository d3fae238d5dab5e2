// Answers the pages' questions from the fleet view, the manifests and the read model.
import type { Queries } from '../app/context.ts';
import type { FileDetail, FilePage, FileRow, FoundFiles, Tiers } from '../app/file-view.ts';
import { sumOfTiers } from '../app/folder-tiers.tsx';
import type { HistoryQueries } from '../app/history-view.ts';
import type { ProjectSummary, TierBytes } from '../app/project-view.ts';
import { searchWords } from '../app/search-words.ts';
import { readCommit } from '../core/commit/chain.ts';
import { readJob } from '../core/job/jobs.ts';
import { getEntry } from '../core/manifest/get.ts';
import { listTree } from '../core/manifest/list.ts';
import { totalsUnder } from '../core/manifest/totals.ts';
import type { NodeReader } from '../core/manifest/tree.ts';
import type { Clock } from '../core/model/clock.ts';
import type { CurrentAt } from '../core/model/commit.ts';
import { type FileEntry, isFile } from '../core/model/entry.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import { mimeOf } from '../core/model/mime.ts';
import { baseName, comparePaths, isUnder, type RelPath } from '../core/model/rel-path.ts';
import type { ColdStore } from '../core/store/cold-store.ts';
import type { EventLog } from '../core/store/event-log.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { directLink } from '../core/tier/direct-link.ts';
import type { ReadNotes, TieredReader } from '../core/tier/tiered-reader.ts';
import type { ArchiveLagWatch } from './archive-lag.ts';
import type { DeadLetterBoard } from './dead-letter-board.ts';
import type { DeletedProjects } from './deleted-projects.ts';
import { readEventsAfter } from './event-reader.ts';
import type { Fleet } from './fleet.ts';
import { folderShas } from './folder-tiers.ts';
import type { Health } from './health.ts';
import { historyQueries } from './history-queries.ts';
import type { JobBoard } from './job-board.ts';
import type { Samples } from './metrics/samples.ts';
import { NOWHERE, objectNow, tiersNow, tiersOf } from './object-tiers.ts';
import type { PinBoard } from './pin-board.ts';
import type { ProjectTiers } from './project-tiers.ts';
import { projectStanding } from './project-view.ts';
import type { PathIndex } from './read-model/path-index.ts';
import { searchPaths } from './read-model/path-search.ts';
import type { ReadModel } from './read-model/read-model.ts';
import { survey } from './survey.ts';

export interface QueryIo {
  readonly fleet: Fleet;
  readonly readModel: ReadModel;
  readonly events: EventLog;
  readonly paths: PathIndex;
  readonly hot: ObjectStore;
  readonly cold: ColdStore;
  readonly reader: TieredReader;
  readonly nodes: NodeReader;
  readonly index: KeyValue;
  readonly health: Health;
  readonly tiers: ProjectTiers;
  readonly pins: Pick<PinBoard, 'of'>;
  readonly deleted: DeletedProjects;
  readonly board: JobBoard;
  readonly letters: DeadLetterBoard;
  readonly lag: ArchiveLagWatch;
  readonly jobs: KeyValue;
  readonly samples: Pick<Samples, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
  /** files in cold of this size on are downloaded from there; undefined: none */
  readonly linksFromBytes: number | undefined;
  readonly notes: Pick<ReadNotes, 'fromCold'>;
}

const IN_STRANGE_COLD = 'In a cold storage that is not the one connected now';

export function queries(io: QueryIo): { readonly queries: Queries; readonly history: HistoryQueries } {
  const summary = (
    name: ProjectName,
    totals: (TierBytes & { readonly toArchive: number }) | undefined,
  ): ProjectSummary | undefined => {
    const at = io.fleet.currents.get(name);
    if (!at) return undefined;
    const nodes = io.fleet.nodesOf(name);
    const standing = projectStanding(nodes, io.tiers.coldSince(name));
    const { isColdStrange } = io.health;
    return {
      name,
      commitSha: at.current.commit_sha,
      files: at.current.files,
      bytes: at.current.bytes,
      changedAt: Date.parse(at.current.ts),
      ...standing,
      ...(isColdStrange && { isColdStrange: true as const }),
      ...(isColdStrange && standing.state === 'cold' && { sentence: IN_STRANGE_COLD }),
      coldSince: io.tiers.coldSince(name),
      nodes,
      toArchive: totals?.toArchive ?? 0,
      ...(totals && { tierBytes: { hot: totals.hot, cold: totals.cold } }),
    };
  };

  /** Records of another cold storage say nothing of this one. */
  const believed = (tiers: Tiers): Tiers =>
    tiers.cold && io.health.isColdStrange ? { hot: tiers.hot, cold: null, inStrangeCold: true } : tiers;

  async function detailOf({ project, current }: CurrentAt, entry: FileEntry): Promise<FileDetail> {
    const path = entry.path as RelPath;
    const pins = await io.pins.of(project);
    return {
      project,
      file: fileRow(entry, believed(await tiersNow(io, entry.sha))),
      mime: mimeOf(path),
      commitSha: current.commit_sha,
      nodes: io.fleet.nodesOf(project),
      pinnedBy: pins.find((pin) => pin.path === path || isUnder(path, pin.path))?.path,
    };
  }

  const history = historyQueries({
    ...io,
    currentOf: (project) => io.fleet.currents.get(project),
    detailOf,
    tiersOf: async (shas) => new Map([...(await tiersOf(io, shas))].map(([sha, tiers]) => [sha, believed(tiers)])),
  });

  const now: Queries = {
    async projects() {
      const totals = io.readModel.projectTotals();
      return [...io.fleet.currents.keys()]
        .map((name) => summary(name, totals.get(name)))
        .filter((found) => found !== undefined);
    },

    async project(name) {
      const found = summary(name, io.readModel.projectTotals().get(name));
      const compressed = io.readModel.compressed(name);
      return found && compressed ? { ...found, compressed } : found;
    },

    async files(name, { prefix, cursor, limit }): Promise<FilePage | undefined> {
      const at = io.fleet.currents.get(name);
      if (!at) return undefined;
      const root = at.current.manifest_sha;
      const [page, totals] = await Promise.all([
        listTree(io.nodes, root, { prefix, limit, ...(cursor === undefined ? {} : { cursor }) }),
        totalsUnder(io.nodes, root, prefix),
      ]);
      const dirs = page.rows.filter((row) => row.kind === 'dir');
      const inDirs = await folderShas(io.nodes, root, dirs);
      const inside = [...inDirs.values()].flat();
      const shas = page.rows.flatMap((row) => (row.kind === 'entry' && isFile(row.entry) ? [row.entry.sha] : []));
      const [known, tiers] = [io.readModel.tiersOf(inside), await tiersOf(io, shas)];
      const tiersWithin = (within: readonly Sha[]) =>
        sumOfTiers(within.map((sha) => known.get(sha)).map((at) => at && believed(at)));
      const rows = page.rows.map((row): FileRow => {
        if (row.kind === 'entry' && isFile(row.entry))
          return fileRow(row.entry, believed(tiers.get(row.entry.sha) ?? NOWHERE));
        const { path, files, bytes } = row.kind === 'dir' ? row : { path: row.entry.path, files: 0, bytes: 0 };
        const within = inDirs.get(path as RelPath);
        return {
          kind: 'dir',
          path: path as RelPath,
          name: baseName(path),
          files,
          bytes,
          tiers: within && tiersWithin(within),
        };
      });
      return { project: name, prefix, commitSha: at.current.commit_sha, rows, next: page.next, ...totals };
    },

    async search(name, { text, cursor, limit }): Promise<FoundFiles | undefined> {
      const at = io.fleet.currents.get(name);
      if (!at) return undefined;
      const found = await searchPaths(io.paths, name, { words: searchWords(text), cursor, limit });
      // The index only says where to look: what is not there (any more) is left out (I2).
      const entries = await Promise.all(
        found.paths.toSorted(comparePaths).map((path) => getEntry(io.nodes, at.current.manifest_sha, path)),
      );
      const files = entries.filter((entry) => entry !== undefined && isFile(entry)) as FileEntry[];
      const tiers = await tiersOf(
        io,
        files.map(({ sha }) => sha),
      );
      return {
        project: name,
        rows: files.map((entry) => fileRow(entry, believed(tiers.get(entry.sha) ?? NOWHERE))),
        next: found.next,
        indexed: (io.paths.project(name)?.root ?? null) === null ? io.paths.count(name) : undefined,
      };
    },

    async survey(project, paths) {
      const at = io.fleet.currents.get(project);
      return at && survey({ ...io, believed }, { project, root: at.current.manifest_sha }, paths);
    },

    async file(name, path): Promise<FileDetail | undefined> {
      const at = io.fleet.currents.get(name);
      const entry = at && (await getEntry(io.nodes, at.current.manifest_sha, path));
      return at && entry && isFile(entry) ? detailOf(at, entry) : undefined;
    },

    async link({ project, sha, sizeBytes, name: fileName, mime }, forSeconds) {
      if (io.linksFromBytes === undefined) return undefined;
      const asked = { sha, sizeBytes, fileName, contentType: mime, ...(forSeconds !== undefined && { forSeconds }) };
      const link = await directLink(io, asked, io.linksFromBytes);
      if (link !== undefined) io.notes.fromCold(project);
      return link;
    },

    async versionAt(commit, path) {
      const { manifest_sha } = await readCommit(io.hot, commit);
      const entry = await getEntry(io.nodes, manifest_sha, path);
      return entry && isFile(entry) ? entry : undefined;
    },

    isColdAway: () => io.health.isColdAway,
    peek: (sha, range) => io.reader.peek(sha, range),
    read: (sha, project, range) =>
      io.reader.read(sha, { ...(project !== undefined && { project }), ...(range && { range }) }),
    object: async (sha) => {
      const found = await objectNow(io, sha);
      return found && { ...found, tiers: believed(found.tiers) };
    },
    activity: async () => io.readModel.activity(io.clock.now()),
    pins: async (name) => {
      const pins = await io.pins.of(name);
      return pins.map(({ path, actor, ts }) => ({ path, by: actor.id, at: Date.parse(ts) }));
    },
    deletedProjects: async () => io.deleted.list(),
    archiveLag: () => io.lag.lag,
    deadLetters: async (limit) => io.letters.page(limit),
    jobs: async (query) => io.board.page(query),
    job: async (id) => {
      const at = await readJob(io.jobs, id);
      return at && { job: at.job, bytesPerSecond: io.board.rateOf(id) };
    },
    nodes: async () => io.fleet.nodes(),
    node: async (id) => io.fleet.node(id),
    events: async (query) => io.readModel.events(query),
    eventsAfter: (query) => readEventsAfter(io, query),
    actors: async () => io.readModel.actors(),
    firstEventAt: async (at) => io.readModel.firstSeqAt(at),
    metrics: async (query) => io.samples.read(query),
    now: () => io.clock.now(),
    trouble: () => io.health.trouble(),
  };
  return { queries: now, history };
}

function fileRow(entry: FileEntry, tiers: Tiers): Extract<FileRow, { kind: 'file' }> {
  return {
    kind: 'file',
    path: entry.path as RelPath,
    name: baseName(entry.path),
    sha: entry.sha,
    sizeBytes: entry.size,
    modifiedAt: entry.mtime,
    mode: entry.mode,
    tiers,
  };
}
