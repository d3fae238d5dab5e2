// When the server was deaf to all nodes, over times that are told by hand.
import { expect, test } from 'vitest';
import { NODE_OFFLINE_AFTER_MS } from '../core/model/node-status.ts';
import { DEAF_AFTER_MS, Listening } from './listening.ts';

test('who hears something every few seconds was never deaf', () => {
  const listening = new Listening(0);
  for (let at = 0; at < 60_000; at += DEAF_AFTER_MS) listening.heard(at);
  expect(listening.deaf(60_000)).toBe(undefined);
});

test('nothing heard for longer is being deaf, which lasts from the last word to the next one', () => {
  const listening = new Listening(0);
  listening.heard(1_000);
  expect(listening.deaf(1_000 + DEAF_AFTER_MS)).toBe(undefined);
  expect(listening.deaf(20_000)).toEqual({ since: 1_000, until: undefined });
  listening.heard(30_000);
  expect(listening.deaf(31_000)).toEqual({ since: 1_000, until: 30_000 });
});

test('NATS that comes and goes is away all the time, until nodes had time to be heard of', () => {
  const listening = new Listening(0);
  listening.heard(20_000);
  listening.heard(40_000);
  expect(listening.deaf(40_000)).toEqual({ since: 0, until: 40_000 });
  for (let at = 40_000; at <= 42_000 + NODE_OFFLINE_AFTER_MS; at += 2_000) listening.heard(at);
  listening.heard(80_000);
  expect(listening.deaf(80_000)).toEqual({ since: 56_000, until: 80_000 });
});
