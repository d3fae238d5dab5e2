// A workspace that the server assigned: it runs like any other, and can leave the node again, because its assignment ended
// or because nothing changed in it for long. It leaves only with proof; while there is none it stays in sync, says why it is
// still there, and tries again. One that left for being idle waits to be asked for.
import { readCurrent } from '../../core/commit/current.ts';
import { isoTime } from '../../core/model/clock.ts';
import type { Sha } from '../../core/model/ids.ts';
import type { WorkspaceStatus } from '../../core/model/node-status.ts';
import { NOTES } from '../../core/model/verdict.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { WorkspaceRefusedError } from '../marker.ts';
import type { RescanAsk } from '../resync.ts';
import { nameTrouble } from '../state/name-trouble.ts';
import type { WorkspaceState } from '../state/state.ts';
import { Workspace } from '../workspace.ts';
import type { WorkspaceHost } from '../workspace-host.ts';
import type { Remembered } from './assigned-file.ts';
import { Bell } from './bell.ts';
import { letGo } from './let-go.ts';
import type { Assignment } from './plan-assignments.ts';
import { type Proof, proveHeld } from './prove-held.ts';
import { removeWorkspace } from './remove-workspace.ts';

/** `why` ends a sentence */
type Examined = Proof | { readonly kind: 'orphaned'; readonly why: string };

export interface AssignedEvents {
  /** what `remembered` says is another: it has to be saved */
  save(): void;
}

/** After a proof that failed. */
const RETRY_MS = 5_000;
/** How often it is noted when the workspace was last active. */
const NOTE_EVERY_MS = 3_600_000;

export class AssignedWorkspace {
  readonly workspace: Workspace;
  readonly #host: WorkspaceHost;
  readonly #events: AssignedEvents;
  readonly #tell: () => void;
  readonly #changes = new Bell();
  readonly #orders = new Bell();
  /** objects that the last proof found safe */
  readonly #safe = new Set<Sha>();
  #assignment: Assignment;
  #activeAt: number;
  #leaving: boolean;
  #removedAt: number | undefined;
  /** why it is still here */
  #why: string | undefined;

