// Live streams over Server-Sent Events. Subscribe first, render second, wait third: a change between the page's first
// paint and the stream cannot be missed. A tab has one pending mark, never a queue: however much happens while a flush
// is out, the next flush shows the newest state. The stream is pulled by the socket, so a slow reader is rendered less
// often and holds no memory. All streams beat together: what many tabs show is read, rendered and compressed once a beat.
import type { Context } from 'hono';
import { type Clock, systemClock } from '../core/model/clock.ts';
import type { AppEnv, Subscription, Topic } from './context.ts';
import { toHtml } from './html.ts';
import { onceATurn } from './once-a-turn.ts';
import { markOf, type Part, TabParts } from './parts.ts';
import { HELLO, mergeFragments, PING } from './sse.ts';
import { GZIP_HEAD, gzipPiece } from './stream-gzip.ts';
import { RefreshTrouble } from './trouble.tsx';

/** Beats fall on the multiples of it, the same for all tabs, and a tab is flushed at most once a beat: ten a second is smooth,
 *  more is not seen. */
const FLUSH_MS = 100;
/** A tab that was flushed so lately waits for the next beat; one that was still gets its change at once. Longer than a beat,
 *  so that tabs of a server that is behind come together again, and share what they send. */
const STILL_MS = 300;
const PING_MS = 15_000;
/** After a render that failed: first wait, doubled up to the longest. */
const RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/** Writes what changed since the last flush; '' when nothing did. `first` is true until one flush has succeeded. */
export type Flush = (first: boolean) => Promise<string>;

/** Keeps a page of parts up to date: `render` is the function that the first paint used. */
export function live(c: Context<AppEnv>, topics: readonly Topic[], render: () => Promise<readonly Part[]>): Response {
  const tab = new TabParts();
  const has = c.req.query('have');
  const key = pageKey(c);
  return liveStream(c, topics, async (first) => {
    const parts = await onceATurn(c.get('services'), key, render);
    if (first && has === markOf(parts)) {
      tab.adopt(parts);
      return '';
    }
    return tab.patch(parts);
  });
}

/** All that a page's parts depend on beside what the server holds: its address, whole, and who looks. */
function pageKey(c: Context<AppEnv>): string {
  const url = new URL(c.req.url);
  // What the tab has already concerns that tab alone.
  for (const own of ['have', 'once']) url.searchParams.delete(own);
  return `${url} ${c.req.header('x-forwarded-proto')} ${c.req.header('host')} ${c.get('session')?.user}`;
}

/** A stream whose page writes its own patches. */
export function liveStream(
  c: Context<AppEnv>,
  topics: readonly Topic[],
  flush: Flush,
  clock: Clock = systemClock,
): Response {
  const services = c.get('services');
  const onError = (error: unknown) =>
    services.log?.error({ err: error, path: c.req.path }, 'a live page could not be refreshed');
  const once = c.req.query('once') !== undefined;
  // A compressed stream has no end of its own: one that is to end is sent as it is.
  const isGzip = !once && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '');
  const subscription = services.subscribe([...topics, { kind: 'health' }]);
  const bytes = liveBytes(subscription, flush, {
    clock,
    onError,
    encode: isGzip ? gzipEncoder() : plainEncoder(),
    once,
  });
  return new Response(bytes, {
    headers: {
      ...(isGzip && { 'content-encoding': 'gzip' }),
      vary: 'accept-encoding, cookie',
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

type Encode = (text: string) => Uint8Array;

function plainEncoder(): Encode {
  const encoder = new TextEncoder();
  return (text) => encoder.encode(text);
}

function gzipEncoder(): Encode {
  let head = GZIP_HEAD;
  return (text) => {
    const piece = gzipPiece(text);
    if (head.length === 0) return piece;
    const first = Uint8Array.from([...head, ...piece]);
    head = head.subarray(head.length);
    return first;
  };
}

export interface LiveBytesIo {
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
  readonly encode?: Encode;
  /** a short look of a window that has no line of its own: one flush, a ping, and the end */
  readonly once?: boolean;
}

export function liveBytes(
  subscription: Subscription,
  flush: Flush,
  { clock, onError, encode = plainEncoder(), once = false }: LiveBytesIo,
): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const chunks = liveText(subscription, flush, clock, onError, once, ended.signal);
  const end = () => {
    ended.abort();
    subscription.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (ended.signal.aborted) return;
        if (next.done) {
          end();
          controller.close();
        } else controller.enqueue(encode(next.value));
      },
      cancel: end,
    },
    // No chunk is made before the socket asks for it.
    { highWaterMark: 0 },
  );
}

