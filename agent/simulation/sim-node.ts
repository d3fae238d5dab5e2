// One machine of a simulation: a disk, people who use it, and an agent that is started, stopped and killed on it.

import { dirname } from 'node:path';
import { isoTime } from '../../core/model/clock.ts';
import { parseNodeId, parseProjectName, parseTenant, type Sha } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import type { Answer } from '../../core/model/node-status.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import type { SeededFaults } from '../../core/testing/faults.ts';
import type { Disk } from '../disk/disk.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { MemoryDisk } from '../disk/memory-disk.ts';
import type { DiskFault, MemoryProcess } from '../disk/memory-process.ts';
import { WorkspaceGoneError, WorkspaceRefusedError } from '../marker.ts';
import { Feeds } from '../subscribe/feeds.ts';
import { Workspace } from '../workspace.ts';
import { Books, filesOf } from './books.ts';
import { Dice, seedOf } from './dice.ts';
import { type Line, linkOf, newLine } from './network.ts';
import type { Luck } from './plan.ts';
import type { World } from './world.ts';

export const PROJECT = parseProjectName('demo');
export const ROOT = '/data/demo';
/** On the disk of a node. @param path  in its workspace; '' = the workspace itself */
export const at = (path: string): string => (path === '' ? ROOT : `${ROOT}/${path}`);
export const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const AWAY = '/data/away';
const STATE = '/state';
const RESCAN_MS = 20_000;

interface Running {
  readonly process: MemoryProcess;
  readonly workspace: Workspace;
  readonly stop: AbortController;
  readonly faults: SeededFaults;
  isEnding: boolean;
}

export class SimNode {
  readonly name: string;
  readonly machine: MemoryDisk;
  readonly books = new Books();
  /** the part of the project that it holds; undefined: all of it */
  readonly prefix: string | undefined;
  /** where only its own people work */
  readonly ownDirectory: string | undefined;
  readonly line: Line;
  readonly #world: World;
  readonly #index: number;
  readonly #luck: Luck;
  #user: Disk;
  #running: Running | undefined;
  #starts = 0;
  /** the agent is killed in so many calls */
  #killIn: number | undefined;
  /** questions that somebody saw */
  readonly asked = new Set<string>();
  readonly #answers = new Map<string, Answer>();
  #allowedAt: Sha | undefined;

  constructor(world: World, index: number) {
    const { plan, clock } = world;
    this.#world = world;
    this.#index = index;
    this.#luck = plan.luck;
    this.name = 'abcd'.charAt(index);
    this.prefix = plan.nodes[index];
    this.ownDirectory = plan.ways.ownDirectories && this.prefix === undefined ? `own-${this.name}` : undefined;
    const { exactTimes, names, capacityBytes } = plan.luck;
    this.line = newLine(plan.luck);
    this.machine = new MemoryDisk({
      clock,
      random: new Dice(seedOf(plan.seed, 3, index)).random,
      spend: (ms) => clock.spend(ms),
      exactTimes,
      sharedJournal: names === 'shared',
      namesAlone: names === 'alone',
      ...(capacityBytes !== undefined && { capacityBytes }),
    });
    this.#user = this.machine.start().disk;
    this.user.makeDirectories(ROOT);
    for (const dir of ['/', dirname(ROOT)]) this.machine.syncNames(dir);
  }

  /** The disk as people use it: it never fails them. */
  get user(): Disk {
    return this.#user;
  }

