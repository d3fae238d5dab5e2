import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { emptyTree } from '../core/manifest/build.ts';
import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { memoryNodes } from '../core/manifest/memory-nodes.ts';
import { PeopleFirst } from './people-first.ts';

/** Each wait ends when the test says so, or when nobody waits for it any more. */
function handClock() {
  const wakes = new Set<() => void>();
  let now = 0;
  return {
    now: () => now,
    pass: (ms: number) => {
      now += ms;
    },
    wake: () => {
      for (const wake of wakes) wake();
    },
    get waits() {
      return wakes.size;
    },
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        wakes.add(resolve);
        signal?.addEventListener('abort', () => {
          wakes.delete(resolve);
          reject(signal.reason);
        });
      }),
  };
}

/** A server with a page that is under way until `answer` is called, and a live stream. */
function setUp() {
  const clock = handClock();
  const people = new PeopleFirst(clock);
  let answer = () => {};
  const made = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const app = new Hono()
    .use(people.serve)
    .get('/page', async (c) => {
      await made;
      return c.text('made');
    })
    .get('/broken', () => {
      throw new Error('it cannot be made');
    })
    .get('/live', () => new Response(new ReadableStream()));
  app.onError((_, c) => c.text('broken', 500));
  return { clock, people, app, answer };
}

describe('people first', () => {
  test('a node is read for the background when the page that is under way has its answer', async () => {
    const { people, app, answer } = setUp();
    const stored = memoryNodes();
    const { sha } = await emptyTree(stored);
    const nodes = people.nodes(cachedNodes(stored, { maxBytes: 1000 }));
    const page = app.request('/page');
    const read = Promise.all([nodes.getNode(sha), nodes.getDecoded(sha), people.reader(stored).getNode(sha)]);
    expect(stored.reads).toEqual([]);
    answer();
    expect(await (await page).text()).toBe('made');
    expect((await read)[1]).toMatchObject({ kind: 'leaf' });
    expect(stored.reads).toHaveLength(3);
  });

  test('work goes on all the same while there is always a page to make', async () => {
    const { clock, people, app, answer } = setUp();
    const page = app.request('/page');
    for (let step = 0; step < 3; step++) {
      const turn = people.turn();
      expect([turn !== undefined, clock.waits]).toEqual([true, 1]);
      clock.wake();
      await turn;
    }
    answer();
    await page;
    expect(people.turn()).toBeUndefined();
  });

  test('neither a live stream nor a page that could not be made holds anything up', async () => {
    const { people, app } = setUp();
    const live = await app.request('/live');
    await app.request('/broken');
    expect(people.turn()).toBeUndefined();
    await live.body?.cancel();
  });

  test('a request that gets no answer for long, such as one whose body does not come, holds nothing up any more', async () => {
    const { clock, people, app, answer } = setUp();
    const page = app.request('/page');
    clock.pass(5_000);
    expect(people.turn()).toBeUndefined();
    const newer = app.request('/page');
    expect(people.turn()).toBeDefined();
    answer();
    await Promise.all([page, newer]);
    expect(people.turn()).toBeUndefined();
  });

  test('no wait is left behind when the page has its answer', async () => {
    const { clock, people, app, answer } = setUp();
    const page = app.request('/page');
    const turn = people.turn();
    answer();
    await Promise.all([page, turn]);
    expect(clock.waits).toBe(0);
  });
});
