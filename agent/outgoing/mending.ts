// I12: what NATS acknowledged and forgot is put again by the node that still has it (`recent-puts.ts`). Commits wait for
// that, so that nothing becomes current that names what is gone.

import type { Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Site } from '../site.ts';
import { Lane } from '../state/lane.ts';
import { putFileAgain } from './put-again.ts';
import type { RecentPuts } from './recent-puts.ts';

export interface MendingPeers {
  /** A file here that is about to be committed with these bytes. */
  pathOf(sha: Sha): RelPath | undefined;
  /** All is there again: commits may go on. */
  mended(): void;
  failed(error: unknown, retryInMs: number): void;
  recovered(): void;
}

export class Mending {
  readonly #site: Site;
  readonly #recent: RecentPuts;
  readonly #peers: MendingPeers;
  readonly #lane: Lane;

  constructor(site: Site, recent: RecentPuts, peers: MendingPeers) {
    this.#site = site;
    this.#recent = recent;
    this.#peers = peers;
    this.#lane = new Lane({
      clock: site.clock,
      signal: site.signal,
      step: () => this.#mend(),
      onFailure: (error, retryInMs) => peers.failed(error, retryInMs),
      onRecovered: () => peers.recovered(),
    });
  }

  async run(): Promise<void> {
    await this.#lane.run();
  }

  wake(): void {
    this.#lane.wake();
  }

  retryNow(): void {
    this.#lane.retryNow();
  }

  /** Also a put that was answered after the line broke is in doubt: whoever finds that sees to it. */
  isUnderWay(): boolean {
    const isInDoubt = this.#recent.isInDoubt();
    if (isInDoubt) this.wake();
    return isInDoubt;
  }

  async #mend(): Promise<undefined> {
    const site = this.#site;
    if (!this.#recent.isInDoubt()) return;
    const putFile = (sha: Sha) => putFileAgain(site, sha, this.#peers.pathOf(sha));
    const { put, lost } = await this.#recent.putAgain({ objects: site.stores.objects, putFile });
    if (put + lost > 0) {
      site.log.warn({ project: site.project, put, lost }, `NATS forgot ${put + lost} objects; ${put} were put again`);
    }
    this.#peers.mended();
  }
}
