// All that one history consists of: the stores, the nodes, the clock, and the record of what happened.
import { readCommit } from '../../core/commit/chain.ts';
import { watchCurrent } from '../../core/commit/current.ts';
import { changePolicy } from '../../core/commit/policy.ts';
import { createProject } from '../../core/commit/project.ts';
import { diffTrees } from '../../core/manifest/diff.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import type { Sha } from '../../core/model/ids.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import { memoryPutHints } from '../../core/store/memory-put-hints.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { Dice, seedOf } from './dice.ts';
import { HistoryError } from './history-error.ts';
import { LaggingReplica } from './lagging-replica.ts';
import { ACCIDENTS, type Accident, type Plan, REQUESTS, type Request, type SimEvent, type UserAction } from './plan.ts';
import { answerQuestion, restoreFromHistory } from './requests.ts';
import { PROJECT, SimNode } from './sim-node.ts';
import { removeAllRules, tidyUp } from './tidy-up.ts';
import { User } from './users.ts';
import { VirtualClock } from './virtual-clock.ts';

export class World {
  readonly plan: Plan;
  /** those who look after the nodes in the end */
  readonly people: Dice;
  readonly clock = new VirtualClock();
  readonly objects = memoryObjectStore({ clock: this.clock });
  readonly hints = memoryPutHints(this.objects);
  readonly index = memoryKeyValue();
  readonly replica: LaggingReplica;
  readonly nodes: readonly SimNode[];
  readonly trace: string[] = [];
  /** commits that were current, since the stores last went back */
  heads: Sha[] = [];
  /** Paths that somebody removed in a commit that the stores forgot: who brought that to disk may commit it again. */
  readonly forgottenDeletions = new Set<string>();
  /** what was written where, for those who want it back */
  readonly written: (readonly [path: string, content: Buffer])[] = [];
  /** The stores forgot what came last, at some time. */
  wentBack = false;
  /** From here on there is no bad luck any more. */
  isHealed = false;
  readonly #sessions = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #backup: (() => void) | undefined;
  #backupHeads = 0;
  #isGoingBack = false;
  #restores = 0;
  #serial = 0;
  #fault: unknown;

  constructor(plan: Plan) {
    this.plan = plan;
    this.people = new Dice(seedOf(plan.seed, 5));
    this.replica = new LaggingReplica({
      index: this.index,
      clock: this.clock,
      dice: new Dice(seedOf(plan.seed, 6)),
      maxLagMs: plan.luck.maxLagMs,
      signal: this.#stop.signal,
    });
    this.nodes = plan.nodes.map((_, i) => new SimNode(this, i));
    for (const { user, machine } of this.nodes) {
      user.makeDirectories('/outside');
      machine.writeFile('/outside/file', Buffer.from('outside'));
      user.open('/outside/file', 'read').syncNow();
      machine.syncNames('/outside');
      machine.syncNames('/');
    }
  }

  /** Agents may be ended in the middle of something. */
  get mayBeCutOff(): boolean {
    const { events, luck } = this.plan;
    return luck.disk.fail > 0 || events.some(({ what }) => CUT_OFF.has(what));
  }

  nextSerial(): number {
    return ++this.#serial;
  }

