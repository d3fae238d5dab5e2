// The HTTP API of a server as its commands use it: one question, one answer that was checked, or an error that says what to do.
// The schemas are those that the server's own document is made from.
import type { Readable } from 'node:stream';
import type { z } from 'zod';
import { type Problem, problemSchema } from '../../core/api/problem.ts';
import { systemClock } from '../../core/model/clock.ts';
import { ApiRefusedError, ServerAwayError, StrangeServerError, TokenRefusedError, wordsOf } from './api-errors.ts';
import { readAnswer } from './read-answer.ts';
import { sendBytes } from './send-bytes.ts';
import type { WhichServer } from './which-server.ts';

export interface Asked {
  /** those that are undefined are left out */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** sent as JSON */
  readonly json?: unknown;
  /** sent as it is */
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
}

export interface Sent {
  readonly sizeBytes: number;
  /** asked for anew when it has to be sent again */
  readonly bytes: () => Readable;
  readonly headers?: Readonly<Record<string, string>>;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** An answer with nothing to download is there by then. */
const PATIENCE_MS = 60_000;

export class ApiClient {
  readonly server: WhichServer;

  constructor(server: WhichServer) {
    this.server = server;
  }

  /** @param path  below `/api/v1`, its names escaped
   *  @throws ServerAwayError, StrangeServerError, TokenRefusedError, ApiRefusedError */
  async json<T>(schema: z.ZodType<T>, method: Method, path: string, asked: Asked = {}): Promise<T> {
    const response = await this.answer(method, path, { signal: AbortSignal.timeout(PATIENCE_MS), ...asked });
    return this.#read(schema, response, `${method} ${path}`);
  }

  /** What is done, and answered without a word. @throws as `json` */
  async done(method: Method, path: string, asked: Asked = {}): Promise<void> {
    const response = await this.answer(method, path, { signal: AbortSignal.timeout(PATIENCE_MS), ...asked });
    await response.body?.cancel();
  }

  /** Streams bytes in, however many and however long it takes. @param schema  undefined: what is answered does not matter
   *  @throws as `json` */
  async send<T>(
    schema: z.ZodType<T> | undefined,
    method: 'PUT' | 'PATCH',
    path: string,
    { sizeBytes, bytes, headers }: Sent,
  ): Promise<T | undefined> {
    const url = new URL(`${this.server.url}/api/v1${path}`);
    const all = {
      ...{ authorization: `Bearer ${this.server.token}`, 'content-type': 'application/octet-stream' },
      ...{ 'content-length': String(sizeBytes), ...headers },
    };
    for (let waits = 0; ; waits++) {
      let response: Response;
      try {
        response = await sendBytes(url, method, all, bytes());
      } catch (cause) {
        throw this.away(cause);
      }
      if (response.ok) return schema && this.#read(schema, response, `${method} ${path}`);
      const refusal = await this.#refusal(response, method, path);
      if (!isQuota(refusal) || waits === MOST_WAITS) throw refusal;
      await systemClock.sleep(waitMs(response));
    }
  }

  /** Every page of a list, read when it is asked for. */
  async *pages<T>(schema: z.ZodType<Page<T>>, path: string, query: Asked['query'] = {}): AsyncGenerator<T[]> {
    for (let cursor: string | undefined; ; ) {
      const page = await this.json(schema, 'GET', path, { query: { limit: PAGE, ...query, cursor } });
      yield page.items;
      if (page.next === null) return;
      cursor = page.next;
    }
  }

  /** All of a list that is short enough to be held. @throws as `json` */
  async all<T>(schema: z.ZodType<Page<T>>, path: string, query: Asked['query'] = {}): Promise<T[]> {
    const rows: T[] = [];
    for await (const page of this.pages(schema, path, query)) rows.push(...page);
    return rows;
  }

