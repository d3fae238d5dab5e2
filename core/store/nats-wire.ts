// A second, bare connection to the NATS server, for objects only. The client's parser copies a large message three times
// while it arrives and joins every message with its header before it is sent; here a chunk is copied once on the way in
// and never on the way out, which halves what a transfer costs the processor (measured in bench/hot.ts). It speaks the
// public protocol, knows nothing of JetStream, and whoever uses it falls back to the client where it cannot be had.
import { createConnection, type Socket } from 'node:net';
import { type Authenticator, errors, type MsgHdrs, MsgHdrsImpl } from '@nats-io/transport-node';
import type { Channel, Reply } from './nats-requests.ts';
import { WireParser } from './nats-wire-parser.ts';

export interface WireOptions {
  readonly host: string;
  readonly port: number;
  /** The address asks for TLS. What the server asks for is not enough to go by: it may also do without, and then the
   *  login and the objects would be readable on the way. */
  readonly tls: boolean;
  /** shown in the server's list of connections */
  readonly name: string;
  readonly authenticator?: Authenticator | undefined;
  readonly timeoutMs: number;
}

export interface Wire extends Channel {
  /** Resolves when the connection is gone, with the reason where there is one. */
  readonly closed: Promise<Error | undefined>;
  close(): void;
}

/** The address or the server wants what this connection does not speak: TLS, or no headers. */
export class WireUnfitError extends Error {
  override name = 'WireUnfitError';
}

const READ_BYTES = 1024 * 1024;
/** Smaller parts are copied into one. */
const JOINED_BYTES = 32 * 1024;
const CRLF = Buffer.from('\r\n');

/** @throws WireUnfitError, or what the socket or the server says */
export async function openWire(options: WireOptions): Promise<Wire> {
  if (options.tls) throw new WireUnfitError('the address asks for TLS');
  const wire = new OpenWire(options);
  try {
    await wire.ready;
    return wire;
  } catch (error) {
    wire.close();
    throw error;
  }
}

class OpenWire implements Wire {
  readonly ready: Promise<void>;
  readonly closed: Promise<Error | undefined>;
  readonly #options: WireOptions;
  readonly #socket: Socket;
  #callback: ((error: Error | null, reply: Reply) => void) | undefined;
  /** written since the last flush */
  #waiting: Uint8Array[] = [];
  /** Most messages have the same few headers. */
  #lastHeaders: { readonly of: MsgHdrs; readonly text: string } | undefined;
  #greeted = false;
  #failure: Error | undefined;
  #settle: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(options: WireOptions) {
    this.#options = options;
    const parser = new WireParser({
      onMessage: (subject, headers, data) => this.#callback?.(null, replyOf(subject, headers, data)),
      onInfo: (json) => this.#greet(json),
      onPing: () => this.#write([Buffer.from('PONG\r\n')]),
      onPong: () => this.#settle?.resolve(),
      onError: (text) => this.#onServerError(text),
    });
    this.ready = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    this.#socket = createConnection({
      host: options.host,
      port: options.port,
      noDelay: true,
      // One buffer takes every read; the parser keeps nothing of it.
      onread: {
        buffer,
        callback: (count) => {
          try {
            parser.feed(buffer.subarray(0, count));
          } catch (error) {
            this.#fail(error instanceof Error ? error : new Error(String(error)));
          }
          return true;
        },
      },
    });
    this.#socket.setTimeout(options.timeoutMs, () => this.#fail(new Error('no answer in time')));
    void this.ready.then(
      () => this.#socket.setTimeout(0),
      () => {},
    );
    this.#socket.on('error', (error) => this.#fail(error));
    this.closed = new Promise((resolve) => {
      this.#socket.once('close', () => {
        this.#settle?.reject(this.#failure ?? new Error('the server closed the connection'));
        resolve(this.#failure);
      });
    });
  }

  publish(subject: string, payload: Uint8Array | string, options: { reply: string; headers?: MsgHdrs }): void {
    const headers = options.headers ? this.#textOf(options.headers) : '';
    const headerBytes = Buffer.byteLength(headers);
    const bytes = headerBytes + (typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length);
    const head = headers
      ? `HPUB ${subject} ${options.reply} ${headerBytes} ${bytes}\r\n${headers}`
      : `PUB ${subject} ${options.reply} ${bytes}\r\n`;
    // Text goes as one piece: a question should cost one buffer, not four.
    if (typeof payload === 'string') this.#write([Buffer.from(`${head}${payload}\r\n`)]);
    else this.#write([Buffer.from(head), payload, CRLF]);
  }

  /** One subscription is all that this connection has. */
  subscribe(subject: string, { callback }: { callback: (error: Error | null, reply: Reply) => void }): void {
    this.#callback = callback;
    this.#write([Buffer.from(`SUB ${subject} 1\r\n`)]);
  }

  close(): void {
    this.#socket.destroy();
  }

  #greet(json: string): void {
    // Later ones tell of changes in the cluster; the client's connection follows those.
    if (this.#greeted) return;
    this.#greeted = true;
    const info = JSON.parse(json) as { nonce?: string; tls_required?: boolean; headers?: boolean };
    if (info.tls_required || !info.headers) {
      this.#fail(new WireUnfitError('the server wants TLS, or has no headers'));
      return;
    }
    const login = this.#options.authenticator?.(info.nonce) ?? {};
    const greeting = {
      verbose: false,
      pedantic: false,
      lang: 'nats-fs-sync',
      version: '1',
      protocol: 1,
      headers: true,
      no_responders: true,
      name: this.#options.name,
      ...login,
    };
    this.#write([Buffer.from(`CONNECT ${JSON.stringify(greeting)}\r\nPING\r\n`)]);
  }

  /** A refusal concerns what was asked, and the connection lives on; after all else the server closes it. */
  #onServerError(text: string): void {
    const denied = errors.PermissionViolationError.parse(text);
    if (denied && this.#callback) this.#callback(denied, { subject: '', data: new Uint8Array() });
    else this.#fail(new Error(text));
  }

  #textOf(headers: MsgHdrs): string {
    if (this.#lastHeaders?.of === headers) return this.#lastHeaders.text;
    const text = headers instanceof MsgHdrsImpl ? headers.toString() : '';
    this.#lastHeaders = { of: headers, text };
    return text;
  }

  /** All that is written in one round of the event loop goes out together: what a hundred syncs of the disk lead to is one
   *  call of the system. Small parts are joined, because each costs more than its copy; large ones go as they are. */
  #write(parts: readonly Uint8Array[]): void {
    if (this.#socket.destroyed) return;
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push(...parts);
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    for (let at = 0; at < waiting.length; ) {
      let end = at;
      while ((waiting[end]?.length ?? JOINED_BYTES) < JOINED_BYTES) end++;
      const part = end > at ? Buffer.concat(waiting.slice(at, end)) : waiting[at];
      if (part) this.#socket.write(part);
      at = Math.max(end, at + 1);
    }
    this.#socket.uncork();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle?.reject(error);
    this.#socket.destroy();
  }
}

/** Taking headers apart costs more than all else that is done with a small message: only who wants them does it. */
function replyOf(subject: string, headers: Buffer | undefined, data: Buffer): Reply {
  let decoded: MsgHdrs | undefined;
  return {
    subject,
    data,
    get headers() {
      if (headers) decoded ??= MsgHdrsImpl.decode(headers);
      return decoded;
    },
  };
}
