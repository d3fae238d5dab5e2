// A workspace that is open: its directory is recognised and locked, and two strands run side by side — from disk to
// project (`outgoing.ts`) and from project to disk (`incoming.ts`). They meet in the rows of the state only, and each
// touches disk and row within one turn, so that neither waits for the other's large files.
import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { join } from 'node:path';
import type { CommitIo } from '../core/commit/commit.ts';
import { watchCurrent } from '../core/commit/current.ts';
import type { Clock } from '../core/model/clock.ts';
import type { NodeId, ProjectName, Sha, Tenant } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import type { WorkspaceMode } from '../core/model/node-desired.ts';
import type { Answer } from '../core/model/node-status.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { Limits } from './assign/limits.ts';
import type { Disk, DiskLock } from './disk/disk.ts';
import { fileClock, probeFileClock } from './disk/fingerprint.ts';
import { nodeDisk } from './disk/node-disk.ts';
import { IgnoreRules } from './ignore/ignore-rules.ts';
import { openRules } from './ignore/read-rules.ts';
import { Incoming } from './incoming/incoming.ts';
import { nameKeeping } from './incoming/name-clash.ts';
import { type BothWays, transfersWithin } from './limits/transfers.ts';
import {
  clearStaging,
  lockWorkspace,
  MarkerGuard,
  openWorkspace,
  stagingFolder,
  WorkspaceGoneError,
} from './marker.ts';
import { ProjectMissingError } from './outgoing/committer.ts';
import { DEFAULT_THRESHOLD, type DeletionThreshold } from './outgoing/deletion-guard.ts';
import { Outgoing } from './outgoing/outgoing.ts';
import { putFileAgain } from './outgoing/put-again.ts';
import { RecentPuts } from './outgoing/recent-puts.ts';
import { countedObjects } from './progress/counted-objects.ts';
import { type Progress, WorkspaceProgress } from './progress/workspace-progress.ts';
import type { Site } from './site.ts';
import { Heard } from './state/heard.ts';
import { Lane } from './state/lane.ts';
import { nameTrouble } from './state/name-trouble.ts';
import { type OpenedState, openState } from './state/open-state.ts';
import type { Problems } from './state/problems.ts';
import type { WorkspaceState } from './state/state.ts';
import { steadyClock } from './state/steady-clock.ts';
import type { Troubles } from './state/troubles.ts';
import { Announcer } from './subscribe/announcer.ts';
import type { Feeds } from './subscribe/feeds.ts';
import { startWatcher, type WatchMode, type WatchSettings } from './watch/choose-watcher.ts';
import { Rescans } from './watch/rescans.ts';
import type { OnHint, Watcher } from './watch/watcher.ts';

export interface WorkspaceSpec {
  readonly project: ProjectName;
  /** absolute, without a `/` at its end */
  readonly root: string;
  /** the part of the project that the workspace holds; absent: all of it */
  readonly prefix?: RelPath;
  /** default: both ways */
  readonly mode?: WorkspaceMode;
}

/** What the agent gives to each of its workspaces. */
export interface WorkspaceHost {
  readonly node: NodeId;
  readonly tenant: Tenant;
  readonly stores: CommitIo;
  readonly clock: Clock;
  readonly log: Log;
  readonly feeds: Feeds;
  /** where state files lie, outside of the workspaces */
  readonly stateDir: string;
  readonly watch: WatchMode;
  /** default: this machine's */
  readonly disk?: Disk;
  /** default: the one that `watch` names */
  readonly startWatcher?: (root: string, onHint: OnHint, settings: WatchSettings) => Watcher;
  /** A full look at the directory this often, for what the watcher missed. */
  readonly rescanEveryMs: number;
  /** I9: what may be deleted at once without being asked. Default: DEFAULT_THRESHOLD */
  readonly deletionThreshold?: DeletionThreshold;
  /** What the node may use; changes while it runs. Default: no limits. */
  readonly limits?: Limits;
  /** What follows from them, for all workspaces together; default: as much as one workspace may use. */
  readonly transfers?: BothWays;
  /** A person's answer to a question that the node asked in its status. */
  readonly answerTo?: (questionId: string) => Answer | undefined;
  /** The status may have changed. */
  changed(): void;
}

/** What is wrong with a workspace; outlives its closing. */
export interface Wrongs {
  readonly problems: Problems;
  readonly troubles: Troubles;
}

/** How often the marker is looked for, and records are made durable. */
export const LOOK_EVERY_MS = 2_000;

