// A POST that shows an `Idempotency-Key` is done once: the same request again gets the answer that is kept, from any server, for a
// day (draft-ietf-httpapi-idempotency-key-header). The answer is sealed by the token that asked, so that secrets in it, such
// as a new token, are readable only to whoever was shown them before.
import { createHash, createHmac } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import type { Clock } from '../../core/model/clock.ts';
import type { KvEntry } from '../../core/store/key-value.ts';
import { type Sealer, sealer } from '../sealer.ts';
import type { ApiEnv } from './api-env.ts';
import { isJson } from './json-type.ts';
import { ApiProblem } from './problem.ts';

export const ANSWERS_KEPT_MS = 24 * 3_600_000;
/** Whoever has said for so long that it is under way has crashed. Then it is done anew: what it had made by then is there twice. */
const RUNNING_MS = 5 * 60_000;
const SAID_EVERY_MS = 60_000;
/** Answers that stay the same however often it is asked: all others say nothing of whether it was done. */
const FINAL = new Set([404, 409, 410, 412, 422]);
/** A record has to fit into a message of NATS. */
const MAX_KEPT_CHARACTERS = 512 * 1024;
const KEPT_HEADERS = ['content-type', 'location', 'etag'] as const;

const recordSchema = z.strictObject({
  v: z.literal(1),
  /** of which request, as only its token can tell */
  request: z.string(),
  /** absent: it is under way */
  sealed: z.string().optional(),
});
const answerSchema = z.strictObject({
  status: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

export const answerOnce =
  (clock: Pick<Clock, 'sleep'>): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    const said = c.req.header('idempotency-key');
    if (c.req.method !== 'POST' || said === undefined) return next();
    const secret = secretOf(c, keyIn(said));
    const at = `answers.${createHash('sha256').update(secret).digest('hex')}`;
    const request = await requestMark(c, secret);
    const taken = await take(c, at, request);
    if (taken.kind === 'kept') return kept(taken.sealed, sealer(secret));
    const done = new AbortController();
    const saying = sayUnderWay(c, clock, { at, revision: taken.revision, request }, done.signal);
    try {
      await next();
    } finally {
      done.abort();
    }
    await keep(c, { at, revision: await saying, request }, sealer(secret));
  };

/** A string of RFC 8941, or the same without its quotes. */
function keyIn(said: string): string {
  const key = /^"((?:[^"\\]|\\["\\])*)"$/.exec(said)?.[1] ?? said;
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const detail = 'header.idempotency-key has 1 to 255 visible ASCII characters.';
  throw new ApiProblem('invalid-value', detail, { field: 'header.idempotency-key', next: 'Send a UUID, for example.' });
}

/** Keys of two tokens have nothing in common. */
const secretOf = (c: Context<ApiEnv>, key: string): Buffer =>
  createHmac('sha256', c.req.header('authorization') ?? '')
    .update(`fs-sync answers\n${key}`)
    .digest();

async function requestMark(c: Context<ApiEnv>, secret: Buffer): Promise<string> {
  const { pathname, search } = new URL(c.req.url);
  const mark = createHmac('sha256', secret).update(`${pathname}${search}\n`);
  if (isJson(c.req.header('content-type'))) mark.update(Buffer.from(await c.req.arrayBuffer()));
  return mark.digest('hex');
}

type Taken = { readonly kind: 'ours'; readonly revision: number } | { readonly kind: 'kept'; readonly sealed: string };

/** @throws ApiProblem  the key is of another request, or of one that is under way */
async function take(c: Context<ApiEnv>, at: string, request: string): Promise<Taken> {
  const { answers, queries } = c.get('services');
  const running = encode({ v: 1, request });
  let there: KvEntry | undefined = await answers.get(at, { newest: true });
  for (;;) {
    const ageMs = there ? queries.now() - there.storedAt : Number.POSITIVE_INFINITY;
    if (there && ageMs < ANSWERS_KEPT_MS) {
      const record = recordSchema.parse(JSON.parse(Buffer.from(there.value).toString('utf8')));
      const field = 'header.idempotency-key';
      if (record.request !== request) {
        const next = 'Send each request with a key of its own.';
        throw new ApiProblem('key-reused', 'The key was sent with another request before.', { field, next });
      }
      if (record.sealed !== undefined) return { kind: 'kept', sealed: record.sealed };
      if (ageMs < RUNNING_MS) {
        c.header('retry-after', '1');
        throw new ApiProblem('key-in-use', 'The same request is under way.', { field, next: 'Ask again in a second.' });
      }
    }
    const outcome = await answers.compareAndSet(at, running, there?.revision ?? 0);
    if (outcome.kind === 'set') return { kind: 'ours', revision: outcome.revision };
    there = outcome.entry;
  }
}

function kept(sealed: string, { unseal }: Sealer): Response {
  const { status, headers, body } = answerSchema.parse(JSON.parse(unseal(sealed) ?? '{}'));
  return new Response(body === '' ? null : body, {
    status: status as ContentfulStatusCode,
    headers: { ...headers, 'idempotency-replayed': 'true' },
  });
}

interface Running {
  readonly at: string;
  readonly revision: number;
  readonly request: string;
}

/** Until it is done, so that nobody takes it for crashed. @returns the revision of the record then */
async function sayUnderWay(
  c: Context<ApiEnv>,
  clock: Pick<Clock, 'sleep'>,
  { at, revision, request }: Running,
  done: AbortSignal,
): Promise<number> {
  const { answers, log } = c.get('services');
  let now = revision;
  const isDone = () =>
    clock.sleep(SAID_EVERY_MS, done).then(
      () => false,
      () => true,
    );
  while (!(await isDone())) {
    try {
      const outcome = await answers.compareAndSet(at, encode({ v: 1, request }), now);
      if (outcome.kind === 'moved') break;
      now = outcome.revision;
    } catch (error) {
      log?.warn({ err: error, path: c.req.path }, 'that a request is under way could not be said: it is tried again');
    }
  }
  return now;
}

/** What failed because of the server, or of who asked, is done anew by the next try. */
async function keep(c: Context<ApiEnv>, { at, revision, request }: Running, { seal }: Sealer): Promise<void> {
  const { answers, log } = c.get('services');
  const { status, headers } = c.res;
  try {
    const isFinal = status < 300 || FINAL.has(status);
    const body = isFinal ? await c.res.clone().text() : '';
    if (!isFinal || body.length > MAX_KEPT_CHARACTERS) return void (await answers.delete(at, revision));
    const shown = KEPT_HEADERS.flatMap((name) => (headers.has(name) ? [[name, headers.get(name)]] : []));
    const sealed = seal(JSON.stringify({ status, headers: Object.fromEntries(shown), body }));
    await answers.compareAndSet(at, encode({ v: 1, request, sealed }), revision);
  } catch (error) {
    log?.warn(
      { err: error, path: c.req.path },
      'an answer could not be kept: the same request again is refused for a while',
    );
  }
}

const encode = (record: z.infer<typeof recordSchema>): Uint8Array => Buffer.from(JSON.stringify(record));
