// From disk to project, as one: hints come in, and what differs from the base is committed. Two strands work side by side,
// one that looks at settled paths (`looks.ts`), and one that commits what is ready (`batches.ts`).
import type { Sha } from '../../core/model/ids.ts';
import type { Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import { Lane } from '../state/lane.ts';
import { Batches } from './batches.ts';
import { countPaths, type Paths } from './count-paths.ts';
import { LocalOnly } from './local-only.ts';
import { Looks } from './looks.ts';
import { Moves } from './moves.ts';
import { ReadyChanges } from './ready-changes.ts';
import type { OutgoingPeers, Way } from './way.ts';

export class Outgoing {
  readonly #site: Site;
  readonly #ready: ReadyChanges;
  readonly #local: LocalOnly;
  readonly #looks: Looks;
  readonly #batches: Batches;
  readonly #looking: Lane;
  readonly #committing: Lane;

  constructor(site: Site, peers: OutgoingPeers) {
    this.#site = site;
    const wakeLooks = () => this.#looking.wake();
    const wakeCommits = () => this.#committing.wake();
    this.#ready = new ReadyChanges(site, wakeCommits);
    this.#local = new LocalOnly(site);
    const shared = { ready: this.#ready, moves: new Moves(), local: this.#local };
    const way: Way = { site, peers, ...shared, wakeLooks, wakeCommits };
    this.#looks = new Looks(way);
    this.#batches = new Batches(way, this.#looks);
    const { clock, signal } = site;
    const onFailure = (error: unknown, retryInMs: number) => peers.failed(error, retryInMs);
    const onRecovered = () => peers.recovered();
    this.#looking = new Lane({ clock, signal, step: () => this.#looks.step(), onFailure, onRecovered });
    this.#committing = new Lane({ clock, signal, step: () => this.#batches.step(), onFailure, onRecovered });
  }

  /** @returns its strands, which end with the signal, or one of them by a bug */
  run(): readonly Promise<void>[] {
    return [this.#looking.run(), this.#committing.run()];
  }

  /** Paths that may not be in the project yet as they are here. */
  get pending(): number {
    return countPaths([...this.#looks.paths, ...this.#ready.paths]);
  }

  /** How many of them go to the project: none, where a workspace only receives. */
  get toSend(): number {
    return this.#site.mode === 'receive' ? 0 : this.pending;
  }

  /** How many of them are not known as kept here, where a workspace only receives: what is known may be looked at again. */
  get undecided(): number {
    const kept = this.kept;
    return kept.size === 0 ? this.pending : countPaths([...this.#looks.paths, ...this.#ready.paths, kept]) - kept.size;
  }

  /** What was changed here and stays here, because the workspace only receives. */
  get kept(): Paths {
    return this.#local.paths;
  }

  isPending(path: string): boolean {
    return [...this.#looks.paths, ...this.#ready.paths].some((paths) => paths.has(path as RelPath));
  }

  /** Those of them that are known to be new or other than in the project. */
  get changed(): readonly RelPath[] {
    return this.#ready.puts;
  }

  /** Those of them that nobody has looked at yet. */
  get unseen(): number {
    return this.#looks.unseen;
  }

  /** How many paths were sent since the workspace was opened. */
  get committed(): number {
    return this.#site.mode === 'receive' ? 0 : this.#batches.committed;
  }

  get oldestAt(): number | undefined {
    const [looked, ready] = [this.#looks.oldestAt, this.#ready.oldestAt];
    return looked === undefined || ready === undefined ? (looked ?? ready) : Math.min(looked, ready);
  }

  /** What a person is asked. */
  get question(): Question | undefined {
    return this.#batches.question;
  }

  /** All was looked at, and nothing is on its way. */
  atRest(): void {
    this.#batches.atRest();
  }

  /** It could not be looked at. */
  lookLater(path: RelPath): void {
    this.#looks.lookLater(path);
  }

  hint(path: RelPath): void {
    if (!this.#site.ignores.ignoresAny(path)) this.#looks.hint(path);
  }

  /** The project's differences to the base are known: from here on an edit can be told from an old version. */
  allowCommits(): void {
    this.#batches.allow();
  }

  /** I12: `current` went back, and with it perhaps what was put into the store. What waits for its commit is found anew. */
  startAnew(): void {
    this.#batches.forbid();
    this.#ready.dropPuts();
  }

  /** A file here that was to be committed with these bytes. */
  pathOf(sha: Sha): RelPath | undefined {
    return this.#ready.pathOf(sha);
  }

  /** What failed may work now. */
  retryNow(): void {
    this.#looking.retryNow();
    this.#committing.retryNow();
  }

  /** Waits while too many hints are under way. */
  async room(): Promise<void> {
    await this.#looks.room();
  }

  close(): void {
    this.#looks.letIn();
  }
}