/** @throws WorkspaceGoneError, WorkspaceRefusedError, errors of the disk */
export function open(host: WorkspaceHost, spec: WorkspaceSpec, wrongs: Wrongs, signal: AbortSignal): OpenWorkspace {
  const { root, project, prefix } = spec;
  const { log, tenant, disk = nodeDisk } = host;
  const { state, replaced } = openOwnState(disk, stateFile(host.stateDir, spec));
  let lock: DiskLock | undefined;
  try {
    if (replaced) log.warn({ root }, 'the state file was damaged; reading all files again');
    const remembered = state.meta('workspace');
    const workspace = openWorkspace(disk, root, { tenant, project, prefix }, remembered);
    lock = lockWorkspace(disk, root);
    if (remembered !== workspace) {
      // Records of another directory: what they have and this one lacks was not deleted here.
      if (remembered !== undefined) state.forget();
      state.setMeta('workspace', workspace);
    }
    recover(host, state, disk.bootId());
    const kept = clearStaging(disk, root);
    if (kept > 0) log.warn({ root, kept }, 'files that were being replaced are kept in .fs-sync/kept');
    // A root that is a link itself is a person's choice; what is below is never followed.
    const opened = { ...wrongs, disk, root: disk.realPath(root), state, lock, workspace };
    return new OpenWorkspace(host, spec, opened, signal);
  } catch (error) {
    lock?.release();
    state.close();
    throw error;
  }
}

/** After a power loss, names may be gone whose records are here. Where boots cannot be told apart, each start counts as one. */
function recover({ clock, log }: WorkspaceHost, state: WorkspaceState, boot: string | undefined): void {
  if (boot === undefined || state.meta('boot') !== boot) {
    const count = state.landings.takeBack(state, clock.now());
    if (count > 0) log.warn({ count }, 'the machine went down: what came last is compared with the project again');
  }
  state.setMeta('boot', boot ?? '');
}

/** Noted in the records before the first file of a workspace goes from the node (`assign/remove-workspace.ts`). */
export const REMOVING = 'removing';

/** Records of a removal that did not end say that files are here which are gone: they count as lost. */
export function openOwnState(disk: Disk, file: string): OpenedState {
  const opened = openState(disk, file);
  if (opened.state.meta(REMOVING) === undefined) return opened;
  opened.state.close();
  disk.removeDatabase(file);
  return openState(disk, file);
}

/** A name for the state file that no other workspace of the node has. */
export function stateFile(stateDir: string, { project, root, prefix }: WorkspaceSpec): string {
  const hash = createHash('sha256').update(`${root}\0${prefix ?? ''}`);
  return join(stateDir, `${project}-${hash.digest('hex').slice(0, 12)}.db`);
}

interface Opened extends Wrongs {
  readonly disk: Disk;
  readonly root: string;
  readonly state: WorkspaceState;
  readonly lock: DiskLock;
  readonly workspace: string;
}

export class OpenWorkspace {
  readonly site: Site;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly rescans: Rescans;
  readonly #progress: WorkspaceProgress;
  readonly #heard = new Heard();
  readonly #recent: RecentPuts;
  readonly #mends: Lane;
  readonly #host: WorkspaceHost;
  readonly #lock: DiskLock;
  readonly #watcher: Watcher;
  readonly #guard: MarkerGuard;
  readonly #stop = new AbortController();
  #baseLock: Promise<unknown> = Promise.resolve();

