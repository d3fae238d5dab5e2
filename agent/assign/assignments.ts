// The workspaces of a node: those of its configuration, which run as long as the agent does, and those that the server
// assigns, which come and go with `<node>.desired`. One change of the record after the other is carried out.
import { isDeepStrictEqual } from 'node:util';
import type { ProjectName } from '../../core/model/ids.ts';
import type { DesiredWorkspace, NodeDesired } from '../../core/model/node-desired.ts';
import type { WorkspaceStatus } from '../../core/model/node-status.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { realPathOf } from '../disk/real-path.ts';
import type { RescanAsk } from '../resync.ts';
import { Workspace } from '../workspace.ts';
import type { WorkspaceHost } from '../workspace-host.ts';
import type { WorkspaceSpec } from '../workspace-spec.ts';
import { AssignedFile, type Remembered } from './assigned-file.ts';
import { AssignedWorkspace } from './assigned-workspace.ts';
import { type Assignment, type Ground, keyOf, planAssignments, type Refusal } from './plan-assignments.ts';

export interface AssignmentsOptions {
  readonly host: WorkspaceHost;
  readonly configured: readonly WorkspaceSpec[];
  /** absolute directories below which the server may place workspaces */
  readonly allowedDirs: readonly string[];
}

interface Member {
  readonly held: AssignedWorkspace;
  readonly stop: AbortController;
  done: Promise<void>;
}

export class Assignments {
  readonly #options: AssignmentsOptions;
  readonly #configured: readonly Workspace[];
  readonly #file: AssignedFile;
  readonly #members = new Map<string, Member>();
  /** taken once, and not allowed any more: neither run nor removed */
  readonly #shelved = new Map<string, Remembered>();
  #refused: readonly Refusal[] = [];
  /** those of the configuration that the server assigns as well, with the root that it names */
  #assignedToo: ReadonlyMap<string, string> = new Map();
  #desired: NodeDesired | undefined;
  #signal: AbortSignal = AbortSignal.abort();
  #work: Promise<void> = Promise.resolve();

  constructor(options: AssignmentsOptions) {
    const { host, configured } = options;
    this.#options = options;
    this.#configured = configured.map((spec) => new Workspace(host, spec));
    this.#file = new AssignedFile(host.disk ?? nodeDisk, host.stateDir, host.log);
    this.#remember(this.#file.load());
  }

