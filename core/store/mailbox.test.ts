import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { Mailbox } from './mailbox.ts';

async function all<T>(mailbox: Mailbox<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of mailbox) items.push(item);
  return items;
}

test('what was pushed before and while it is read comes in order, and the end after it', async () => {
  const mailbox = new Mailbox<number>();
  mailbox.push(1);
  mailbox.push(2);
  const reading = all(mailbox);
  await Promise.resolve();
  mailbox.push(3);
  mailbox.end();
  mailbox.push(4);
  expect(await reading).toEqual([1, 2, 3]);
});

test('a failure is thrown at once, and what waits is dropped', async () => {
  const mailbox = new Mailbox<number>();
  mailbox.push(1);
  mailbox.fail(new Error('lost'));
  mailbox.fail(new Error('later'));
  await expect(all(mailbox)).rejects.toThrow('lost');
});

test('the signal ends it without an error, also in the middle of what waits', async () => {
  const stop = new AbortController();
  const mailbox = new Mailbox<number>(stop.signal);
  mailbox.push(1);
  mailbox.push(2);
  const seen: number[] = [];
  for await (const item of mailbox) {
    seen.push(item);
    stop.abort();
  }
  expect(seen).toEqual([1]);
  expect(await all(new Mailbox<number>(stop.signal))).toEqual([]);
});

test('one that is ended without being read to its end is held by its signal no longer', () => {
  const { signal } = new AbortController();
  const mailbox = new Mailbox<number>(signal);
  mailbox.push(1);
  mailbox.end();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
