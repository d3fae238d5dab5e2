// Reads a form with files as it comes (RFC 7578): each file's bytes are passed on while they arrive, so that a form of any size
// needs no more memory than a small one. Parts come in the form's order, and each has to be read before the next one.

export interface FormPart {
  readonly name: string;
  /** as the browser sent it; undefined: no file */
  readonly fileName: string | undefined;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** The form is none, or was cut off. */
export class MultipartError extends Error {
  override name = 'MultipartError';
}

const MOST_HEADER_BYTES = 32 * 1024;
const LINE_END = '\r\n';

/** @returns undefined: it is no form with files */
export function boundaryIn(contentType: string | undefined): string | undefined {
  const [, quoted, plain] =
    /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType ?? '') ?? [];
  return quoted ?? plain;
}

/** @throws MultipartError */
export async function* multipart(body: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<FormPart> {
  const delimiter = Buffer.from(`${LINE_END}--${boundary}`);
  // The first boundary has no line before it.
  const reader = new Reader(body, Buffer.from(LINE_END));
  await drain(reader.until(delimiter));
  for (;;) {
    const after = await reader.take(2);
    if (after.toString('latin1') === '--') return;
    if (after.toString('latin1') !== LINE_END)
      throw new MultipartError('a boundary of the form is not followed by a line');
    const { name, fileName } = headersOf(await reader.line(Buffer.from(LINE_END + LINE_END)));
    const bytes = reader.until(delimiter);
    yield { name, fileName, bytes };
    await drain(bytes);
  }
}

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of bytes);
}

class Reader {
  readonly #parts: AsyncIterator<Uint8Array>;
  #held: Buffer;

  constructor(body: AsyncIterable<Uint8Array>, before: Buffer) {
    this.#parts = body[Symbol.asyncIterator]();
    this.#held = before;
  }

  /** What comes before `end`, which is taken as well. Read again, it is at its end. */
  until(end: Buffer): AsyncIterableIterator<Uint8Array> {
    return this.#until(end);
  }

  async *#until(end: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.#held.indexOf(end);
      // What may be the beginning of the end stays.
      const sure = at < 0 ? Math.max(0, this.#held.length - end.length + 1) : at;
      const given = this.#held.subarray(0, sure);
      this.#held = this.#held.subarray(at < 0 ? sure : at + end.length);
      if (given.length > 0) yield given;
      if (at >= 0) return;
      await this.#more();
    }
  }

  async take(length: number): Promise<Buffer> {
    while (this.#held.length < length) await this.#more();
    const taken = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return taken;
  }

  /** Up to `end`, which has to come soon. */
  async line(end: Buffer): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf(end);
      if (at >= 0) return (await this.take(at + end.length)).subarray(0, at).toString('utf8');
      if (this.#held.length > MOST_HEADER_BYTES) throw new MultipartError('a part of the form has too long a head');
      await this.#more();
    }
  }

  async #more(): Promise<void> {
    const { done, value } = await this.#parts.next();
    if (done) throw new MultipartError('the form ends before its last boundary');
    this.#held =
      this.#held.length === 0
        ? Buffer.from(value.buffer, value.byteOffset, value.length)
        : Buffer.concat([this.#held, value]);
  }
}

function headersOf(head: string): { readonly name: string; readonly fileName: string | undefined } {
  const disposition = head.split(LINE_END).find((line) => /^content-disposition\s*:/i.test(line)) ?? '';
  const value = (key: string) => new RegExp(`[;\\s]${key}="([^"]*)"`, 'i').exec(disposition)?.[1];
  return { name: unescaped(value('name') ?? ''), fileName: mapped(value('filename'), unescaped) };
}

const mapped = (value: string | undefined, change: (text: string) => string) =>
  value === undefined ? undefined : change(value);

/** As browsers escape what would end the name (HTML, multipart/form-data encoding). */
const unescaped = (text: string): string => text.replace(/%22/g, '"').replace(/%0D/gi, '\r').replace(/%0A/gi, '\n');
