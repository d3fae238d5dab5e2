import { describe, expect, test } from 'vitest';
import type { Clock } from '../core/model/clock.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import type { Subscription } from './context.ts';
import { type Flush, liveBytes } from './live.ts';
import { HELLO, PING } from './sse.ts';

/** Time that moves only when a test moves it. */
class HandClock implements Clock {
  #now = 1_000_000;
  readonly #sleepers = new Set<{ until: number; wake: () => void }>();
  now = () => this.#now;
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', stop);
    });
  pass(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
  get sleeping(): number {
    return this.#sleepers.size;
  }
}

class HandTopic implements Subscription {
  closed = false;
  #marked = false;
  #wake = () => {};
  change(): void {
    this.#marked = true;
    this.#wake();
  }
  async wait(): Promise<void> {
    if (!this.#marked) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#marked = false;
  }
  close(): void {
    this.closed = true;
  }
}

function open(flush: Flush, once = false) {
  const clock = new HandClock();
  const topic = new HandTopic();
  const errors: unknown[] = [];
  const reader = liveBytes(topic, flush, { clock, onError: (error) => errors.push(error), once }).getReader();
  const next = async () => {
    const { value } = await reader.read();
    return value === undefined ? undefined : new TextDecoder().decode(value);
  };
  return { clock, topic, errors, reader, next };
}

/** Lets everything that can go on without time go on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a live stream', () => {
  test('a short look is one flush and a ping, also when nothing changed, and then the end', async () => {
    for (const text of ['patch', '']) {
      const { topic, next } = open(async () => text, true);
      expect(await next()).toBe(HELLO);
      expect(await next()).toBe(`${text}${PING}`);
      expect(await next()).toBeUndefined();
      expect(topic.closed).toBe(true);
    }
  });

  test('greets, renders once, then waits for a change', async () => {
    let renders = 0;
    const { clock, topic, next } = open(async () => `patch ${++renders}`);
    expect(await next()).toBe(HELLO);
    expect(await next()).toBe('patch 1');
    const waiting = next();
    await settled();
    expect(renders).toBe(1);
    clock.pass(300);
    topic.change();
    expect(await waiting).toBe('patch 2');
  });

  test('a tab that was flushed lately waits for the beat of all tabs, however long its last flush took', async () => {
    let renders = 0;
    const { clock, topic, next } = open(async () => `patch ${++renders}`);
    await next();
    await next();
    clock.pass(130);
    topic.change();
    const waiting = next();
    await settled();
    expect(renders).toBe(1);
    clock.pass(70);
    expect(await waiting).toBe('patch 2');
  });

  test('a change before the first render is not missed: the subscription is older than the render', async () => {
    let state = 'old';
    const { clock, topic, next } = open(async () => {
      const seen = state;
      // It changes while the page is rendered from what was read before.
      if (seen === 'old') {
        state = 'new';
        topic.change();
      }
      return seen;
    });
    await next();
    expect(await next()).toBe('old');
    const waiting = next();
    await settled();
    clock.pass(100);
    expect(await waiting).toBe('new');
  });

  test('a thousand changes while the reader is slow are one flush of the newest state', async () => {
    let state = 0;
    let renders = 0;
    const { clock, topic, next } = open(async () => {
      renders++;
      return `state ${state}`;
    });
    await next();
    await next();
    for (let i = 0; i < 1000; i++) {
      state = i;
      topic.change();
    }
    await settled();
    expect(renders).toBe(1);
    const waiting = next();
    await settled();
    clock.pass(100);
    expect(await waiting).toBe('state 999');
    expect(renders).toBe(2);
  });

  test('two flushes are 100 ms apart', async () => {
    let renders = 0;
    const { clock, topic, next } = open(async () => `patch ${++renders}`);
    await next();
    await next();
    topic.change();
    const waiting = next();
    await settled();
    clock.pass(99);
    await settled();
    expect(renders).toBe(1);
    clock.pass(1);
    expect(await waiting).toBe('patch 2');
  });

  test('a quiet stream pings, and the change after a ping is seen', async () => {
    let renders = 0;
    const { clock, topic, next } = open(async () => `patch ${++renders}`);
    await next();
    await next();
    for (let i = 0; i < 3; i++) {
      const waiting = next();
      await settled();
      clock.pass(15_000);
      expect(await waiting).toBe(PING);
    }
    const waiting = next();
    await settled();
    topic.change();
    expect(await waiting).toBe('patch 2');
  });

  test('changes that leave the page as it is do not keep the pings away', async () => {
    const { clock, topic, next } = open(async (first) => (first ? 'page' : ''));
    await next();
    await next();
    const waiting = next();
    for (let i = 0; i < 40; i++) {
      topic.change();
      await settled();
      clock.pass(500);
      await settled();
    }
    expect(await waiting).toBe(PING);
  });

  test('a render that fails is told once, tried again, and taken back when it works', async () => {
    let broken = true;
    const { clock, topic, errors, next } = open(async () => {
      if (broken) throw new StoreUnavailableError('hot', 'no answer from NATS');
      return 'page';
    });
    await next();
    const told = await next();
    expect(told).toContain('hot storage is not available: no answer from NATS.');
    const waiting = next();
    for (let i = 0; i < 3; i++) {
      await settled();
      clock.pass(10_000);
    }
    await settled();
    broken = false;
    clock.pass(10_000);
    const cleared = await waiting;
    expect(cleared).toContain('id="refresh-trouble"');
    expect(cleared).not.toContain('notice');
    expect(await next()).toBe('page');
    expect(errors.length).toBeGreaterThan(1);
    topic.close();
  });

  test('a reader that leaves ends it: the subscription is closed and no timer stays', async () => {
    const { clock, topic, reader, next } = open(async () => 'page');
    await next();
    await next();
    const waiting = reader.read();
    await settled();
    expect(clock.sleeping).toBe(1);
    await reader.cancel();
    expect(topic.closed).toBe(true);
    expect((await waiting).done).toBe(true);
    await settled();
    expect(clock.sleeping).toBe(0);
  });
});
