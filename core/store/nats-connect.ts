// The connection to NATS that all adapters share. It comes back by itself for ever, says since when it is away, and
// lets nothing wait in silence meanwhile: what is asked while NATS is away fails at once, by name.
import { readFile } from 'node:fs/promises';
import { connect, credsAuthenticator, errors, type NatsConnection, type Status } from '@nats-io/transport-node';
import type { Log } from '../model/log.ts';
import { addressesOf, hostAndPort } from './nats-address.ts';
import { BulkLane } from './nats-bulk-lane.ts';
import { toStoreError } from './nats-errors.ts';
import { type Reply, type RequestOptions, Requests } from './nats-requests.ts';
import { doingOf } from './nats-subject-words.ts';
import { openWire } from './nats-wire.ts';
import { StoreDeniedError, StoreUnavailableError } from './store-errors.ts';

export type LinkStatus =
  | { readonly kind: 'connected'; readonly server: string }
  /** `since`: milliseconds since 1970 */
  | { readonly kind: 'away'; readonly since: number }
  /** after `close`; nothing follows */
  | { readonly kind: 'closed' };

/** Asks questions. They leave in the order of the calls. */
export interface Asker {
  /** @throws StoreUnavailableError at once when NATS is or goes away; StoreDeniedError; both translated already */
  request(subject: string, payload?: Uint8Array | string, options?: RequestOptions): Promise<Reply>;
  /** One question, many replies; see `Requests.collect`. @throws as `request` does */
  collect(subject: string, payload: Uint8Array | string, onReply: (reply: Reply) => boolean): Promise<void>;
}

export interface NatsLink extends Asker {
  /** The client itself, for what `request` does not do: subscriptions. */
  readonly connection: NatsConnection;
  readonly isConnected: boolean;
  /** since when NATS is away, milliseconds since 1970; undefined while it is there */
  readonly awaySince: number | undefined;
  /** largest message that the server takes, bytes */
  readonly maxPayloadBytes: number;
  /** such as `2.10.27` */
  readonly serverVersion: string;
  /** prefix of the subjects on which answers arrive; the credentials must allow to subscribe below it */
  readonly inboxPrefix: string;
  /** Where objects are asked for and sent. What has to arrive in order is sent by one of them: another call may give
   *  another connection. */
  forObjects(): Promise<Asker>;
  /** Calls `listener` at every change, and says at once how it is now. @returns how to stop that */
  onStatus(listener: (status: LinkStatus) => void): () => void;
  /** Resolves when NATS is there; rejects with the signal's reason. */
  untilConnected(signal?: AbortSignal): Promise<void>;
  /** Sends what is on its way, then disconnects. */
  close(): Promise<void>;
}

/** The first connect failed: the message has the address and the next step. Later absences heal by themselves. */
export class NatsUnreachableError extends StoreUnavailableError {
  override name = 'NatsUnreachableError';
}

export interface ConnectOptions {
  /** `nats://user:password@host:port` or `tls://…`; several by commas or as a list */
  readonly servers: string | readonly string[];
  /** path of a `.creds` file */
  readonly creds?: string;
  /** shown in the server's list of connections */
  readonly name: string;
  readonly log: Log;
  /** default `_INBOX` */
  readonly inboxPrefix?: string;
  /** How long one attempt to connect may take, the first as the later ones. Default 3 seconds: a server that goes in the
   *  middle of an attempt is noticed only then. */
  readonly timeoutMs?: number;
  /** What a person does when it does not answer or does not accept the login; default: about NATS_URL. */
  readonly nextStep?: string;
}

/** @throws NatsUnreachableError, StoreDeniedError  with the address and the next step */
export async function connectNats(options: ConnectOptions): Promise<NatsLink> {
  const { hosts, tls, ...address } = addressesOf(options.servers);
  const authenticator =
    options.creds === undefined ? address.authenticator : credsAuthenticator(await readCreds(options.creds));
  const state = new LinkState();
  const inboxPrefix = options.inboxPrefix ?? '_INBOX';
  const timeoutMs = options.timeoutMs ?? 3_000;
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: hosts,
      name: options.name,
      inboxPrefix,
      timeout: timeoutMs,
      maxReconnectAttempts: -1,
      reconnectDelayHandler: () => retryDelayMs(state.awaySince),
      // Credentials that are wrong now may be right after an operator has changed them.
      ignoreAuthErrorAbort: true,
      pingInterval: 10_000,
      maxPingOut: 2,
      // Stacks for every request are paid for a million times and read by nobody: the errors name what was tried.
      noAsyncTraces: true,
      ...(tls && { tls: {} }),
      ...(authenticator && { authenticator }),
    });
  } catch (cause) {
    throw firstConnectFault(cause, hosts, options.nextStep ?? 'check NATS_URL, NATS_CREDS and that the server runs');
  }
  const requests = new Requests(connection, inboxPrefix);
  state.set({ kind: 'connected', server: connection.getServer() });
  const openBulk = () =>
    openWire({ ...hostAndPort(connection.getServer()), tls, name: options.name, authenticator, timeoutMs });
  const bulk = new BulkLane(openBulk, inboxPrefix, requests, options.log);
  state.listeners.add((status) => {
    if (status.kind !== 'connected') bulk.drop('NATS is away');
  });
  void follow(connection, state, requests, options.log);
  return linkOf(connection, state, requests, bulk, inboxPrefix);
}

