// A workspace that is open: its directory is recognised and locked, and two strands run side by side — from disk to
// project (`outgoing.ts`) and from project to disk (`incoming.ts`). They meet in the rows of the state only, and each
// touches disk and row within one turn, so that neither waits for the other's large files.
import { setMaxListeners } from 'node:events';
import { readCurrent } from '../core/commit/current.ts';
import type { DiskLock } from './disk/disk.ts';
import { followCurrent } from './follow-current.ts';
import { openRules } from './ignore/read-rules.ts';
import { Incoming } from './incoming/incoming.ts';
import { endGoingBack } from './incoming/went-back.ts';
import { tidyKept } from './kept.ts';
import { makeSite } from './make-site.ts';
import { LOOK_EVERY_MS, MarkerGuard, WorkspaceGoneError } from './marker.ts';
import type { Opened } from './opening.ts';
import { ProjectMissingError } from './outgoing/committer.ts';
import { Mending } from './outgoing/mending.ts';
import { Outgoing } from './outgoing/outgoing.ts';
import { RecentPuts } from './outgoing/recent-puts.ts';
import { type Progress, WorkspaceProgress } from './progress/workspace-progress.ts';
import type { Site } from './site.ts';
import { endCopy, isOlderCopy, Stamps } from './stamp.ts';
import { Heard } from './state/heard.ts';
import { nameTrouble } from './state/name-trouble.ts';
import type { Problems } from './state/problems.ts';
import { startWatcher, type WatchSettings } from './watch/choose-watcher.ts';
import { Rescans } from './watch/rescans.ts';
import type { OnHint, Watcher } from './watch/watcher.ts';
import type { WorkspaceHost } from './workspace-host.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

/** While much changes, records are made durable more seldom: it holds up the work, and what a power loss takes is found again. */
const SAVE_EVERY_MS = 10_000;

export class OpenWorkspace {
  readonly site: Site;
  readonly outgoing: Outgoing;
  readonly incoming: Incoming;
  readonly rescans: Rescans;
  readonly #progress: WorkspaceProgress;
  readonly #mending: Mending;
  readonly #host: WorkspaceHost;
  readonly #lock: DiskLock;
  readonly #watcher: Watcher;
  readonly #guard: MarkerGuard;
  readonly #stamps: Stamps;
  readonly #stop = new AbortController();
  /** all that was brought has its record */
  #endedWell = false;
  #looked: { readonly at: number; readonly asRead: number } | undefined;
  #tried: { readonly at: number; readonly asRead: number } | undefined;
  #baseLock: Promise<unknown> = Promise.resolve();

