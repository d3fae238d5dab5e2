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

export class PeopleFirst {
  readonly #clock: Pick<Clock, 'sleep'>;
  #underWay = 0;
  /** what background steps wait for, all of them together; undefined: none waits */
  #quiet: { readonly come: Promise<void>; readonly comes: () => void } | undefined;

  constructor(clock: Pick<Clock, 'sleep'> = systemClock) {
    this.#clock = clock;
  }

  /** Counts a request until it has an answer: a live stream, or a body that is still being sent, holds nothing up. */
  readonly serve: MiddlewareHandler = async (_, next) => {
    this.#underWay++;
    try {
      await next();
    } finally {
      this.#underWay--;
      if (this.#underWay === 0) this.#quiet?.comes();
    }
  };

  /** Before a step of background work. @returns undefined when it may be begun now */
  turn(): Promise<void> | undefined {
    if (this.#underWay === 0) return undefined;
    this.#quiet ??= this.#wait();
    return this.#quiet.come;
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
