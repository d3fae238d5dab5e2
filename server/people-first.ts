// What somebody waits for goes before what nobody waits for. While a page is being made, background work (the archiver's next
// item, the next node of a sweep or of the index of paths) is not begun: each of its steps is small, but a page waits for
// the stores a few times, and came behind some of them every time. No step waits for longer than `LONGEST_WAIT_MS`, so
// that a server which always has a page to make archives all the same.
import type { MiddlewareHandler } from 'hono';
import type { DecodedReader } from '../core/manifest/node.ts';
import type { NodeIo, NodeReader } from '../core/manifest/tree.ts';
import { type Clock, systemClock } from '../core/model/clock.ts';
import type { EventLog } from '../core/store/event-log.ts';

const LONGEST_WAIT_MS = 25;
/** Whoever is at it for longer is not somebody who waits for a page: a body that does not come, or a store that is away. */
const LONGEST_COUNT_MS = 5_000;

export class PeopleFirst {
  readonly #clock: Pick<Clock, 'sleep' | 'now'>;
  /** requests without an answer, the oldest first */
  readonly #underWay = new Set<{ readonly begunAt: number }>();
  /** what background steps wait for, all of them together; undefined: none waits */
  #quiet: { readonly come: Promise<void>; readonly comes: () => void } | undefined;

  constructor(clock: Pick<Clock, 'sleep' | 'now'> = systemClock) {
    this.#clock = clock;
  }

  /** Counts a request until it has an answer: a live stream, or a body that is still being sent, holds nothing up. */
  readonly serve: MiddlewareHandler = async (_, next) => {
    const request = { begunAt: this.#clock.now() };
    this.#underWay.add(request);
    try {
      await next();
    } finally {
      this.#underWay.delete(request);
      if (this.#underWay.size === 0) this.#quiet?.comes();
    }
  };

  /** Before a step of background work. @returns undefined when it may be begun now */
  turn(): Promise<void> | undefined {
    this.#forgetLong();
    if (this.#underWay.size === 0) return undefined;
    this.#quiet ??= this.#wait();
    return this.#quiet.come;
  }

  #forgetLong(): void {
    const since = this.#clock.now() - LONGEST_COUNT_MS;
    for (const request of this.#underWay) {
      if (request.begunAt > since) return;
      this.#underWay.delete(request);
    }
  }

  #wait() {
    let comes = () => {};
    const idle = new Promise<void>((resolve) => {
      comes = resolve;
    });
    const ended = new AbortController();
    const late = this.#clock.sleep(LONGEST_WAIT_MS, ended.signal).catch(() => undefined);
    const come = Promise.race([idle, late]).finally(() => {
      this.#quiet = undefined;
      ended.abort();
    });
    return { come, comes };
  }

  /** The same nodes, each after its turn. */
  readonly nodes = ({ getRows, ...nodes }: NodeIo & DecodedReader): NodeIo & DecodedReader => ({
    ...nodes,
    ...this.reader(nodes),
    getDecoded: (sha) => this.#inTurn(() => nodes.getDecoded(sha)),
    ...(getRows && { getRows: (sha) => this.#inTurn(() => getRows(sha)) }),
  });

  readonly reader = (nodes: NodeReader): NodeReader => ({
    getNode: async (sha) => this.#inTurn(() => nodes.getNode(sha)),
  });

  /** The same items, each handed out at its turn. */
  readonly work = (events: EventLog): EventLog => {
    const turn = () => this.turn();
    return {
      ...events,
      async *work(options) {
        for await (const item of events.work(options)) {
          await turn();
          yield item;
        }
      },
    };
  };

  #inTurn<T>(step: () => T | Promise<T>): T | Promise<T> {
    const turn = this.turn();
    return turn ? turn.then(step) : step();
  }
}
