// One workspace of an agent: opened, run, and opened again when that is what helps; and its status, the answer to
// "why is it not in sync?".
import Database from 'better-sqlite3';
import { isoTime } from '../core/model/clock.ts';
import { DEFAULT_THRESHOLD, sameThreshold } from '../core/model/delete-threshold.ts';
import type { Sha } from '../core/model/ids.ts';
import type { Problem, WorkspaceStatus } from '../core/model/node-status.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { skippingWord } from '../core/model/verdict.ts';
import { isDiskError, isDiskFull } from './disk/disk-error.ts';
import { LookInside } from './inner-workspace.ts';
import { LOOK_EVERY_MS, NeverTakenError, WorkspaceGoneError, WorkspaceRefusedError } from './marker.ts';
import type { OpenWorkspace } from './open-workspace.ts';
import { open } from './opening.ts';
import { putFileAgain } from './outgoing/put-again.ts';
import { type Progress, progressText } from './progress/workspace-progress.ts';
import { Reopening, WORKS_AFTER_MS } from './reopening.ts';
import { type RescanAsk, Resync } from './resync.ts';
import { Problems } from './state/problems.ts';
import { sentenceOf, type Trouble, Troubles } from './state/troubles.ts';
import type { WorkspaceHost } from './workspace-host.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

const SILENT = 'NATS does not answer; changes are kept and sent when it does.';

export class Workspace {
  readonly spec: WorkspaceSpec;
  readonly #host: WorkspaceHost;
  readonly #problems: Problems;
  readonly #troubles: Troubles;
  readonly #lookInside = new LookInside();
  readonly #reopening: Reopening;
  readonly #resync: Resync;
  #open: OpenWorkspace | undefined;
  #neverTaken = false;

  constructor(host: WorkspaceHost, spec: WorkspaceSpec) {
    this.spec = spec;
    this.#host = host;
    // Those who ask for it are answered also while it cannot be opened.
    host.feeds.of(spec);
    this.#problems = new Problems(host.clock, host.changed);
    this.#troubles = new Troubles(host.clock, host.changed);
    this.#reopening = new Reopening(host.stores.random ?? Math.random);
    this.#resync = new Resync({ spec, clock: host.clock, changed: () => host.changed() });
  }

  /** Works until the signal aborts. What cannot be opened now, and what a fault of ours ended, is opened again. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#host;
    while (!signal.aborted) {
      let retryInMs = LOOK_EVERY_MS;
      try {
        const wrongs = { problems: this.#problems, troubles: this.#troubles, lookInside: this.#lookInside };
        const opened = await open(this.#host, this.spec, wrongs, signal);
        this.#open = opened;
        this.#neverTaken = false;
        await this.#runOpened(opened);
      } catch (error) {
        if (signal.aborted) return;
        this.#neverTaken = error instanceof NeverTakenError;
        const why = whyClosed(this.spec, error);
        const stopped = this.#reopening.stopped(why, this.#open !== undefined);
        retryInMs = stopped.retryInMs;
        this.#troubles.set('stopped', why, retryInMs);
        const fields = { project: this.spec.project, root: this.spec.root, error };
        if (stopped.isNews) log.error(fields, `the workspace stopped: ${why}`);
        else log.debug(fields, 'the workspace stopped again');
      } finally {
        await this.#open?.close();
        this.#open = undefined;
        this.#host.changed();
      }
      await clock.sleep(retryInMs, signal).catch(() => {});
    }
  }

  async #runOpened(opened: OpenWorkspace): Promise<void> {
    const over = new AbortController();
    if (!this.#reopening.isDoubtful) this.#works();
    else {
      const works = () => this.#works();
      void this.#host.clock.sleep(WORKS_AFTER_MS, over.signal).then(works, () => {});
    }
    void this.#resync.answer(opened);
    try {
      await opened.run();
    } finally {
      over.abort();
    }
  }

  #works(): void {
    this.#troubles.clear('stopped');
    const { project, root } = this.spec;
    if (this.#reopening.works()) this.#host.log.info({ project, root }, 'the workspace works again');
  }

  /** undefined while it cannot be used */
  get opened(): OpenWorkspace | undefined {
    return this.#open;
  }