class LinkState {
  status: LinkStatus = { kind: 'away', since: Date.now() };
  readonly listeners = new Set<(status: LinkStatus) => void>();

  get awaySince(): number | undefined {
    return this.status.kind === 'away' ? this.status.since : undefined;
  }

  set(status: LinkStatus): void {
    this.status = status;
    for (const listener of [...this.listeners]) listener(status);
  }
}

/** A short absence (a restart) is over soon, a long one is not made worse by a storm of clients: a quarter of the time
 *  that it has lasted, from 20 ms to 5 s, with jitter. */
function retryDelayMs(awaySince: number | undefined): number {
  const lasted = awaySince === undefined ? 0 : Date.now() - awaySince;
  return Math.min(5_000, Math.max(20, lasted / 4)) * (0.75 + Math.random() / 2);
}

async function follow(connection: NatsConnection, state: LinkState, requests: Requests, log: Log): Promise<void> {
  for await (const status of connection.status()) onClientStatus(status, connection, state, requests, log);
  state.set({ kind: 'closed' });
}

function onClientStatus(
  status: Status,
  connection: NatsConnection,
  state: LinkState,
  requests: Requests,
  log: Log,
): void {
  switch (status.type) {
    case 'disconnect': {
      if (state.awaySince !== undefined) return;
      const since = Date.now();
      requests.setAway(`NATS at ${status.server} is away since ${new Date(since).toISOString()}`);
      log.warn({ server: status.server }, 'NATS is away; trying again until it is back');
      state.set({ kind: 'away', since });
      return;
    }
    case 'reconnect': {
      // A server that went again while the client was greeting it is reported twice.
      if (state.awaySince === undefined) return;
      const awayMs = Date.now() - state.awaySince;
      requests.setAway(undefined);
      log.info({ server: status.server, awayMs }, 'NATS is back');
      state.set({ kind: 'connected', server: connection.getServer() });
      return;
    }
    case 'error': {
      if (status.error instanceof errors.PermissionViolationError) requests.denied(status.error);
      log.warn({ error: status.error.message }, 'NATS reports an error');
      return;
    }
    case 'slowConsumer':
      log.warn({ pending: status.pending }, 'NATS messages wait to be read');
      return;
    case 'ldm':
      log.info({ server: status.server }, 'the NATS server is about to go; another one takes over');
      return;
    case 'close':
      requests.setAway('the connection to NATS is closed');
      return;
    default:
      return;
  }
}

function linkOf(
  connection: NatsConnection,
  state: LinkState,
  requests: Requests,
  bulk: BulkLane,
  inboxPrefix: string,
): NatsLink {
  const onStatus = (listener: (status: LinkStatus) => void) => {
    state.listeners.add(listener);
    listener(state.status);
    return () => {
      state.listeners.delete(listener);
    };
  };
  return {
    connection,
    inboxPrefix,
    get isConnected() {
      return state.status.kind === 'connected';
    },
    get awaySince() {
      return state.awaySince;
    },
    get maxPayloadBytes() {
      return connection.info?.max_payload ?? 1 << 20;
    },
    get serverVersion() {
      return connection.info?.version ?? 'unknown';
    },
    ...askerOf(requests),
    async forObjects() {
      return askerOf(state.status.kind === 'connected' ? await bulk.requests() : requests);
    },
    onStatus,
    untilConnected(signal) {
      return new Promise((resolve, reject) => {
        signal?.throwIfAborted();
        const onAbort = () => {
          stop?.();
          reject(signal?.reason);
        };
        let stop: (() => void) | undefined;
        const settle = (status: LinkStatus) => {
          if (status.kind === 'away') return;
          signal?.removeEventListener('abort', onAbort);
          // The first call comes before `stop` is known.
          queueMicrotask(() => stop?.());
          if (status.kind === 'connected') resolve();
          else reject(new StoreUnavailableError('hot', 'the connection to NATS is closed'));
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        stop = onStatus(settle);
      });
    },
    async close() {
      if (connection.isClosed()) return;
      // Draining would wait for a server that is away.
      if (state.status.kind === 'connected') await connection.drain().catch(() => connection.close());
      else await connection.close();
    },
  };
}

function askerOf(requests: Requests): Asker {
  return {
    async request(subject, payload = '', options) {
      try {
        return await requests.request(subject, payload, options);
      } catch (error) {
        throw toStoreError(error, doingOf(subject));
      }
    },
    async collect(subject, payload, onReply) {
      try {
        await requests.collect(subject, payload, onReply);
      } catch (error) {
        throw toStoreError(error, doingOf(subject));
      }
    },
  };
}

async function readCreds(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new StoreDeniedError('hot', `the NATS credentials file ${path} cannot be read: check NATS_CREDS`, { cause });
  }
}

function firstConnectFault(cause: unknown, hosts: readonly string[], nextStep: string): Error {
  if (cause instanceof StoreDeniedError) return cause;
  const address = hosts.join(', ');
  const error = toStoreError(cause, `connecting to ${address}`);
  if (error instanceof StoreDeniedError) {
    return new StoreDeniedError('hot', `NATS at ${address} does not accept the login: ${nextStep}`, { cause });
  }
  return new NatsUnreachableError(
    'hot',
    `NATS at ${address} does not answer (${cause instanceof Error ? cause.message : cause}): ${nextStep}`,
    { cause },
  );
}