  constructor(host: WorkspaceHost, assignment: Assignment, events: AssignedEvents, remembered?: Remembered) {
    this.#tell = () => host.changed();
    this.#host = { ...host, changed: () => this.#changed() };
    this.#assignment = assignment;
    this.#events = events;
    this.#activeAt = remembered ? Date.parse(remembered.active_at) : host.clock.now();
    this.#leaving = remembered?.leaving ?? false;
    this.#removedAt = remembered?.removed_at === undefined ? undefined : Date.parse(remembered.removed_at);
    this.workspace = new Workspace(this.#host, assignment);
  }

  get assignment(): Assignment {
    return this.#assignment;
  }

  get isLeaving(): boolean {
    return this.#leaving;
  }

  get remembered(): Remembered {
    const { project, prefix, root, mode, idleRemoveMs, deleteThreshold } = this.#assignment;
    return {
      project,
      ...(prefix !== undefined && { prefix }),
      root,
      ...(mode !== undefined && { mode }),
      ...(idleRemoveMs !== undefined && { idle_remove_ms: idleRemoveMs }),
      ...(deleteThreshold !== undefined && { delete_threshold: deleteThreshold }),
      active_at: isoTime(this.#activeAt),
      ...(this.#leaving && { leaving: true }),
      ...(this.#removedAt !== undefined && { removed_at: isoTime(this.#removedAt) }),
    };
  }

  /** It is assigned (again), perhaps with another idle time; what is new about it brings a removed one back. */
  keep(assignment: Assignment): void {
    if (this.#leaving || assignment.idleRemoveMs !== this.#assignment.idleRemoveMs) this.#activate();
    this.#assignment = assignment;
    this.#leaving = false;
    this.#orders.ring();
  }

  /** Someone asked for a new look at it, now or before. One that was removed meanwhile comes back. */
  rescanAsked(ask: RescanAsk): void {
    if (this.#removedAt !== undefined && Date.parse(ask.at) > this.#removedAt) this.#activate();
    this.workspace.rescanAsked(ask);
    this.#orders.ring();
  }

  #activate(): void {
    this.#removedAt = undefined;
    this.#why = undefined;
    this.#activeAt = this.#host.clock.now();
  }

  /** Its assignment ended. */
  leave(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#why = undefined;
    this.#orders.ring();
    this.#tell();
  }

  /** @returns 'gone' when it left the node for good; 'stopped' when the signal aborted first */
  async run(signal: AbortSignal): Promise<'gone' | 'stopped'> {
    while (!signal.aborted) {
      if (this.#removedAt !== undefined) {
        if (this.#leaving) return 'gone';
        await this.#orders.wait(this.#host.clock, signal);
        continue;
      }
      const end = await this.#untilMayGo(signal);
      if (end === 'stopped') break;
      if (end === 'proven') await this.#remove(signal);
      else if (this.#leaving && this.#letGo()) return 'gone';
      else await this.#orders.wait(this.#host.clock, signal, RETRY_MS);
    }
    return 'stopped';
  }

  status(): WorkspaceStatus {
    const inner: WorkspaceStatus = { ...this.workspace.status(), from: 'server' };
    if (this.#removedAt !== undefined)
      return { ...inner, state: 'removed', sentence: removedSentence(this.#removedAt) };
    const why = this.#why;
    if (this.#leaving) {
      const sentence =
        why === undefined
          ? 'It leaves this node as soon as all that it holds is proven to be in the project.'
          : `It is to leave this node, but stays for now: ${why}.`;
      return { ...inner, state: 'removing', sentence };
    }
    return why === undefined ? inner : { ...inner, sentence: `${inner.sentence} It is idle, but stays: ${why}.` };
  }

  #changed(): void {
    if (this.#pending() > 0) this.#activeAt = this.#host.clock.now();
    this.#changes.ring();
    this.#tell();
  }

  #pending(): number {
    // Asked for the first time while the workspace is being made.
    const opened = this.workspace?.opened;
    return opened ? opened.outgoing.pending + opened.incoming.pending : 0;
  }

  /** Runs the workspace until it is to go, and may.
   *  @returns 'orphaned': nothing can ever prove it, and its assignment ended. 'stopped': the signal aborted first */
  async #untilMayGo(outer: AbortSignal): Promise<'proven' | 'orphaned' | 'stopped'> {
    const stop = new AbortController();
    const signal = AbortSignal.any([outer, stop.signal]);
    const running = this.workspace.run(signal);
    let end: 'proven' | 'orphaned' | undefined;
    try {
      while (end === undefined && (await this.#untilUnwanted(signal))) {
        const found = await this.#examine(signal);
        if (found.kind === 'orphaned' && this.#leaving) end = 'orphaned';
        if (found.kind === 'proven' && this.#isUnwanted()) end = 'proven';
        if (end !== undefined || found.kind === 'proven' || signal.aborted) continue;
        this.#setWhy(found.why);
        const isQuiet = this.#pending() === 0 && this.workspace.opened?.incoming.isCurrent;
        await (isQuiet ? this.#orders : this.#changes).wait(this.#host.clock, signal, RETRY_MS);
      }
    } finally {
      stop.abort();
      await running;
    }
    return end === undefined || outer.aborted ? 'stopped' : end;
  }

  async #untilUnwanted(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (this.#isUnwanted()) return true;
      this.#setWhy(undefined);
      await this.#orders.wait(this.#host.clock, signal, Math.min(this.#idleInMs() ?? NOTE_EVERY_MS, NOTE_EVERY_MS));
      this.#events.save();
    }
    return false;
  }

  #isUnwanted(): boolean {
    const idleInMs = this.#idleInMs();
    return this.#leaving || (idleInMs !== undefined && idleInMs <= 0);
  }

  /** undefined: it stays however idle it is */
  #idleInMs(): number | undefined {
    const { idleRemoveMs } = this.#assignment;
    return idleRemoveMs === undefined ? undefined : this.#activeAt + idleRemoveMs - this.#host.clock.now();
  }

  /** A full look at the disk, and then the proof, while the workspace runs. */
  async #examine(signal: AbortSignal): Promise<Examined> {
    try {
      const orphaned = await this.#orphaned();
      if (orphaned !== undefined) return { kind: 'orphaned', why: orphaned };
      const before = this.#unclean();
      if (before !== undefined) return { kind: 'unproven', why: before };
      await this.workspace.rescan();
      const after = this.#unclean();
      const state = this.workspace.opened?.site.state;
      if (after !== undefined || !state) return { kind: 'unproven', why: after ?? 'it cannot be used now' };
      this.#safe.clear();
      return await this.#prove(state, signal);
    } catch (error) {
      return { kind: 'unproven', why: this.#whyNot(error) };
    }
  }

  /** @returns why nothing can ever prove that it is anywhere else; undefined: something may
   *  @throws StoreUnavailableError  nothing is known then */
  async #orphaned(): Promise<string | undefined> {
    if (this.workspace.neverTaken) return withoutDot(this.workspace.status().sentence);
    const { project } = this.#assignment;
    const current = await readCurrent(this.#host.stores.index, project);
    return current ? undefined : `the project ${project} does not exist (any more)`;
  }

  #prove(state: WorkspaceState, signal: AbortSignal): Promise<Proof> {
    const { project, prefix } = this.#assignment;
    return proveHeld({ stores: this.#host.stores, project, prefix, state, signal, safe: this.#safe });
  }

  #unclean(): string | undefined {
    const { state, sentence, problems, problem_count } = this.workspace.status();
    if (state !== 'in-sync' && state !== 'held') return withoutDot(sentence);
    const left = problems.find(({ code }) => !NOTES.has(code));
    if (left) return `${left.path} is not in the project: ${withoutDot(left.reason)}`;
    return state === 'held' || problem_count > problems.length ? `${problem_count} paths have problems` : undefined;
  }

  /** The workspace does not run now. */
  async #remove(signal: AbortSignal): Promise<void> {
    const { log, disk = nodeDisk, stateDir, clock } = this.#host;
    const spec = this.#assignment;
    try {
      const prove = (state: WorkspaceState) => this.#prove(state, signal);
      const removal = await removeWorkspace({ disk, stateDir, spec, signal, prove });
      if (removal.kind === 'removed') {
        log.info({ project: spec.project, root: spec.root }, 'the workspace was removed from this node');
        this.#removedAt = clock.now();
        this.#why = undefined;
      } else this.#setWhy(removal.why);
    } catch (error) {
      this.#setWhy(this.#whyNot(error));
    }
    this.#safe.clear();
    this.#events.save();
    this.#tell();
  }

  /** The workspace does not run now.
   *  @returns whether it is done */
  #letGo(): boolean {
    const { log, disk = nodeDisk, stateDir } = this.#host;
    const spec = this.#assignment;
    try {
      const rest = letGo({ disk, stateDir, spec });
      log.warn(
        { project: spec.project, root: spec.root },
        `the node let go of the workspace${rest === 'left' ? '; what is in the directory stays there' : ', which was empty'}`,
      );
      return true;
    } catch (error) {
      this.#setWhy(this.#whyNot(error));
      return false;
    }
  }

  #whyNot(error: unknown): string {
    const { project, root } = this.#assignment;
    const trouble = nameTrouble(error, project);
    if (trouble) return withoutDot(trouble.what);
    if (error instanceof WorkspaceRefusedError) return withoutDot(error.message);
    this.#host.log.error({ error, project, root }, 'a workspace could not be examined');
    return `a fault of the agent: ${error instanceof Error ? error.message : String(error)}`;
  }

  #setWhy(why: string | undefined): void {
    if (this.#why === why) return;
    this.#why = why;
    this.#tell();
  }
}

const withoutDot = (sentence: string): string => sentence.replace(/\.$/, '');

const removedSentence = (at: number): string =>
  `Removed from this node at ${isoTime(at).slice(0, 16).replace('T', ' ')} UTC, because nothing had changed in it for long. ` +
  'It comes back when it is asked for.';