  /** The directory is refused, and never was a workspace of this agent. */
  get neverTaken(): boolean {
    return this.#neverTaken;
  }

  /** NATS is back: what waits for it is tried now. */
  storageBack(): void {
    this.#troubles.clear('storage');
    this.#open?.retryNow();
  }

  storageAway(what: string): void {
    this.#open?.lineBroke();
    this.#troubles.set('storage', what);
  }

  /** NATS hangs, or answers again: no line broke, so what was heard of it still holds. */
  storageSilent(isSilent: boolean): void {
    if (isSilent) this.#troubles.set('silent', SILENT);
    else this.#troubles.clear('silent');
  }

  /** A person may have answered a question of this workspace. */
  answered(): void {
    this.#open?.outgoing.retryNow();
  }

  /** Whether a file here is recorded with these bytes. */
  holds(sha: Sha): boolean {
    return (this.#open?.site.state.rows.ofSha(sha).length ?? 0) > 0;
  }

  /** @returns false when no file here has them any more */
  async putAgain(sha: Sha): Promise<boolean> {
    return this.#open ? putFileAgain(this.#open.site, sha, undefined) : false;
  }

  /** Looks at the whole directory again; resolves when that is done and every difference is on its way. */
  async rescan(): Promise<void> {
    await this.#open?.rescans.all();
  }

  /** Somebody asked for a new look, now or before. */
  rescanAsked(ask: RescanAsk): void {
    this.#resync.ask(ask, this.#open);
  }

  status(): WorkspaceStatus {
    const { spec } = this;
    const open = this.#open;
    const oldest = open?.oldestPendingAt();
    const question = open?.outgoing.question;
    const progress = this.#progressOf(open);
    const looked = timeText(open?.lookedAt());
    const resync = this.#resync.status(looked);
    const leftOut = open?.site.state.leftOut.count ?? 0;
    const threshold = spec.deleteThreshold ?? this.#host.deleteThreshold ?? DEFAULT_THRESHOLD;
    return {
      project: spec.project,
      ...(spec.prefix !== undefined && { prefix: spec.prefix }),
      root: spec.root,
      ...this.#stateOf(open, progress),
      base: open?.site.state.base?.commitSha ?? null,
      files: open?.site.state.rows.totals.files ?? 0,
      bytes: open?.site.state.rows.totals.bytes ?? 0,
      pending_up: open?.outgoing.toSend ?? 0,
      pending_down: open?.incoming.pending ?? 0,
      oldest_pending: oldest === undefined ? null : isoTime(oldest),
      ...(progress && { progress }),
      ...this.#triesOf(open),
      ...(looked !== undefined && { looked }),
      ...(resync && { resync }),
      ...(leftOut > 0 && { left_out: leftOut }),
      ...(spec.mode !== undefined && spec.mode !== 'two-way' && { mode: spec.mode }),
      ...(!sameThreshold(threshold) && { delete_threshold: threshold }),
      ...(question && { question }),
      problems: this.#problems.list(),
      problem_count: this.#problems.count,
    };
  }

  /** Of what stops it as a whole, or else of what waits while the rest is in sync. */
  #triesOf(open: OpenWorkspace | undefined): Pick<WorkspaceStatus, 'last_try' | 'next_try'> {
    const trouble = this.#troubles.first;
    const { triedAt, nextTryAt } = trouble ?? open?.tries() ?? (open && this.#problems.tries) ?? {};
    const [last, next] = [timeText(triedAt), timeText(nextTryAt)];
    return { ...(last !== undefined && { last_try: last }), ...(next !== undefined && { next_try: next }) };
  }

  /** undefined: there is nothing to do, or nobody knows yet */
  #progressOf(open: OpenWorkspace | undefined): Progress | undefined {
    if (!open) return undefined;
    if (open.outgoing.pending + open.incoming.pending > 0) return open.progress();
    if (open.hasLooked && open.incoming.isCurrent) {
      open.inSync();
      if (this.#reopening.isDoubtful) this.#works();
    }
    return undefined;
  }

  #stateOf(
    open: OpenWorkspace | undefined,
    progress: Progress | undefined,
  ): Pick<WorkspaceStatus, 'state' | 'sentence'> {
    const trouble = this.#troubles.first;
    if (trouble) return { state: 'blocked', sentence: `${sentenceOf(trouble)}${waitsToo(trouble, open)}` };
    if (!open?.hasLooked)
      return {
        state: 'starting',
        sentence: `Looks through the directory and at the project.${progress ? ` ${progressText(progress)}` : ''}`,
      };
    const up = open.outgoing.undecided;
    const down = open.incoming.pending;
    const leftOut = this.#problems.leftOut;
    const isAtRest = up + down === 0 && open.incoming.isCurrent;
    const isHeld =
      up + down > 0 &&
      up + down <= leftOut.length &&
      open.incoming.heldWith(open.outgoing.kept) >= down &&
      heldUp(open, leftOut) >= up;
    const full = leftOut.find(({ code }) => code === 'disk-full');
    // What comes next needs room, too.
    if (isHeld && full) return { state: 'blocked', sentence: `${full.path}: ${full.reason}` };
    if (isHeld && down > 0) return { state: 'held', sentence: waitingSentence(open, down, leftOut) };
    if (isAtRest || isHeld) {
      const notes = this.#problems.count - leftOut.length;
      const sentence = `${restSentence(leftOut.length, notes)}${this.#notBrought(open)}${ignoredHere(open)}`;
      return { state: isAtRest ? 'in-sync' : 'held', sentence };
    }
    return { state: 'syncing', sentence: progress ? progressText(progress) : 'Syncing.' };
  }

