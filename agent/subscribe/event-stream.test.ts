import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../core/model/clock.ts';
import { fakeSha, parseProjectName } from '../../core/model/ids.ts';
import { streamEvents } from './event-stream.ts';
import { Feeds } from './feeds.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The part of a response that a stream uses. @param takes  whether the reader reads */
function fakeResponse(takes: boolean) {
  let text = '';
  const stream = new Writable({
    highWaterMark: 10,
    write(chunk, _encoding, done) {
      text += String(chunk);
      if (takes) done();
    },
  });
  const response = Object.assign(stream, { writeHead: () => stream }) as unknown as ServerResponse;
  return { response, text: () => text };
}

function openFeeds() {
  const feeds = new Feeds(systemClock);
  const feed = feeds.of({ project: parseProjectName('demo'), root: '/srv' });
  const publish = () => feed.publish({ type: 'committed', commit: fakeSha(), count: 0, paths: [], more: true });
  return { feeds, publish };
}

test('a stream without events beats, and moves the place of a reader whose filter lets nothing through', async () => {
  const { feeds, publish } = openFeeds();
  const { response, text } = fakeResponse(true);
  const stop = new AbortController();
  let selected = () => {};
  const done = new Promise<void>((resolve) => {
    selected = resolve;
  });
  const nothing = () => {
    selected();
    return undefined;
  };
  const streaming = streamEvents(response, feeds.follow(), nothing, stop.signal);
  const { id } = publish();
  await done;
  await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(15_000);
  stop.abort();
  await streaming;
  expect(text()).toMatch(/^retry: 1000\nid: \S+\n\n: beat\nid: (\S+)\n\n$/);
  expect(text().trimEnd().endsWith(id)).toBe(true);
});

test('a reader that takes nothing for a minute is cut off', async () => {
  const { feeds } = openFeeds();
  const { response } = fakeResponse(false);
  const streaming = streamEvents(response, feeds.follow(), (event) => event, new AbortController().signal);
  vi.advanceTimersByTime(45_000);
  expect(response.destroyed).toBe(false);
  vi.advanceTimersByTime(15_000);
  expect(response.destroyed).toBe(true);
  await streaming;
});