  say(who: string, what: string): void {
    if (this.#stop.signal.aborted) return;
    // Names in staging have a number that no seed gives.
    const told = what.replace(/(get|old)-\d+-\d+/g, '$1');
    this.trace.push(`${this.clock.elapsedMs.toFixed(1).padStart(9)} ${who}: ${told}`);
  }

  /** A fault of ours: the history has failed. */
  fault(who: string, error: unknown): void {
    this.say(who, `FAULT ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    this.#fault ??= error;
  }

  get head(): Sha | undefined {
    return this.heads.at(-1);
  }

  /** The project is made, a backup of it taken, and all agents run. */
  async begin(): Promise<void> {
    await createProject(this.io, PROJECT, { kind: 'system', id: 'test' });
    if (this.plan.ways.keepsBoth)
      await changePolicy(this.index, PROJECT, (policy) => ({ ...policy, conflicts: 'keep-both' }));
    void this.#follow();
    void this.replica.follow();
    await this.clock.run(0);
    this.#takeBackup();
    for (const node of this.nodes) node.start();
  }

  /** @throws HistoryError when an agent met a fault of ours */
  async play(): Promise<void> {
    await this.begin();
    for (const event of this.plan.events) {
      await this.clock.run(event.delayMs);
      this.#mustBeWell();
      const { what } = event;
      if (isAccident(what)) this.#accident(event, what);
      else if (isRequest(what)) this.#request(event, what);
      else this.#session(event, what);
    }
  }

  get io() {
    const { objects, index, clock } = this;
    return { objects, index, clock, nodes: objectNodes(objects) };
  }

  /** Everybody is left in peace: what converges has to converge now. */
  async heal(): Promise<void> {
    this.isHealed = true;
    this.say('*', 'heals');
    for (const node of this.nodes) node.heal();
    while (this.#sessions.size > 0) await this.clock.run(50);
    for (const node of this.nodes) {
      node.mount();
      node.cut(false);
      tidyUp(this, node);
    }
    await this.#startAll();
  }

  /** Somebody takes the rules away, after which all is the business of all again.
   *  @returns whether there were any */
  async rulesGo(): Promise<boolean> {
    const gone = this.nodes.map((node) => removeAllRules(this, node));
    await this.clock.run(0);
    return gone.includes(true);
  }

  async restart(): Promise<void> {
    for (const node of this.nodes) node.stop();
    await this.#startAll();
  }

  async #startAll(): Promise<void> {
    for (const node of this.nodes) while (node.isEnding) await this.clock.run(50);
    for (const node of this.nodes) node.start();
    await this.clock.run(0);
    this.#mustBeWell();
  }

  async run(ms: number): Promise<void> {
    await this.clock.run(ms);
    this.#mustBeWell();
  }

  /** Lets everything run until this is done. */
  async finish(work: Promise<void>): Promise<void> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    while (!isDone) await this.run(10);
    await done;
  }

  close(): void {
    this.#stop.abort();
    for (const node of this.nodes) node.kill();
  }

  #mustBeWell(): void {
    if (this.#fault === undefined) return;
    if (this.#fault instanceof HistoryError) throw this.#fault;
    throw new HistoryError('fault', 'an agent met a fault of ours', { cause: this.#fault });
  }

  #session({ seed, node: index }: SimEvent, what: UserAction): void {
    const node = this.#node(index);
    if (!node.isMounted) return;
    const user = new User(this, node, seed);
    this.#track(user.act(what));
  }

  #request({ seed, node }: SimEvent, what: Request): void {
    const dice = new Dice(seed);
    if (what === 'answer') answerQuestion(this, this.#node(node), dice);
    else if (!this.#isGoingBack) this.#track(this.#restoreFromHistory(dice));
  }

  async #restoreFromHistory(dice: Dice): Promise<void> {
    this.#restores++;
    await restoreFromHistory(this, dice).finally(() => this.#restores--);
  }

  #track(work: Promise<void>): void {
    const session = work
      .catch((error: unknown) => {
        // What a person works on may go in the middle of it, with the directory or with the power.
        if (!isDiskError(error)) this.fault('*', error);
      })
      .finally(() => this.#sessions.delete(session));
    this.#sessions.add(session);
  }

  #accident({ seed, node: index }: SimEvent, what: Accident): void {
    const node = this.#node(index);
    const dice = new Dice(seed);
    this.say(node.name, what);
    const accidents: Record<Accident, () => unknown> = {
      kill: () => node.kill(),
      'kill at work': () => node.killIn(1 + dice.below(dice.chance(0.5) ? 20 : 200)),
      stop: () => node.stop(),
      start: () => node.start(),
      'power loss': () => node.powerLoss(),
      cut: () => node.cut(true),
      // Nobody has a line to a store that is being restored.
      join: () => this.#isGoingBack || node.cut(false),
      'set clock': () => this.clock.set((dice.chance(0.5) ? 1 : -1) * dice.below(dice.chance(0.5) ? 1_000 : 7_200_000)),
      unmount: () => this.#track(this.#unmount(node, dice)),
      'lose state': () => node.loseState(),
      'restore stores': () => this.#restore(dice),
      rescan: () => node.resync(),
    };
    accidents[what]();
  }

  async #unmount(node: SimNode, dice: Dice): Promise<void> {
    node.unmount(dice.chance(0.5));
    await this.clock.sleep(dice.below(dice.chance(0.3) ? 10_000 : 100));
    node.mount();
    this.say(node.name, 'is mounted again');
  }

  /** I12: what came after a backup is forgotten; or a backup is taken, when there is none. */
  #restore(dice: Dice): void {
    if (dice.chance(0.4)) {
      this.#takeBackup();
      return;
    }
    this.#track(this.goBack());
  }

  /** I12: `current` is as the last backup has it. Nobody has a line meanwhile: what was under way ends unanswered. */
  async goBack(): Promise<void> {
    if (this.#isGoingBack) return;
    this.#isGoingBack = true;
    const cut = this.nodes.filter(({ line }) => !line.isCut);
    for (const node of cut) node.cut(true);
    await this.clock.sleep(500);
    while (this.#restores > 0) await this.clock.sleep(10);
    for (const node of this.nodes) node.books.storesWentBack(node.files(), node.files(true));
    for (const head of this.heads.slice(this.#backupHeads)) await this.#noteForgotten(head);
    this.#backup?.();
    this.replica.restored();
    this.wentBack = true;
    this.heads.splice(this.#backupHeads);
    this.say('*', `current is set back`);
    for (const node of cut) node.cut(false);
    this.#takeBackup();
    this.#isGoingBack = false;
  }

  async #noteForgotten(head: Sha): Promise<void> {
    const commit = await readCommit(this.objects, head);
    const [before] = commit.parents;
    if (before === undefined) return;
    const { manifest_sha } = await readCommit(this.objects, before);
    for await (const change of diffTrees(this.io.nodes, manifest_sha, commit.manifest_sha)) {
      if (change.kind === 'removed') this.forgottenDeletions.add(change.was.path);
    }
  }

  #takeBackup(): void {
    this.#backupHeads = this.heads.length;
    this.#backup = this.index.checkpoint();
  }

  #node(index: number): SimNode {
    const node = this.nodes[index];
    if (!node) throw new Error(`there is no node ${index}`);
    return node;
  }

  async #follow(): Promise<void> {
    for await (const change of watchCurrent(this.index, PROJECT, { signal: this.#stop.signal })) {
      if (change.kind === 'moved') this.#note(change.at);
    }
  }

  #note({ current, revision }: CurrentAt): void {
    if (this.head === current.commit_sha) return;
    this.heads.push(current.commit_sha);
    this.say('*', `current is ${current.commit_sha.slice(0, 8)} at ${revision}, ${current.files} files`);
  }
}

const CUT_OFF: ReadonlySet<string> = new Set<Accident>(['kill', 'kill at work', 'power loss', 'lose state']);
const accidents: ReadonlySet<string> = new Set(ACCIDENTS);
const isAccident = (what: SimEvent['what']): what is Accident => accidents.has(what);
const requests: ReadonlySet<string> = new Set(REQUESTS);
const isRequest = (what: SimEvent['what']): what is Request => requests.has(what);
