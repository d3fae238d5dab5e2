// What is sent: its form, its schema and its id; and which events are sent at all.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { FsEvent } from '../model/event.ts';
import { fakeSha, parseProjectName } from '../model/ids.ts';
import { parseRelPath } from '../model/rel-path.ts';
import type { WebhookFilter } from '../model/webhook.ts';
import { newWebhookId } from '../model/webhook-id.ts';
import { anEvent } from '../store/event-log.contract.ts';
import { retryInMs } from './backoff.ts';
import { messageJsonSchema, messageOf, testMessage } from './message.ts';
import { wants } from './wants.ts';

const hook = newWebhookId();
const { type: _, payload: __, ...envelope } = anEvent('e');
const entry = { dir: true, mode: 0o755 } as const;
const moved: FsEvent = {
  ...envelope,
  type: 'PathMoved',
  payload: { path: parseRelPath('b/x'), from: parseRelPath('a/x'), entry, commit_sha: fakeSha('c') },
};

test('a message has the event’s type, its time and the event, and its id follows from event and webhook', () => {
  const message = messageOf(hook, moved);
  expect(JSON.parse(message.body)).toEqual({ type: 'PathMoved', timestamp: moved.ts, data: moved });
  expect(message.id).toMatch(/^msg_[0-9a-f]{40}$/);
  expect(messageOf(hook, { ...moved })).toEqual(message);
  expect(messageOf(newWebhookId(), moved).id).not.toBe(message.id);
  expect(messageOf(hook, anEvent('other')).id).not.toBe(message.id);
});

test('the JSON Schema takes what is sent, and nothing that has more or less', () => {
  const schema = z.fromJSONSchema(messageJsonSchema());
  const validate = (body: unknown) => schema.safeParse(body).success;
  const bodies = [messageOf(hook, moved), messageOf(hook, anEvent('e')), testMessage(hook, 0)].map(({ body }) =>
    JSON.parse(body),
  );
  for (const body of bodies) expect(validate(body)).toBe(true);
  for (const body of bodies) expect(validate({ ...body, more: 1 })).toBe(false);
  expect(validate({ ...bodies[0], type: 'PathCreated' })).toBe(false);
});

describe('a webhook that wants', () => {
  const demo = parseProjectName('demo');
  test.each([
    ['everything', {}, moved, true],
    ['a project', { projects: [demo] }, moved, true],
    ['another project', { projects: [parseProjectName('other')] }, moved, false],
    ['types', { types: ['PathMoved'] }, moved, true],
    ['other types', { types: ['PathCreated'] }, moved, false],
    ['where it went', { prefix: parseRelPath('b') }, moved, true],
    ['where it was', { prefix: parseRelPath('a/x') }, moved, true],
    ['a name that only begins alike', { prefix: parseRelPath('a/x2') }, moved, false],
    ['what is below it', { prefix: parseRelPath('b/x/y') }, moved, false],
    ['a path, of an event that names none', { prefix: parseRelPath('a') }, anEvent('e'), false],
  ] satisfies [string, WebhookFilter, FsEvent, boolean][])('%s', (_name, filter, event, expected) => {
    expect(wants(filter, event)).toBe(expected);
  });
});

test('an attempt is later the more of them failed, within an hour, a little apart, and as late as it is asked to be', () => {
  expect([1, 2, 3, 11, 5_000].map((tries) => retryInMs(tries, undefined, 1))).toEqual([
    5_000, 10_000, 20_000, 3_600_000, 3_600_000,
  ]);
  expect(retryInMs(1, undefined, 0)).toBe(3_750);
  expect(retryInMs(1, 120_000, 1)).toBe(120_000);
  expect(retryInMs(1, 1e12, 1)).toBe(6 * 3_600_000);
});
