// Live streams over Server-Sent Events. Subscribe first, render second, wait third: a change between the page's first
// paint and the stream cannot be missed. A tab has one pending mark, never a queue: however much happens while a flush
// is out, the next flush shows the newest state. The stream is pulled by the socket, so a slow reader is rendered less
// often and holds no memory.
import type { Context } from 'hono';
import { type Clock, systemClock } from '../core/model/clock.ts';
import type { AppEnv, Subscription, Topic } from './context.ts';
import { toHtml } from './html.ts';
import { markOf, type Part, TabParts } from './parts.ts';
import { HELLO, mergeFragments, PING } from './sse.ts';
import { RefreshTrouble } from './trouble.tsx';

/** Two flushes of a tab are at least this far apart: ten a second is smooth, more is not seen. */
const FLUSH_MS = 100;
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
  return liveStream(c, topics, async (first) => {
    const parts = await render();
    if (first && has === markOf(parts)) {
      tab.adopt(parts);
      return '';
    }
    return tab.patch(parts);
  });
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
  const bytes = liveBytes(services.subscribe([...topics, { kind: 'health' }]), flush, clock, onError, once);
  return new Response(bytes, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  });
}

/** @param once  a short look of a window that has no line of its own: one flush, a ping, and the end */
export function liveBytes(
  subscription: Subscription,
  flush: Flush,
  clock: Clock,
  onError: (error: unknown) => void,
  once = false,
): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const encoder = new TextEncoder();
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
        } else controller.enqueue(encoder.encode(next.value));
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
  let change: Promise<void> | undefined;

  while (!ended.aborted) {
    const early = flushedAt + FLUSH_MS - clock.now();
    if (early > 0 && !(await rest(clock, early, ended))) return;
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
      // One wait is open at a time: a ping must not swallow the change that comes with it.
      change ??= subscription.wait();
      const woken = await changeOrPing(change, clock, ended);
      if (woken === 'ended') return;
      if (woken === 'change') break;
      yield PING;
      sentAt = clock.now();
    }
    change = undefined;
  }
}

async function changeOrPing(
  change: Promise<void>,
  clock: Clock,
  ended: AbortSignal,
): Promise<'change' | 'ping' | 'ended'> {
  const idle = new AbortController();
  const stop = () => idle.abort();
  ended.addEventListener('abort', stop, { once: true });
  const ping = clock.sleep(PING_MS, idle.signal).then(
    () => 'ping' as const,
    () => 'ended' as const,
  );
  const woken = await Promise.race([change.then(() => 'change' as const), ping]);
  ended.removeEventListener('abort', stop);
  idle.abort();
  return ended.aborted ? 'ended' : woken;
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