  #notBrought({ site }: OpenWorkspace): string {
    const { count } = site.state.behind;
    if (site.mode !== 'send' || count === 0) return '';
    const what = count === 1 ? '1 path of the project is' : `${count} paths of the project are`;
    return ` ${what} not brought here: this workspace only sends.`;
  }
}

const timeText = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms));

/** Why the project counts more files than this workspace does. */
function ignoredHere({ site }: OpenWorkspace): string {
  const { count } = site.state.leftOut;
  if (count === 0) return '';
  const what = count === 1 ? '1 path of the project is' : `${count} paths of the project are`;
  const way = `npx fs-sync project forget-ignored ${site.project}`;
  return ` ${what} ignored here and stay${count === 1 ? 's' : ''} in the project: ${way} takes what is ignored off it.`;
}

/** Of what is to go to the project, how many paths have a problem themselves: that others have says nothing about these. */
const heldUp = ({ outgoing }: OpenWorkspace, problems: readonly Problem[]): number =>
  problems.filter(({ path }) => outgoing.isPending(path) && !outgoing.kept.has(path as RelPath)).length;

function waitingSentence({ site }: OpenWorkspace, waiting: number, problems: readonly Problem[]): string {
  const what = `${waiting.toLocaleString('en-US')} ${waiting === 1 ? 'path of the project waits' : 'paths of the project wait'}`;
  const why = problems.find(({ path }) => site.state.behind.at(path as RelPath) !== undefined);
  return `${what} to come here${why ? `. ${why.path}: ${why.reason}` : ': the problems say why.'}`;
}

function restSentence(skipped: number, notes: number): string {
  const rest = skipped > 0 ? `${skippingWord(skipped)}.` : 'In sync.';
  return notes === 0 ? rest : `${rest} There ${notes === 1 ? 'is 1 note' : `are ${notes} notes`}: see the problems.`;
}

/** Nothing is committed while a person is asked: what else changed here waits as well. */
function waitsToo({ kind }: Trouble, open: OpenWorkspace | undefined): string {
  const changes = kind === 'deletions' ? (open?.outgoing.changed ?? []) : [];
  const [first] = changes;
  if (first === undefined) return '';
  const others = changes.length - 1;
  const more = others === 0 ? '' : ` and ${others} other ${others === 1 ? 'change' : 'changes'}`;
  return ` ${first}${more} ${others === 0 ? 'waits' : 'wait'} for the answer, too.`;
}

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