  constructor(host: WorkspaceHost, spec: WorkspaceSpec, opened: Opened, outer: AbortSignal) {
    this.#host = host;
    this.#lock = opened.lock;
    this.#progress = new WorkspaceProgress(() => host.changed());
    this.#recent = new RecentPuts(host.clock, this.#heard);
    this.#guard = new MarkerGuard(opened.disk, spec.root, opened.workspace);
    const signal = AbortSignal.any([outer, this.#stop.signal]);
    // Every strand listens to it, and whatever they wait for.
    setMaxListeners(0, signal);
    this.site = this.#siteOf(spec, opened, signal);
    const onHint: OnHint = (hint) => {
      if (hint.kind === 'path') this.outgoing.hint(hint.path);
      else this.rescans.add(hint.dir);
    };
    const watchSettings = this.#watchSettings(opened.problems);
    this.#watcher =
      host.startWatcher?.(opened.root, onHint, watchSettings) ?? startWatcher(opened.root, watchSettings, onHint);
    const { troubles } = opened;
    const shared = {
      failed: (error: unknown, retryInMs: number) => this.#failed(error, retryInMs),
      recovered: () => {
        for (const kind of ['storage', 'disk', 'project'] as const) troubles.clear(kind);
      },
      withBase: <T>(work: () => Promise<T>) => this.#withBase(work),
    };
    this.outgoing = new Outgoing(this.site, {
      ...shared,
      watcher: this.#watcher,
      scan: (dir) => this.rescans.add(dir),
      isScanning: () => this.rescans.isScanning,
      isMending: () => this.#isMending(),
      released: (paths) => this.incoming.released(paths),
      sent: () => {
        for (const kind of ['storage', 'storage-full'] as const) troubles.clear(kind);
      },
      committed: () => troubles.clear('deletions'),
      restored: () => this.incoming.retryNow(),
      noteOwn: () => this.incoming.noteOwn(),
    });
    this.incoming = new Incoming(this.site, {
      ...shared,
      localEdit: (path) => this.outgoing.hint(path),
      wentBack: () => {
        this.outgoing.startAnew();
        this.rescans.add('');
      },
      examined: () => this.outgoing.allowCommits(),
      applied: () => {
        for (const kind of ['storage', 'disk'] as const) troubles.clear(kind);
      },
    });
    this.rescans = new Rescans(this.site, {
      ...shared,
      watcher: this.#watcher,
      hint: (path) => this.outgoing.hint(path),
      room: () => this.outgoing.room(),
    });
    this.#mends = new Lane({
      clock: this.site.clock,
      signal: this.site.signal,
      step: () => this.#mend(),
      onFailure: shared.failed,
      onRecovered: shared.recovered,
    });
    openRules(this.site);
  }