  /** The answer whose body is to be read by the caller. Redirects are followed; the token goes to the server alone.
   *  @throws as `json` */
  async answer(method: Method, path: string, asked: Asked = {}): Promise<Response> {
    for (let waits = 0; ; waits++) {
      const response = await this.#send(method, path, asked);
      if (response.ok || response.status === 304) return response;
      const refusal = await this.#refusal(response, method, path);
      if (!isQuota(refusal) || waits === MOST_WAITS) throw refusal;
      await systemClock.sleep(waitMs(response), asked.signal);
    }
  }

  async #read<T>(schema: z.ZodType<T>, response: Response, what: string): Promise<T> {
    const read = readAnswer(schema, await this.#jsonIn(response));
    if (read.kind === 'read') return read.value;
    throw this.#strange(`its answer to ${what}: ${read.fault}`);
  }

  async #send(method: Method, path: string, { query, headers, json, body, signal }: Asked): Promise<Response> {
    const url = new URL(`${this.server.url}/api/v1${path}`);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value === undefined) continue;
      for (const one of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(one));
    }
    const sent = json === undefined ? body : JSON.stringify(json);
    try {
      return await fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${this.server.token}`,
          ...(json !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(sent !== undefined && { body: sent as BodyInit }),
        ...(signal && { signal }),
      });
    } catch (cause) {
      throw this.away(cause);
    }
  }

  /** The parts of a body. @throws ServerAwayError when it is cut */
  async *whole(body: Response['body']): AsyncGenerator<Uint8Array> {
    if (!body) return;
    try {
      yield* body as unknown as AsyncIterable<Uint8Array>;
    } catch (cause) {
      throw this.away(cause);
    }
  }

  /** @param cause  of a line that was cut, or never was */
  away(cause: unknown): ServerAwayError {
    const { url, nextStep } = this.server;
    return new ServerAwayError(`no server answers at ${url} (${reasonOf(cause)}): ${nextStep}`, { cause });
  }

  async #refusal(response: Response, method: Method, path: string): Promise<Error> {
    const parsed = problemSchema.safeParse(await this.#jsonIn(response));
    if (!parsed.success) return this.#strange(`${method} ${path} gave ${response.status} without a reason`);
    const problem: Problem = parsed.data;
    switch (problem.code) {
      case 'unauthorized':
        return new TokenRefusedError(
          `${this.server.url} does not accept the token ${this.server.tokenFrom}: it may have expired, or was revoked. ` +
            `Log in with another: npx fs-sync login ${this.server.url}`,
        );
      case 'scope-missing':
        return new TokenRefusedError(`${wordsOf(problem)} Log in with one: npx fs-sync login ${this.server.url}`);
      // What is asked for has a code of its own where it is not there: this is an operation that the server does not have.
      case 'not-found':
        return this.#strange(`it does not know ${method} ${path}`);
      default:
        return new ApiRefusedError(problem);
    }
  }

  async #jsonIn(response: Response): Promise<unknown> {
    let text: string;
    try {
      text = await response.text();
    } catch (cause) {
      throw this.away(cause);
    }
    const type = response.headers.get('content-type') ?? '';
    try {
      return JSON.parse(text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw this.#strange(`it answered ${response.status} ${type === '' ? 'without a type' : `as ${type}`}`);
    }
  }

  #strange(why: string): StrangeServerError {
    return new StrangeServerError(
      `${this.server.url} answers, but not as a server of this version does (${why}): look whether the address is right, ` +
        'and whether this program and the server have the same version',
    );
  }
}

interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}

/** Requests are counted by the second: who waits as long as the server says gets on. */
const MOST_WAITS = 20;

const isQuota = (error: Error): boolean => error instanceof ApiRefusedError && error.problem.code === 'quota-exceeded';

const waitMs = (response: Response): number => Math.min(60, Number(response.headers.get('retry-after')) || 1) * 1_000;

/** rows that are asked for at once */
const PAGE = 1_000;

/** The way to a file of a project, or to what is in it: each name escaped. */
export const pathIn = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** What the network says is inside of what `fetch` throws. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return 'no answer in time';
  const inner = cause.cause;
  if (inner instanceof Error) return (inner as NodeJS.ErrnoException).code ?? inner.message;
  return (cause as NodeJS.ErrnoException).code ?? cause.message;
}
