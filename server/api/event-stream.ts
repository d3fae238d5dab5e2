// Events as Server-Sent Events, for programs. The socket pulls: nothing is read before what was written is taken, so a slow
// reader holds no memory here and loses nothing while what it lacks is kept; when it is not any more, a `gap` says so.
import type { Subscription } from '../../app/context.ts';
import type { EventRow, EventsRead } from '../../app/event-view.ts';
import { cursorOf, type EventPlace, type GapReason, markOf } from '../../core/api/event.ts';
import type { Clock } from '../../core/model/clock.ts';

/** Proxies and clients give a silent connection up after a minute or less. */
export const HEARTBEAT_MS = 15_000;
/** Many events that come one by one are read together. */
const PAUSE_MS = 20;
/** After a read that failed. */
const RETRY_MS = 1_000;

export interface EventStreamIo {
  readonly clock: Clock;
  readonly subscription: Subscription;
  read(after: EventPlace): Promise<EventsRead>;
  /** asked as often as a heartbeat is due, also of a stream that is never silent: the token may have been revoked */
  isAllowed(): Promise<boolean>;
  onError(error: unknown): void;
}

export function eventStream(io: EventStreamIo, after: EventPlace): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const texts = eventTexts(io, after, ended.signal);
  const encoder = new TextEncoder();
  const end = () => {
    ended.abort();
    io.subscription.close();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await texts.next();
        if (ended.signal.aborted) return;
        if (next.done) {
          end();
          controller.close();
        } else controller.enqueue(encoder.encode(next.value));
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
}

async function* eventTexts(io: EventStreamIo, from: EventPlace, ended: AbortSignal): AsyncGenerator<string, void> {
  const { clock, subscription } = io;
  let after = from;
  let change: Promise<'change'> | undefined;
  let saidAt = clock.now();
  let askedAt = saidAt;
  yield ': events\n\n';
  while (!ended.aborted) {
    if (clock.now() - askedAt >= HEARTBEAT_MS) {
      if (!(await allowedOr(io))) return;
      askedAt = clock.now();
    }
    if (clock.now() - saidAt >= HEARTBEAT_MS) {
      saidAt = clock.now();
      // What passed and was not asked for is passed for whoever comes back, too.
      yield `id: ${cursorOf(after)}\n: still here\n\n`;
    }
    const read = await readOr(io, after);
    if (ended.aborted) return;
    let isMore = false;
    if (read) {
      after = read.next;
      isMore = read.kind === 'gap' || read.more;
      const text = read.kind === 'gap' ? gapText(read.reason, read.next) : read.rows.map(eventText).join('');
      if (text !== '') {
        saidAt = clock.now();
        yield text;
      }
    }
    if (isMore) continue;
    if (read) change ??= subscription.wait().then(() => 'change');
    const due = read ? Math.max(0, saidAt + HEARTBEAT_MS - clock.now()) : RETRY_MS;
    const woken = await firstOf(clock, read ? change : undefined, due, ended);
    if (woken === 'change') {
      change = undefined;
      await rest(clock, PAUSE_MS, ended);
    }
  }
}

/** @returns undefined when nothing could be read now */
async function readOr(io: EventStreamIo, after: EventPlace): Promise<EventsRead | undefined> {
  try {
    return await io.read(after);
  } catch (error) {
    io.onError(error);
    return undefined;
  }
}

/** While nobody can say, whoever was let in stays. */
async function allowedOr(io: EventStreamIo): Promise<boolean> {
  try {
    return await io.isAllowed();
  } catch (error) {
    io.onError(error);
    return true;
  }
}

/** JSON has no bare line end, so one line holds it. */
const eventText = ({ seq, event }: EventRow): string =>
  `id: ${cursorOf({ seq, mark: markOf(event) })}\ndata: ${JSON.stringify(event)}\n\n`;

const gapText = (reason: GapReason, next: EventPlace): string =>
  `id: ${cursorOf(next)}\nevent: gap\ndata: ${JSON.stringify({ reason })}\n\n`;

/** @returns `time` also when the stream ends */
async function firstOf(
  clock: Clock,
  change: Promise<'change'> | undefined,
  ms: number,
  ended: AbortSignal,
): Promise<'change' | 'time'> {
  const over = new AbortController();
  const time = rest(clock, ms, AbortSignal.any([ended, over.signal])).then(() => 'time' as const);
  const woken = await Promise.race([time, ...(change ? [change] : [])]);
  over.abort();
  return woken;
}

async function rest(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