  #watchSettings(problems: Problems): WatchSettings {
    const { watch: mode, log } = this.#host;
    const { clock, ignores } = this.site;
    problems.clearIf('.', ['watch-limit']);
    return {
      mode,
      log,
      clock,
      isIgnored: (path, isDirectory) => ignores.ignores(path, isDirectory),
      onLimit(message) {
        if (message === undefined) problems.clearIf('.', ['watch-limit']);
        else problems.set('.', 'watch-limit', message);
      },
    };
  }

  #siteOf(spec: WorkspaceSpec, opened: Opened, signal: AbortSignal): Site {
    const { node, stores, clock, log, deletionThreshold, answerTo, changed } = this.#host;
    const { root, state, problems, troubles } = opened;
    const { disk, naming } = nameKeeping(opened.disk, root, stagingFolder(root));
    const objects = countedObjects(stores.objects, this.#progress.up, this.#progress.down);
    const announcer = new Announcer(this.#host.feeds.of(spec), state);
    return {
      node,
      project: spec.project,
      prefix: spec.prefix,
      root,
      disk,
      stores: { ...stores, objects: this.#recent.ofFiles(objects) },
      commits: this.#recent.ofCommits(stores),
      state,
      problems,
      troubles,
      clock: steadyClock(clock),
      fileClock: fileClock(probeFileClock(disk, join(stagingFolder(root), 'clock')), () => clock.now()),
      naming,
      transfers: this.#host.transfers ?? transfersWithin(this.#host.limits ?? new Limits(), clock),
      log,
      heard: this.#heard,
      announcer,
      signal,
      mode: spec.mode ?? 'two-way',
      deletionThreshold: deletionThreshold ?? DEFAULT_THRESHOLD,
      answerTo: answerTo ?? (() => undefined),
      isThere: () => this.#isThere(),
      ignores: new IgnoreRules(spec.prefix),
      rulesChanged: (dir) => {
        this.#watcher.rulesChanged?.();
        this.incoming.rulesChanged();
        this.rescans.add(dir);
      },
      changed: () => {
        announcer.check();
        changed();
      },
    };
  }

  /** Whether the first look at both sides is done. */
  get hasLooked(): boolean {
    return this.rescans.lookedAt !== undefined && this.site.state.base !== undefined;
  }

  /** How far it is since it began to have something to do. */
  progress(): Progress {
    const { outgoing, incoming, site } = this;
    return this.#progress.look(site.clock.now(), { outgoing, incoming, state: site.state });
  }

  /** All is done: what comes next is counted anew. */
  inSync(): void {
    this.#progress.rest();
  }

  oldestPendingAt(): number | undefined {
    const { state, clock } = this.site;
    const now = clock.now();
    const times = [this.outgoing.oldestAt, state.behind.oldestAt(now)].filter((time) => time !== undefined);
    // As the clock has it that a person reads.
    return times.length === 0 ? undefined : this.#host.clock.now() - (now - Math.min(...times));
  }

  async run(): Promise<void> {
    const lanes = [this.outgoing.run(), this.incoming.run(), this.rescans.run(), this.#mends.run()];
    const strands = [...lanes, this.#follow(), this.#lookAfter()];
    try {
      await Promise.all(strands);
    } finally {
      this.#stop.abort();
      this.outgoing.close();
      await Promise.allSettled(strands);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.site.announcer.close();
    await this.#watcher.close();
    // A full disk must not end the agent: what is not durable is looked at again at the next start.
    await this.incoming.makeDurable().catch((error: unknown) => {
      this.site.log.warn({ error }, `${this.site.project}: the records of the workspace could not be saved`);
    });
    this.site.state.close();
    this.#lock.release();
  }

  retryNow(): void {
    this.#mends.retryNow();
    this.outgoing.retryNow();
    this.incoming.retryNow();
  }

  /** The line to NATS broke: it may come back older than it was (I12), with other values under the same revisions. */
  lineBroke(): void {
    this.site.heard.forget();
    this.#mends.wake();
  }

  /** Also a put that was answered after the line broke is in doubt: whoever finds that sees to it. */
  #isMending(): boolean {
    const isInDoubt = this.#recent.isInDoubt();
    if (isInDoubt) this.#mends.wake();
    return isInDoubt;
  }

  /** I12: puts again what NATS forgot of what it had acknowledged. Commits wait for it. */
  async #mend(): Promise<undefined> {
    const { site } = this;
    if (!this.#recent.isInDoubt()) return;
    const putFile = (sha: Sha) => putFileAgain(site, sha, this.outgoing.pathOf(sha));
    const { put, lost } = await this.#recent.putAgain({ objects: site.stores.objects, putFile });
    if (put + lost > 0) {
      site.log.warn({ project: site.project, put, lost }, `NATS forgot ${put + lost} objects; ${put} were put again`);
    }
    this.outgoing.retryNow();
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
            site.heard.note(change.at);
            this.incoming.moved(change.at);
          } else if (change.kind === 'unreadable') {
            site.troubles.set(
              'project',
              `${change.key} is not readable by this version: update the agent, or repair the project.`,
            );
          } else if (change.kind === 'deleted') {
            this.lineBroke();
            site.troubles.set('project', `The project ${site.project} was deleted. The files here are kept.`);
          } else if (!found) {
            site.troubles.set('project', new ProjectMissingError(site.project).message);
          }
        }
      } catch (error) {
        if (site.signal.aborted) return;
        // Not only a connection that is lost: a stream may be restored behind one that stays.
        this.lineBroke();
        const retryInMs = Math.min(10_000, 100 * 2 ** failures++);
        this.#failed(error, retryInMs);
        await site.clock.sleep(retryInMs, site.signal).catch(() => {});
      }
    }
  }

  /** What has to be done by time: the marker, the periodic rescan, and making records durable. */
  async #lookAfter(): Promise<void> {
    const { site } = this;
    const { state, clock, signal } = site;
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
      if (signal.aborted || !site.isThere()) continue;
      const { lookedAt } = this.rescans;
      if (lookedAt !== undefined && clock.now() - lookedAt >= this.#host.rescanEveryMs) this.rescans.add('');
      const atRest = this.hasLooked && this.outgoing.pending === 0 && this.incoming.pending === 0;
      if (atRest) this.outgoing.atRest();
      if (atRest && state.base && state.meta('settled') !== state.base.commitSha) {
        state.setMeta('settled', state.base.commitSha);
      }
      await this.incoming.makeDurable();
    }
  }

  #isThere(): boolean {
    const { troubles, root, log } = this.site;
    if (!this.#guard.isThere()) {
      if (!troubles.has('workspace')) log.error({ root }, 'the workspace is gone; nothing is synced');
      troubles.set('workspace', new WorkspaceGoneError(root).message, LOOK_EVERY_MS);
      return false;
    }
    if (troubles.has('workspace')) {
      log.info({ root }, 'the workspace is back');
      troubles.clear('workspace');
      this.rescans.add('');
      this.retryNow();
    }
    return true;
  }

  /** One at a time reads and moves the base commit. */
  async #withBase<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#baseLock.then(work, work);
    this.#baseLock = run.catch(() => {});
    return run;
  }

  /** @throws `error` when it is a fault of ours: that closes the workspace instead of being tried for ever */
  #failed(error: unknown, retryInMs: number): void {
    const { troubles, log, project } = this.site;
    const trouble = nameTrouble(error);
    if (!trouble) throw error;
    // One line for a person when it begins; the tries that follow are for those who look for them.
    if (troubles.has(trouble.kind)) log.debug({ project, error, retryInMs }, 'a step failed again');
    else log.warn({ project, error, retryInMs }, `${project}: ${trouble.what}`);
    troubles.set(trouble.kind, trouble.what, retryInMs);
  }
}