async function* liveText(
  subscription: Subscription,
  flush: Flush,
  clock: Clock,
  onError: (error: unknown) => void,
  once: boolean,
  ended: AbortSignal,
): AsyncGenerator<string, void> {
  yield HELLO;
  let first = true;
  let failures = 0;
  let flushedAt = Number.NEGATIVE_INFINITY;
  let sentAt = clock.now();
  const waking = new Waking(subscription, clock, ended);

  while (!ended.aborted) {
    if (clock.now() < flushedAt + STILL_MS) await beat(clock);
    if (ended.aborted) return;
    flushedAt = clock.now();
    try {
      const text = await flush(first);
      if (failures > 0) yield mergeFragments(toHtml(RefreshTrouble({})));
      first = false;
      failures = 0;
      // Changes that leave this page as it is must not keep the browser from hearing that the stream lives.
      const word = once ? text + PING : text === '' && clock.now() - sentAt >= PING_MS ? PING : text;
      if (word !== '') yield word;
      if (word !== '') sentAt = clock.now();
      if (once) return;
    } catch (error) {
      if (ended.aborted) return;
      onError(error);
      if (failures === 0) yield mergeFragments(toHtml(RefreshTrouble({ error })));
      if (!(await rest(clock, Math.min(RETRY_MS * 2 ** failures, LONGEST_RETRY_MS), ended))) return;
      failures++;
      continue;
    }
    for (;;) {
      const woken = await waking.next();
      if (ended.aborted) return;
      if (woken === 'change') break;
      yield PING;
      sentAt = clock.now();
    }
  }
}

type Woken = 'change' | 'ping';

/** What a stream waits for: the next change, or that it has to say a word. One timer for its whole life: a thousand streams
 *  that are woken ten times a second would spend more on theirs than on what they send. */
class Waking {
  readonly #subscription: Subscription;
  readonly #due = new Set<Woken>();
  #isWaiting = false;
  #wake = () => {};

  constructor(subscription: Subscription, clock: Clock, ended: AbortSignal) {
    this.#subscription = subscription;
    void this.#ping(clock, ended);
  }

  async #ping(clock: Clock, ended: AbortSignal): Promise<void> {
    while (await rest(clock, PING_MS, ended)) this.#tell('ping');
    this.#wake();
  }

  #tell(why: Woken): void {
    this.#due.add(why);
    this.#wake();
  }

  async next(): Promise<Woken> {
    // One wait is open at a time: a ping must not swallow the change that comes with it.
    if (!this.#isWaiting && !this.#due.has('change')) {
      this.#isWaiting = true;
      void this.#subscription.wait().then(() => {
        this.#isWaiting = false;
        this.#tell('change');
      });
    }
    if (this.#due.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const woken = this.#due.has('change') ? 'change' : 'ping';
    this.#due.delete(woken);
    return woken;
  }
}

const beats = new WeakMap<Clock, Map<number, Promise<void>>>();

/** The next beat. Who waits for the same one goes on in the same turn. */
function beat(clock: Clock): Promise<void> {
  const at = (Math.floor(clock.now() / FLUSH_MS) + 1) * FLUSH_MS;
  const of = beats.get(clock) ?? new Map<number, Promise<void>>();
  beats.set(clock, of);
  const known = of.get(at);
  if (known) return known;
  const next = clock.sleep(at - clock.now()).finally(() => of.delete(at));
  of.set(at, next);
  return next;
}

/** @returns false when the stream ended meanwhile */
async function rest(clock: Clock, ms: number, ended: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(ms, ended);
    return true;
  } catch {
    return false;
  }
}