  constructor(host: WorkspaceHost, spec: WorkspaceSpec, opened: Opened, outer: AbortSignal) {
    this.#host = host;
    this.#lock = opened.lock;
    this.#progress = new WorkspaceProgress(() => host.changed());
    const heard = new Heard();
    const recent = new RecentPuts(host.clock, heard);
    const { disk, state } = opened;
    this.#guard = new MarkerGuard(disk, spec.root, opened.workspace, () => isOlderCopy(disk, spec.root, state));
    const signal = AbortSignal.any([outer, this.#stop.signal]);
    // Every strand listens to it, and whatever they wait for.
    setMaxListeners(0, signal);
    this.site = makeSite(host, spec, opened, {
      progress: this.#progress,
      recent,
      heard,
      signal,
      isThere: () => this.#isThere(),
      rulesChanged: (dir) => {
        this.#watcher.rulesChanged?.();
        this.incoming.rulesChanged();
        this.rescans.add(dir);
      },
      rulesUnread: (path) => this.outgoing.lookLater(path),
    });
    this.#stamps = new Stamps(this.site, host.clock, () => this.#guard.isThere());
    const onHint: OnHint = (hint) => {
      if (hint.kind === 'path') this.outgoing.hint(hint.path);
      else this.rescans.add(hint.dir);
    };
    const watchSettings = this.#watchSettings(opened.problems);
    this.#watcher =
      host.startWatcher?.(opened.root, onHint, watchSettings) ?? startWatcher(opened.root, watchSettings, onHint);
    try {
      const { troubles } = opened;
      const shared = {
        failed: (error: unknown, retryInMs: number) => this.#failed(error, retryInMs),
        recovered: () => {
          for (const kind of ['disk', 'project'] as const) troubles.clear(kind);
          // On a line that broke a step may have had nothing to try, and so did not fail: who asks NATS how it goes on finds out.
          if (heard.isContinued) troubles.clear('storage');
        },
        withBase: <T>(work: () => Promise<T>) => this.#withBase(work),
      };
      this.outgoing = new Outgoing(this.site, {
        ...shared,
        watcher: this.#watcher,
        scan: (dir) => this.rescans.add(dir),
        isScanning: () => this.rescans.isScanning,
        isMending: () => this.#mending.isUnderWay(),
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
        examined: () => {
          // It goes on from what is here, as NATS said.
          if (heard.isContinued) troubles.clear('storage');
          this.outgoing.allowCommits();
        },
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
      this.#mending = new Mending(this.site, recent, {
        ...shared,
        pathOf: (sha) => this.outgoing.pathOf(sha),
        mended: () => this.outgoing.retryNow(),
      });
      openRules(this.site);
    } catch (error) {
      // Nobody closes what was never opened.
      this.#stop.abort();
      void this.#closing('its watcher could not be closed', () => this.#watcher.close());
      throw error;
    }
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
    const times = [this.outgoing.oldestAt, state.behind.oldestAt(clock.now())].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : this.#asRead(Math.min(...times));
  }

  /** When the last look at the whole directory ended. */
  lookedAt(): number | undefined {
    const { lookedAt } = this.rescans;
    if (lookedAt === undefined) return undefined;
    // Read once: the two clocks drift apart, and a time that is over says the same each time.
    if (this.#looked?.at !== lookedAt) this.#looked = { at: lookedAt, asRead: this.#asRead(lookedAt) };
    return this.#looked.asRead;
  }

  /** When what cannot come yet was tried last, and is tried next; undefined: nothing waits for that. */
  tries(): { readonly triedAt: number; readonly nextTryAt: number } | undefined {
    const { tries } = this.incoming;
    if (!tries) return undefined;
    if (this.#tried?.at !== tries.triedAt) this.#tried = { at: tries.triedAt, asRead: this.#asRead(tries.triedAt) };
    const triedAt = this.#tried.asRead;
    return { triedAt, nextTryAt: triedAt + tries.nextTryAt - tries.triedAt };
  }

  /** A time of the steady clock, as the clock has it that a person reads. */
  #asRead(time: number): number {
    return this.#host.clock.now() - (this.site.clock.now() - time);
  }

  async run(): Promise<void> {
    const lanes = [...this.outgoing.run(), ...this.incoming.run(), this.rescans.run(), this.#mending.run()];
    const follow = followCurrent(this.site, {
      moved: (at) => this.incoming.moved(at),
      lineBroke: () => this.lineBroke(),
      failed: (error, retryInMs) => this.#failed(error, retryInMs),
    });
    const strands = [...lanes, follow, this.#lookAfter()];
    const stopListening = this.site.hints?.listen(this.site.project, (hint) => this.incoming.heardOf(hint));
    try {
      await Promise.all(strands);
      this.#endedWell = true;
    } finally {
      stopListening?.();
      this.#stop.abort();
      this.outgoing.close();
      // What outlived this would meet a state that is closed.
      await Promise.allSettled(strands);
      await this.incoming.ended();
    }
  }

  /** Never fails: what stays open would keep the next opening out, so that each part is closed whatever becomes of the others. */
  async close(): Promise<void> {
    this.#stop.abort();
    const { announcer, state } = this.site;
    await this.#closing('its feed could not be closed', () => announcer.close());
    await this.#closing('its watcher could not be closed', () => this.#watcher.close());
    // A full disk must not end the agent: what is not durable is looked at again at the next start.
    await this.#closing('its records could not be saved', () => this.#save());
    if (this.#endedWell) await this.#closing('its end could not be noted', () => state.setMeta('open', ''));
    await this.#closing('its state could not be closed', () => state.close());
    await this.#closing('its lock could not be released', () => this.#lock.release());
  }

  async #closing(failure: string, close: () => unknown): Promise<void> {
    const { project, root, log } = this.site;
    try {
      await close();
    } catch (error) {
      log.warn({ root, error }, `${project}: the workspace closes, and ${failure}`);
    }
  }

  retryNow(): void {
    this.#mending.retryNow();
    this.outgoing.retryNow();
    this.incoming.retryNow();
  }

  /** Asks what `current` is, of who cannot lag: a watch that tells nothing any more may have told less.
   *  @throws StoreUnavailableError */
  async hearNewest(): Promise<void> {
    const { stores, project, heard } = this.site;
    const { line } = heard;
    const head = await readCurrent(stores.index, project, { newest: true });
    // What is older than what was told is for who follows `current` to judge (I12).
    if (!head || heard.line !== line || head.revision <= this.incoming.toldUpTo) return;
    heard.note(head);
    this.incoming.moved(head);
  }

  /** The line to NATS broke: it may come back older than it was (I12), with other values under the same revisions. */
  lineBroke(): void {
    this.site.heard.forget();
    this.#mending.wake();
  }

  /** What has to be done by time: the marker, edits that are not in their places, the periodic rescan, and making records
   *  durable. */
  async #lookAfter(): Promise<void> {
    const { site } = this;
    const { state, clock, signal } = site;
    let savedAt = clock.now();
    while (!signal.aborted) {
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
      if (signal.aborted || !site.isThere()) continue;
      for (const path of site.displaced.retry(site)) this.outgoing.hint(path);
      const { lookedAt } = this.rescans;
      if (lookedAt !== undefined && clock.now() - lookedAt >= this.#host.rescanEveryMs) {
        tidyKept(this.#host, site.disk, site.root, state, site.displaced.files);
        this.rescans.add('');
      }
      const atRest = this.hasLooked && this.outgoing.pending === 0 && this.incoming.pending === 0;
      if (atRest) this.outgoing.atRest();
      if (atRest && state.base && state.meta('settled') !== state.base.commitSha) {
        state.setMeta('settled', state.base.commitSha);
      }
      if (atRest) endCopy(state);
      if (atRest) endGoingBack(state);
      if (!atRest && clock.now() - savedAt < SAVE_EVERY_MS) continue;
      await this.#save();
      savedAt = clock.now();
    }
  }

  async #save(): Promise<void> {
    await this.incoming.makeDurable();
    await this.#stamps.leave();
  }

  #isThere(): boolean {
    const { troubles, root, log } = this.site;
    if (!this.#guard.isThere()) {
      if (this.#guard.isOlder) {
        // Opened anew, it is compared with the project.
        this.#stop.abort();
        return false;
      }
      if (!troubles.has('workspace')) log.error({ root }, 'the workspace is gone; nothing is synced');
      troubles.set('workspace', new WorkspaceGoneError(root, this.#guard.instead).message, LOOK_EVERY_MS);
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
    const trouble = nameTrouble(error, project);
    if (!trouble) throw error;
    // Who follows `current` says of a project that is not there what became of it.
    if (error instanceof ProjectMissingError && troubles.has('project')) return;
    // A question is no failure, and what a person has to decide is not tried until then.
    const isAsked = trouble.kind === 'deletions';
    const fields = isAsked ? { project } : { project, error, retryInMs };
    // One line for a person when it begins; the tries that follow are for those who look for them.
    if (!troubles.has(trouble.kind)) log.warn(fields, `${project}: ${trouble.what}`);
    else log.debug(fields, isAsked ? 'the question is still open' : 'a step failed again');
    troubles.set(trouble.kind, trouble.what, isAsked ? undefined : retryInMs);
  }
}
