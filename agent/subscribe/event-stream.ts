// One reader's stream of server-sent events. It holds a place in the feeds and no queue: while the reader does not read,
// nothing is written, and one that fell behind what is kept is told so and sent away.
import type { ServerResponse } from 'node:http';
import type { FeedEvent } from './feed-event.ts';
import type { FeedPlace } from './feed-place.ts';
import type { Follower } from './feeds.ts';

/** Keeps the connection known to be alive, and moves the place of a reader whose filter lets little through. */
const BEAT_MS = 15_000;
/** A reader that takes nothing for a minute is gone. */
const STALLED_BEATS = 4;

/** Resolves when the reader left, was sent away, or the signal aborted.
 *  @param select  what of an event the reader wants; undefined: nothing */
export async function streamEvents(
  response: ServerResponse,
  follower: Follower,
  select: (event: FeedEvent) => FeedEvent | undefined,
  signal: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  const over = AbortSignal.any([signal, left.signal]);
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(`retry: 1000\n${placeLine(follower.place)}\n`);

  let isWaiting = false;
  let stalled = 0;
  const beat = setInterval(() => {
    if (response.writableNeedDrain) {
      if (++stalled >= STALLED_BEATS) response.destroy();
      return;
    }
    stalled = 0;
    if (isWaiting) response.write(`: beat\n${placeLine(follower.place)}\n`);
  }, BEAT_MS);
  try {
    while (!over.aborted) {
      isWaiting = true;
      const items = await follower.next(over);
      isWaiting = false;
      for (const { place, event } of items) {
        const wanted = select(event);
        if (!wanted) continue;
        const goesOn = response.write(frame(place, wanted));
        if (wanted.type === 'reset' && wanted.reason === 'too-slow') return;
        if (!goesOn) await drained(response, over);
        if (over.aborted) return;
      }
    }
  } finally {
    clearInterval(beat);
    response.end();
  }
}

const placeLine = (place: FeedPlace): string => `id: ${place}\n`;

/** JSON has no line ends of its own, so that one data line holds it. */
const frame = (place: FeedPlace, event: FeedEvent): string =>
  `${placeLine(place)}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

function drained(response: ServerResponse, over: AbortSignal): Promise<void> {
  if (over.aborted || !response.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      over.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    over.addEventListener('abort', done, { once: true });
  });
}
