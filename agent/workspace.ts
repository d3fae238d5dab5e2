// One workspace at work: opens the directory, its records and its lock, then lets two strands run side by side — from
// disk to project (`outgoing.ts`) and from project to disk (`incoming.ts`). They meet in the rows of the state only, and
// each touches disk and row within one turn, so that neither waits for the other's large files.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { CommitIo } from '../core/commit/commit.ts';
import { watchCurrent } from '../core/commit/current.ts';
import { type Clock, isoTime } from '../core/model/clock.ts';
import type { NodeId, ProjectName, Tenant } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { WorkspaceStatus } from '../core/model/node-status.ts';
import { isUnder, type RelPath } from '../core/model/rel-path.ts';
import {
  ObjectAbsentError,
  ObjectCorruptError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
} from '../core/store/store-errors.ts';
import { startWatcher, type WatchMode } from './choose-watcher.ts';
import { DeletionsRefusedError, ProjectMissingError } from './committer.ts';
import { isDiskError, isDiskFull } from './disk-error.ts';
import { fileClock, probeFileClock } from './fingerprint.ts';
import { Incoming } from './incoming.ts';
import { Lane } from './lane.ts';
import {
  clearStaging,
  lockWorkspace,
  MarkerGuard,
  openWorkspace,
  stagingFolder,
  WorkspaceGoneError,
  type WorkspaceLock,
  WorkspaceRefusedError,
} from './marker.ts';
import { Outgoing } from './outgoing.ts';
import { Problems } from './problems.ts';
import { scan } from './scan.ts';
import type { Site } from './site.ts';
import { openState, type WorkspaceState } from './state.ts';
import { sentenceOf, Troubles } from './troubles.ts';
import type { Watcher } from './watcher.ts';

export interface WorkspaceSpec {
  readonly project: ProjectName;
  /** absolute, without a `/` at its end */
  readonly root: string;
  /** the part of the project that the workspace holds; absent: all of it */
  readonly prefix?: RelPath;
}

/** What the agent gives to each of its workspaces. */
export interface WorkspaceHost {
  readonly node: NodeId;
  readonly tenant: Tenant;
  readonly stores: CommitIo;
  readonly clock: Clock;
  readonly log: Log;
  /** where state files lie, outside of the workspaces */
  readonly stateDir: string;
  readonly watch: WatchMode;
  /** A full look at the directory this often, for what the watcher missed. */
  readonly rescanEveryMs: number;
  /** I9: asked before deletions are committed. A sentence stops them; undefined lets them through. */
  readonly refuseDeletions?: (deletions: number, files: number) => string | undefined;
  /** The status may have changed. */
  changed(): void;
}

/** How often the marker is looked for, and a workspace that could not be opened is tried again. */
const LOOK_EVERY_MS = 2_000;

export class Workspace {
  readonly spec: WorkspaceSpec;
  readonly #host: WorkspaceHost;
  readonly #problems: Problems;
  readonly #troubles: Troubles;
  #open: OpenWorkspace | undefined;

  constructor(host: WorkspaceHost, spec: WorkspaceSpec) {
    this.spec = spec;
    this.#host = host;
    this.#problems = new Problems(host.clock, host.changed);
    this.#troubles = new Troubles(host.clock, host.changed);
  }

  /** Works until the signal aborts. What cannot be opened now, and what a fault of ours ended, is opened again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#host;
    while (!signal.aborted) {
      try {
        const open = openIt(this.#host, this.spec, this.#problems, this.#troubles, signal);
        this.#open = open;
        this.#troubles.clear('workspace');
        await open.run();
      } catch (error) {
        if (signal.aborted) return;
        this.#troubles.set('workspace', whyClosed(this.spec, error), LOOK_EVERY_MS);
        log.error({ project: this.spec.project, root: this.spec.root, error }, 'the workspace stopped');
      } finally {
        await this.#open?.close();
        this.#open = undefined;
        this.#host.changed();
      }
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    }
  }

  /** NATS is back: what waits for it is tried now. */
  storageBack(): void {
    this.#troubles.clear('storage');
    this.#open?.retryNow();
  }

  storageAway(what: string): void {
    this.#troubles.set('storage', what);
  }

  /** Looks at the whole directory again; resolves when that is done and every difference is on its way. */
  async rescan(): Promise<void> {
    await this.#open?.rescanAll();
  }