  get status() {
    return this.#running?.isEnding === false ? this.#running.workspace.status() : undefined;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** It was told to stop, and still works. */
  get isEnding(): boolean {
    return this.#running?.isEnding === true;
  }

  get isMounted(): boolean {
    return this.user.lstat(AWAY) === undefined;
  }

  /** The directory is not where it was; perhaps the empty one is seen that it was mounted on. */
  unmount(leavesDirectory: boolean): void {
    // A workspace that its agent does not know yet is made anew where it is missing: then nobody mounts the old one again.
    if (!this.isMounted || this.status?.base == null) return;
    this.user.rename(ROOT, AWAY);
    if (leavesDirectory) this.user.makeDirectory(ROOT);
  }

  mount(): void {
    if (this.isMounted) return;
    this.user.removeTree(ROOT);
    this.user.rename(AWAY, ROOT);
  }

  start(): void {
    if (this.#running) return;
    const { clock, objects, hints: told, index, replica } = this.#world;
    const serial = ++this.#starts;
    const seedFor = (what: number) => seedOf(this.#world.plan.seed, 4, this.#index, serial, what);
    const dice = new Dice(seedFor(1));
    const stop = new AbortController();
    const process = this.machine.start({
      faults: {
        next: (verb) => this.#fault(dice, verb),
      },
      watchFaults: {
        random: new Dice(seedFor(2)).random,
        rates: () => (this.#world.isHealed ? NO_HINT_FAULTS : this.#luck.hints),
        maxDelayMs: 2_000,
      },
      onDeath: () => {
        if (this.#running?.process === process) this.#running = undefined;
        this.#killIn = undefined;
        stop.abort(new Error('killed'));
      },
    });
    const { stores, hints, faults } = linkOf({
      clock,
      objects,
      hints: told,
      index,
      lagging: replica.get,
      line: this.line,
      rates: this.#luck.store,
      seed: seedFor(3),
      isDead: () => process.isDead,
    });
    if (this.#world.isHealed) faults.heal();
    const workspace = new Workspace(
      {
        node: parseNodeId(this.name),
        tenant: parseTenant('default'),
        stores,
        hints,
        clock,
        log: this.#log(process),
        feeds: new Feeds(clock),
        stateDir: STATE,
        watch: 'inotify',
        disk: process.disk,
        startWatcher: (root, onHint) => process.startWatcher(root, onHint),
        rescanEveryMs: RESCAN_MS,
        deleteThreshold: this.#world.plan.ways.threshold,
        answerTo: (id) => this.#world.plan.ways.answer ?? this.#answers.get(id),
        changed: () => {},
      },
      { project: PROJECT, root: ROOT, ...(this.prefix !== undefined && { prefix: parseRelPath(this.prefix) }) },
    );
    const running: Running = { process, workspace, stop, faults, isEnding: false };
    this.#running = running;
    workspace.run(stop.signal).then(
      () => this.#ended(running),
      (error: unknown) => {
        if (!process.isDead) this.#world.fault(this.name, error);
        this.#ended(running);
      },
    );
  }

  #ended(running: Running): void {
    if (this.#running === running) this.#running = undefined;
    running.process.kill();
  }

  /** As on SIGTERM: it ends its work. */
  stop(): void {
    if (!this.#running) return;
    this.#running.isEnding = true;
    this.#running.stop.abort(new Error('the agent stops'));
  }

  kill(): void {
    this.#running?.process.kill();
  }

  killIn(calls: number): void {
    if (this.#running) this.#killIn = calls;
  }

  powerLoss(): void {
    if (!this.isMounted) return;
    const before = this.files();
    this.machine.powerLoss();
    this.#running = undefined;
    // The disk of the people is a process too: theirs starts anew with the machine.
    this.#user = this.machine.start().disk;
    this.books.powerLost(before, this.files(), this.files(true));
    this.books.own = undefined;
  }

  loseState(): void {
    if (!this.isMounted) return;
    this.kill();
    this.machine.loseDatabases();
    this.books.own = undefined;
  }

  cut(isCut: boolean): void {
    if (this.line.isCut === isCut) return;
    this.line.isCut = isCut;
    if (isCut) for (const tell of [...this.line.onCut]) tell();
    if (isCut) this.#running?.workspace.storageAway('The line is cut.');
    else this.#running?.workspace.storageBack();
  }

  /** A person answers what the node asks, or what it asked once. */
  answer(answer: Answer, questionId: string): void {
    // What is restored comes back also where its people took it away.
    if (answer === 'restore') this.books.own = undefined;
    if (answer === 'allow') this.#allowedAt ??= this.#world.head;
    this.#answers.set(questionId, answer);
    this.#running?.workspace.answered();
  }

  /** What was current when a person allowed deletions here for the first time; undefined: nobody did. */
  get allowedAt(): Sha | 'always' | undefined {
    return this.#world.plan.ways.answer === 'allow' ? 'always' : this.#allowedAt;
  }

  /** Somebody asks for a new look from elsewhere. */
  resync(): void {
    this.#running?.workspace.rescanAsked({ at: isoTime(this.#world.clock.now()) });
  }

  async rescan(): Promise<void> {
    await this.#running?.workspace.rescan();
  }

  heal(): void {
    this.#killIn = undefined;
    this.#running?.faults.heal();
  }

  /** @param own  with what the agent keeps in its own folder; what it only fetched goes at its next start */
  files(own = false) {
    const files = filesOf(this.machine, this.user, ROOT, own);
    for (const path of files.keys()) if (FETCHED.test(path)) files.delete(path);
    return files;
  }

  #fault(dice: Dice, verb: string): DiskFault | undefined {
    this.#world.clock.sign();
    if (this.#world.isHealed) return undefined;
    if (this.#killIn !== undefined && --this.#killIn <= 0) {
      this.#world.say(this.name, `killed in ${verb}`);
      return { kind: 'kill', when: dice.chance(0.5) ? 'before' : 'after' };
    }
    const { fail, slow } = this.#luck.disk;
    if (dice.chance(fail)) return { kind: 'fail', code: dice.pick(['EIO', 'EACCES', 'ENOSPC', 'EMFILE']) };
    return dice.chance(slow) ? { kind: 'slow', ms: dice.below(dice.chance(0.05) ? 3_000 : 20) } : undefined;
  }

  /** A workspace that ends by a fault of ours is what a simulation is for. */
  #log(process: MemoryProcess): Log {
    const silent = () => {};
    return {
      debug: silent,
      info: silent,
      warn: (fields, message) => this.#world.say(this.name, `warns: ${message}${errorOf(fields)}`),
      error: (fields, message) => {
        this.#world.say(this.name, `error: ${message}`);
        const error = 'error' in fields ? fields.error : undefined;
        if (error === undefined || process.isDead || isExpected(error)) return;
        this.#world.fault(this.name, error);
      },
    };
  }
}

const errorOf = (fields: object): string => ('error' in fields ? ` (${String(fields.error)})` : '');

const isExpected = (error: unknown): boolean =>
  isDiskError(error) || error instanceof WorkspaceGoneError || error instanceof WorkspaceRefusedError;

const FETCHED = /^\.fs-sync\/staging\/(?!old-)/;
const NO_HINT_FAULTS = { lose: 0, delay: 0, repeat: 0 };
