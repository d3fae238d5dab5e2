// Reads what a NATS server sends, for the connection that carries bulk. A payload is copied once, into memory of its own
// (`chunk-memory.ts`); nothing of the buffer that `feed` is given is kept, so that the same one can take the next read.

import { takeChunkMemory } from './chunk-memory.ts';

export interface WireHandlers {
  /** `headers`: the block from `NATS/1.0` to its empty line, or undefined */
  onMessage(subject: string, headers: Buffer | undefined, data: Buffer): void;
  onInfo(json: string): void;
  onPing(): void;
  onPong(): void;
  /** the text of `-ERR`, without its quotes */
  onError(text: string): void;
}

/** What came is not the NATS protocol; the connection is of no use any more. */
export class WireProtocolError extends Error {
  override name = 'WireProtocolError';
}

/** Longest control line that is waited for; an INFO of a large cluster has tens of KiB. */
const MAX_LINE_BYTES = 1024 * 1024;
const LINE_END = 10;

interface Incoming {
  readonly subject: string;
  readonly headerBytes: number;
  readonly body: Buffer;
  filled: number;
}

export class WireParser {
  readonly #handlers: WireHandlers;
  /** the start of a line whose end has not come yet */
  #line = '';
  #incoming: Incoming | undefined;
  /** bytes of the line end after a payload that are still to come */
  #skip = 0;

  constructor(handlers: WireHandlers) {
    this.#handlers = handlers;
  }

  /** @throws WireProtocolError */
  feed(buffer: Buffer): void {
    let at = 0;
    while (at < buffer.length) {
      if (this.#incoming) at = this.#fill(this.#incoming, buffer, at);
      else if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, buffer.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else at = this.#readLine(buffer, at);
    }
  }

  #fill(incoming: Incoming, buffer: Buffer, at: number): number {
    const end = Math.min(buffer.length, at + incoming.body.length - incoming.filled);
    buffer.copy(incoming.body, incoming.filled, at, end);
    incoming.filled += end - at;
    if (incoming.filled === incoming.body.length) this.#deliver(incoming);
    return end;
  }

  #deliver({ subject, headerBytes, body }: Incoming): void {
    this.#incoming = undefined;
    this.#skip = 2;
    const headers = headerBytes > 0 ? body.subarray(0, headerBytes) : undefined;
    this.#handlers.onMessage(subject, headers, body.subarray(headerBytes));
  }

  #readLine(buffer: Buffer, at: number): number {
    const end = buffer.indexOf(LINE_END, at);
    this.#line += buffer.toString('latin1', at, end < 0 ? buffer.length : end);
    if (this.#line.length > MAX_LINE_BYTES) throw new WireProtocolError('a control line does not end');
    if (end < 0) return buffer.length;
    const line = this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line;
    this.#line = '';
    this.#handle(line);
    return end + 1;
  }

  #handle(line: string): void {
    const space = line.search(/[ \t]|$/);
    const rest = line.slice(space).trim();
    switch (line.slice(0, space).toUpperCase()) {
      case 'MSG':
      case 'HMSG':
        this.#begin(line, rest.split(/[ \t]+/));
        break;
      case 'INFO':
        // Only the control lines are ASCII for sure; the JSON in here is UTF-8.
        this.#handlers.onInfo(Buffer.from(rest, 'latin1').toString('utf8'));
        break;
      case 'PING':
        this.#handlers.onPing();
        break;
      case 'PONG':
        this.#handlers.onPong();
        break;
      case '+OK':
        break;
      case '-ERR':
        this.#handlers.onError(rest.replace(/^'|'$/g, ''));
        break;
      default:
        throw new WireProtocolError(`${JSON.stringify(line.slice(0, 80))} is no line of the NATS protocol`);
    }
  }

  /** `MSG <subject> <sid> [reply] <bytes>` or `HMSG <subject> <sid> [reply] <header bytes> <bytes>`. */
  #begin(line: string, fields: string[]): void {
    const subject = fields[0] ?? '';
    const withHeaders = line.charAt(0) === 'H' || line.charAt(0) === 'h';
    const total = Number(fields.at(-1));
    const headerBytes = withHeaders ? Number(fields.at(-2)) : 0;
    const sane = Number.isSafeInteger(total) && Number.isSafeInteger(headerBytes) && headerBytes >= 0;
    if (!sane || total < headerBytes || fields.length < (withHeaders ? 4 : 3)) {
      throw new WireProtocolError(`${JSON.stringify(line.slice(0, 80))} is no message`);
    }
    const incoming = { subject, headerBytes, body: takeChunkMemory(total), filled: 0 };
    if (total === 0) this.#deliver(incoming);
    else this.#incoming = incoming;
  }
}