  status(): WorkspaceStatus {
    const { spec } = this;
    const open = this.#open;
    const oldest = open?.oldestPendingAt();
    return {
      project: spec.project,
      ...(spec.prefix !== undefined && { prefix: spec.prefix }),
      root: spec.root,
      ...this.#stateOf(open),
      base: open?.site.state.base?.commitSha ?? null,
      files: open?.site.state.totals.files ?? 0,
      bytes: open?.site.state.totals.bytes ?? 0,
      pending_up: open?.outgoing.pending ?? 0,
      pending_down: open?.incoming.pending ?? 0,
      oldest_pending: oldest === undefined ? null : isoTime(oldest),
      problems: this.#problems.list(),
      problem_count: this.#problems.count,
    };
  }

  #stateOf(open: OpenWorkspace | undefined): Pick<WorkspaceStatus, 'state' | 'sentence'> {
    const trouble = this.#troubles.first;
    if (trouble) return { state: 'blocked', sentence: sentenceOf(trouble) };
    if (!open?.hasLooked) return { state: 'starting', sentence: 'Looks through the directory and at the project.' };
    const up = open.outgoing.pending;
    const down = open.incoming.pending;
    const [problem] = this.#problems.list();
    if (up + down === 0 && open.incoming.isCurrent) {
      const skipped = problem
        ? ` ${this.#problems.count} ${paths(this.#problems.count)} left out: see the problems.`
        : '';
      return { state: 'in-sync', sentence: `In sync.${skipped}` };
    }
    if (problem && up + down > 0 && up + down <= this.#problems.count && open.incoming.held >= down) {
      return { state: 'blocked', sentence: `${problem.path}: ${problem.reason}` };
    }
    return { state: 'syncing', sentence: `Syncing: ${up} to send, ${down} to bring to disk.` };
  }
}

const paths = (count: number): string => (count === 1 ? 'path is' : 'paths are');

function whyClosed(spec: WorkspaceSpec, error: unknown): string {
  if (error instanceof WorkspaceGoneError || error instanceof WorkspaceRefusedError) return error.message;
  if (isDiskFull(error)) return `The disk of ${spec.root} is full: free some space.`;
  if (isDiskError(error))
    return `${spec.root} cannot be used (${error.code}): check the directory and its permissions.`;
  if (error instanceof Database.SqliteError && error.code === 'SQLITE_FULL') {
    return "The disk with the agent's state is full: free some space.";
  }
  return `A fault of the agent stopped this workspace: ${error instanceof Error ? error.message : String(error)}.`;
}

/** A name for the state file that no other workspace of the node has. */
function stateFile(stateDir: string, { project, root, prefix }: WorkspaceSpec): string {
  const id = createHash('sha256')
    .update(`${root}\0${prefix ?? ''}`)
    .digest('hex')
    .slice(0, 12);
  return join(stateDir, `${project}-${id}.db`);
}

/** @throws WorkspaceGoneError, WorkspaceRefusedError, errors of the disk */
function openIt(
  host: WorkspaceHost,
  spec: WorkspaceSpec,
  problems: Problems,
  troubles: Troubles,
  signal: AbortSignal,
): OpenWorkspace {
  const { root, project, prefix } = spec;
  const { state, replaced } = openState(stateFile(host.stateDir, spec));
  let lock: WorkspaceLock | undefined;
  try {
    if (replaced) host.log.warn({ root }, 'the state file was damaged; reading all files again');
    const workspace = openWorkspace(root, { tenant: host.tenant, project, prefix }, state.meta('workspace'));
    lock = lockWorkspace(root);
    if (state.meta('workspace') !== workspace) state.setMeta('workspace', workspace);
    const kept = clearStaging(root);
    if (kept > 0) host.log.warn({ root, kept }, 'files that were being replaced are kept in .fs-sync/kept');
    // A root that is a link itself is a person's choice; what is below is never followed.
    return new OpenWorkspace(
      host,
      spec,
      {
        root: realpathSync(root),
        state,
        lock,
        problems,
        troubles,
        workspace,
      },
      signal,
    );
  } catch (error) {
    lock?.release();
    state.close();
    throw error;
  }
}

interface Opened {
  readonly root: string;
  readonly state: WorkspaceState;
  readonly lock: WorkspaceLock;
  readonly problems: Problems;
  readonly troubles: Troubles;
  readonly workspace: string;
}