  /** All that the node has now. */
  get workspaces(): readonly Workspace[] {
    return [...this.#configured, ...[...this.#members.values()].map(({ held }) => held.workspace)];
  }

  statuses(): WorkspaceStatus[] {
    const configured = this.#configured.map((one): WorkspaceStatus => {
      const root = this.#assignedToo.get(keyOf(one.spec));
      return { ...one.status(), from: 'configuration', ...(root !== undefined && { assigned_root: root }) };
    });
    const assigned = [...this.#members.values()].map(({ held }) => held.status());
    return [...configured, ...assigned, ...this.#refused.map(refusedStatus)];
  }

  /** Runs until the signal aborts; may be run again then. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const member of this.#members.values()) this.#start(member);
    await Promise.all(this.#configured.map((workspace) => workspace.run(signal)));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await this.#work;
    await Promise.all([...this.#members.values()].map(({ done }) => done));
    this.#save();
  }

  /** What the server wants now. */
  apply(desired: NodeDesired): void {
    this.#desired = desired;
    this.#work = this.#work.then(() => this.#reconcile(desired)).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#options.host.log.error({ error }, 'the desired record could not be carried out');
  }

  #remember(remembered: readonly Remembered[]): void {
    const asked = remembered.map(({ active_at, leaving, removed_at, ...one }): DesiredWorkspace => one);
    const { accepted } = planAssignments(asked, this.#ground());
    const assignments = new Map(accepted.map((assignment) => [keyOf(assignment), assignment]));
    for (const one of remembered) {
      const assignment = assignments.get(keyOf(specOf(one)));
      if (assignment) this.#take(assignment, one);
      else this.#shelved.set(keyOf(specOf(one)), one);
    }
  }

  #ground(): Ground {
    const { host, configured, allowedDirs } = this.#options;
    const members = [...this.#members.values()].map(({ held }) => held);
    const { disk = nodeDisk } = host;
    return {
      dirs: allowedDirs,
      own: [host.stateDir],
      configured,
      leaving: members.filter(({ isLeaving }) => isLeaving).map(({ assignment }) => assignment),
      running: members.filter(({ isLeaving }) => !isLeaving).map(({ assignment }) => assignment),
      realPath: (path) => realPathOf(disk, path),
    };
  }

  async #reconcile(desired: NodeDesired): Promise<void> {
    if (this.#signal.aborted) return;
    const { accepted, refused, configured } = planAssignments(desired.workspaces, this.#ground());
    this.#refused = refused;
    this.#assignedToo = configured;
    const wanted = new Map(accepted.map((assignment) => [keyOf(assignment), assignment]));
    const refusedKeys = new Set(refused.flatMap(({ asked, root }) => (root === undefined ? [] : [keyAt(asked, root)])));
    for (const [key, member] of [...this.#members]) {
      if (wanted.has(key)) continue;
      if (refusedKeys.has(key)) await this.#shelve(key, member);
      else member.held.leave();
    }
    for (const [key, assignment] of wanted) await this.#want(key, assignment);
    for (const key of [...this.#shelved.keys()]) if (!refusedKeys.has(key)) this.#shelved.delete(key);
    this.#heedRescans(desired);
    this.#save();
    this.#options.host.changed();
  }

  async #want(key: string, assignment: Assignment): Promise<void> {
    const member = this.#members.get(key);
    if (member && isRunAlike(member.held.assignment, assignment)) {
      member.held.keep(assignment);
      return;
    }
    let remembered = this.#shelved.get(key);
    this.#shelved.delete(key);
    if (member) {
      // Its mode or its threshold is another now: it starts anew with it.
      await this.#end(key, member);
      remembered = member.held.remembered;
    }
    this.#start(this.#take(assignment, remembered && staying(remembered)));
  }

  #take(assignment: Assignment, remembered: Remembered | undefined): Member {
    const held = new AssignedWorkspace(this.#options.host, assignment, { save: () => this.#save() }, remembered);
    const member: Member = { held, stop: new AbortController(), done: Promise.resolve() };
    this.#members.set(keyOf(assignment), member);
    return member;
  }

  #start(member: Member): void {
    const key = keyOf(member.held.assignment);
    // Noted before its directory is made: an agent that is killed meanwhile knows it as its own.
    this.#save();
    const run = async () => {
      const ended = await member.held.run(AbortSignal.any([this.#signal, member.stop.signal]));
      if (ended !== 'gone') return;
      this.#members.delete(key);
      this.#options.host.feeds.remove(member.held.workspace.spec);
      this.#save();
      this.#options.host.changed();
      // What was refused because of it may be taken now.
      if (this.#desired) this.apply(this.#desired);
    };
    member.done = run().catch((error: unknown) => this.#failed(error));
  }

  async #end(key: string, member: Member): Promise<void> {
    member.stop.abort();
    await member.done;
    this.#members.delete(key);
  }

  /** What it holds stays on disk as it is. */
  async #shelve(key: string, member: Member): Promise<void> {
    await this.#end(key, member);
    this.#shelved.set(key, member.held.remembered);
  }

  #heedRescans({ rescan = {}, rescan_below: below = {} }: NodeDesired): void {
    const heed = (project: ProjectName, workspace: { rescanAsked(ask: RescanAsk): void }) => {
      const at = rescan[project];
      const path = below[project];
      if (at !== undefined) workspace.rescanAsked({ at, ...(path !== undefined && { path }) });
    };
    for (const { held } of this.#members.values()) heed(held.assignment.project, held);
    for (const one of this.#configured) heed(one.spec.project, one);
  }

  #save(): void {
    try {
      this.#file.save([...[...this.#members.values()].map(({ held }) => held.remembered), ...this.#shelved.values()]);
    } catch (error) {
      if (!isDiskError(error)) throw error;
      this.#options.host.log.error({ error }, 'which workspaces are assigned could not be saved');
    }
  }
}

const isRunAlike = (a: Assignment, b: Assignment): boolean =>
  a.mode === b.mode && isDeepStrictEqual(a.deleteThreshold, b.deleteThreshold);

const staying = ({ leaving: _, ...rest }: Remembered): Remembered => rest;

function specOf({ project, prefix, root }: Remembered): WorkspaceSpec {
  return { project, root, ...(prefix !== undefined && { prefix }) };
}

function keyAt({ project, prefix }: DesiredWorkspace, root: string): string {
  return keyOf({ project, root, ...(prefix !== undefined && { prefix }) });
}

function refusedStatus({ asked, root, reason }: Refusal): WorkspaceStatus {
  return {
    project: asked.project,
    ...(asked.prefix !== undefined && { prefix: asked.prefix }),
    root: root ?? asked.root,
    from: 'server',
    state: 'blocked',
    sentence: `This node does not take the workspace: ${reason}.`,
    base: null,
    files: 0,
    bytes: 0,
    pending_up: 0,
    pending_down: 0,
    oldest_pending: null,
    problems: [],
    problem_count: 0,
  };
}
