// Where objects travel: over a bare connection of their own that is opened when the first one does, or over the client's
// where that cannot be had. It ends with the client's connection, and is opened anew after it.
import type { Log } from '../model/log.ts';
import { Requests } from './nats-requests.ts';
import type { Wire } from './nats-wire.ts';

/** How long the client's connection is used after the bare one could not be opened. */
const RETRY_AFTER_MS = 60_000;

interface Lane {
  readonly wire: Wire;
  readonly requests: Requests;
}

export class BulkLane {
  readonly #open: () => Promise<Wire>;
  readonly #inboxPrefix: string;
  readonly #client: Requests;
  readonly #log: Log;
  #lane: Lane | undefined;
  #opening: Promise<Requests> | undefined;
  #notBefore = 0;

  constructor(open: () => Promise<Wire>, inboxPrefix: string, client: Requests, log: Log) {
    this.#open = open;
    this.#inboxPrefix = inboxPrefix;
    this.#client = client;
    this.#log = log;
  }

  /** What an object is sent by now. Never throws: it is the client's where in doubt. */
  async requests(): Promise<Requests> {
    if (this.#lane) return this.#lane.requests;
    if (Date.now() < this.#notBefore) return this.#client;
    this.#opening ??= this.#openLane().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** The client's connection is gone: what is on its way here fails too, at once. */
  drop(detail: string): void {
    const lane = this.#lane;
    this.#lane = undefined;
    lane?.requests.setAway(detail);
    lane?.wire.close();
  }

  async #openLane(): Promise<Requests> {
    try {
      const wire = await this.#open();
      const requests = new Requests(wire, this.#inboxPrefix);
      const lane = { wire, requests };
      this.#lane = lane;
      void wire.closed.then((reason) => {
        if (this.#lane === lane) this.drop(`the connection for objects is gone${reason ? ` (${reason.message})` : ''}`);
      });
      return requests;
    } catch (error) {
      this.#notBefore = Date.now() + RETRY_AFTER_MS;
      this.#log.debug({ error: String(error) }, 'objects travel over the common connection');
      return this.#client;
    }
  }
}