class OpenWorkspace {
  readonly site: Site;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly #host: WorkspaceHost;
  readonly #opened: Opened;
  readonly #watcher: Watcher;
  readonly #scans: Lane;
  readonly #stop = new AbortController();
  readonly #toScan = new Set<RelPath | ''>(['']);
  #scanned = false;
  readonly #scanWaiters: (() => void)[] = [];
  #scannedAt = 0;
  #baseLock: Promise<unknown> = Promise.resolve();

  constructor(host: WorkspaceHost, spec: WorkspaceSpec, opened: Opened, outer: AbortSignal) {
    this.#host = host;
    this.#opened = opened;
    const guard = new MarkerGuard(spec.root, opened.workspace);
    const signal = AbortSignal.any([outer, this.#stop.signal]);
    const { clock, log } = host;
    const { troubles } = opened;
    this.site = {
      node: host.node,
      project: spec.project,
      prefix: spec.prefix,
      root: opened.root,
      stores: host.stores,
      state: opened.state,
      problems: opened.problems,
      troubles,
      clock,
      fileClock: fileClock(probeFileClock(join(stagingFolder(opened.root), 'clock'))),
      log,
      signal,
      refuseDeletions: host.refuseDeletions ?? (() => undefined),
      isThere: () => this.#isThere(guard),
      changed: host.changed,
    };
    const failed = (error: unknown, retryInMs: number) => this.#failed(error, retryInMs);
    const withBase = <T>(work: () => Promise<T>) => this.#withBase(work);
    this.#watcher = startWatcher(opened.root, { mode: host.watch, log }, (hint) => {
      if (hint.kind === 'path') this.outgoing.hint(hint.path);
      else this.rescan(hint.dir);
    });
    this.outgoing = new Outgoing(this.site, {
      watcher: this.#watcher,
      scan: (dir) => this.rescan(dir),
      released: (released) => this.incoming.released(released),
      failed,
      sent: () => {
        troubles.clear('storage');
        troubles.clear('storage-full');
      },
      committed: () => troubles.clear('deletions'),
      withBase,
    });
    this.incoming = new Incoming(this.site, {
      localEdit: (path) => this.outgoing.hint(path),
      wentBack: () => this.rescan(''),
      examined: () => this.outgoing.allowCommits(),
      failed,
      applied: () => {
        troubles.clear('storage');
        troubles.clear('disk');
      },
      withBase,
    });
    this.#scans = new Lane({ clock, signal, step: () => this.#scanNext(), onFailure: failed });
  }

  /** Whether the first look at both sides is done. */
  get hasLooked(): boolean {
    return this.#scanned && this.site.state.base !== undefined;
  }

  oldestPendingAt(): number | undefined {
    const times = [this.outgoing.oldestAt, this.site.state.oldestBehind(this.site.clock.now())].filter(
      (time) => time !== undefined,
    );
    return times.length === 0 ? undefined : Math.min(...times);
  }

  async run(): Promise<void> {
    const strands = [this.outgoing.run(), this.incoming.run(), this.#scans.run(), this.#follow(), this.#lookAfter()];
    try {
      await Promise.all(strands);
    } finally {
      this.#stop.abort();
      this.outgoing.close();
      await Promise.allSettled(strands);
      for (const waiter of this.#scanWaiters.splice(0)) waiter();
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watcher.close();
    await this.incoming.makeDurable();
    this.#opened.state.close();
    this.#opened.lock.release();
  }

  retryNow(): void {
    this.outgoing.retryNow();
    this.incoming.retryNow();
  }

  rescanAll(): Promise<void> {
    return new Promise((resolve) => {
      this.#scanWaiters.push(resolve);
      this.rescan('');
    });
  }

  rescan(dir: RelPath | ''): void {
    if (dir === '') this.#toScan.clear();
    if (![...this.#toScan].some((wider) => wider === '' || wider === dir || isUnder(dir, wider))) this.#toScan.add(dir);
    this.#scans.wake();
  }

  async #scanNext(): Promise<number | undefined> {
    const { site } = this;
    if (!site.isThere()) return undefined;
    const [dir] = this.#toScan;
    if (dir === undefined) return undefined;
    this.#toScan.delete(dir);
    const waiters = dir === '' ? this.#scanWaiters.splice(0) : [];
    try {
      await scan(
        {
          root: site.root,
          state: site.state,
          problems: site.problems,
          watcher: this.#watcher,
          signal: site.signal,
          hint: (path) => this.outgoing.hint(path),
          room: () => this.outgoing.room(),
        },
        dir,
      );
    } catch (error) {
      this.#toScan.add(dir);
      this.#scanWaiters.push(...waiters);
      throw error;
    }
    for (const waiter of waiters) waiter();
    if (dir === '') {
      this.#scanned = true;
      this.#scannedAt = site.clock.now();
    }
    site.changed();
    return this.#toScan.size > 0 ? 0 : undefined;
  }

  /** Follows `current`, the truth (I2). */
  async #follow(): Promise<void> {
    const { site } = this;
    let failures = 0;
    while (!site.signal.aborted) {
      try {
        let found = false;
        for await (const change of watchCurrent(site.stores.index, site.project, { signal: site.signal })) {
          failures = 0;
          site.troubles.clear('storage');
          if (change.kind === 'moved') {
            found = true;
            site.troubles.clear('project');
            this.incoming.moved(change.at);
          } else if (change.kind === 'deleted') {
            site.troubles.set('project', `The project ${site.project} was deleted. The files here are kept.`);
          } else if (!found) {
            site.troubles.set('project', new ProjectMissingError(site.project).message);
          }
        }
      } catch (error) {
        if (site.signal.aborted) return;
        const retryInMs = Math.min(10_000, 100 * 2 ** failures++);
        this.#failed(error, retryInMs);
        await site.clock.sleep(retryInMs, site.signal).catch(() => {});
      }
    }
  }

  /** What has to be done by time: the marker, the periodic rescan, and making records durable when all rests. */
  async #lookAfter(): Promise<void> {
    const { site } = this;
    const { state } = site;
    while (!site.signal.aborted) {
      await site.clock.sleep(LOOK_EVERY_MS, site.signal).catch(() => {});
      if (site.signal.aborted || !site.isThere()) continue;
      if (this.#scanned && site.clock.now() - this.#scannedAt >= this.#host.rescanEveryMs) this.rescan('');
      const atRest = this.hasLooked && this.outgoing.pending === 0 && this.incoming.pending === 0;
      if (atRest && state.base && state.meta('settled') !== state.base.commitSha) {
        state.setMeta('settled', state.base.commitSha);
      }
      await this.incoming.makeDurable();
    }
  }

  #isThere(guard: MarkerGuard): boolean {
    const { troubles, root } = this.site;
    if (!guard.isThere()) {
      if (!troubles.has('workspace')) this.site.log.error({ root }, 'the workspace is gone; nothing is synced');
      troubles.set('workspace', new WorkspaceGoneError(root).message, LOOK_EVERY_MS);
      return false;
    }
    if (troubles.has('workspace')) {
      troubles.clear('workspace');
      this.rescan('');
      this.retryNow();
    }
    return true;
  }

  async #withBase<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#baseLock;
    const run = before.then(work, work);
    this.#baseLock = run.catch(() => {});
    return run;
  }

  #failed(error: unknown, retryInMs: number): void {
    const { troubles, log, project } = this.site;
    if (error instanceof StoreUnavailableError)
      troubles.set('storage', `NATS does not answer: ${error.detail}.`, retryInMs);
    else if (error instanceof StoreFullError) {
      troubles.set('storage-full', `NATS has no room left: ${error.detail}. Give it more, or evict.`, retryInMs);
    } else if (error instanceof StoreDeniedError) {
      troubles.set('storage', `NATS refuses: ${error.detail}. Check the credentials.`, retryInMs);
    } else if (error instanceof ObjectAbsentError || error instanceof ObjectCorruptError) {
      troubles.set(
        'project',
        `A manifest of ${project} cannot be read: ${error.message}. Repair the project.`,
        retryInMs,
      );
    } else if (error instanceof ProjectMissingError) troubles.set('project', error.message, retryInMs);
    else if (error instanceof DeletionsRefusedError) troubles.set('deletions', error.message, retryInMs);
    else if (error instanceof WorkspaceGoneError) return;
    else if (isDiskFull(error)) troubles.set('disk', 'The disk of this node is full: free some space.', retryInMs);
    else if (isDiskError(error)) troubles.set('disk', `The disk fails with ${error.code}: check it.`, retryInMs);
    else throw error;
    log.warn({ project, error, retryInMs }, 'a step failed and is tried again');
  }
}
