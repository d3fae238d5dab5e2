// Sending to a real HTTP server: what it gets, what its answer means, and that nothing reaches an address that is not public,
// whatever its name meant a moment ago.
import type { LookupAddress } from 'node:dns';
import { Webhook as Verifier } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { startReceiver } from '../../core/webhook/receiver.fakes.ts';
import { newSecret, sign } from '../../core/webhook/secret.ts';
import { httpPost } from './post.ts';

const { signal } = new AbortController();
const secret = newSecret();
const body = '{"type":"PathCreated","timestamp":"2026-01-01T00:00:00.000Z","data":{"path":"ä"}}';
const headers = () => sign([secret], 'msg_1', Date.now(), body);
const open = httpPost({ allowPrivate: true });

test('the receiver gets the body byte for byte, with headers that the reference library verifies', async () => {
  const receiver = await startReceiver();
  expect(await open(receiver.url, headers(), body, signal)).toEqual({ kind: 'answered', status: 204, text: '' });
  const [got] = receiver.delivered;
  expect(got?.body).toBe(body);
  expect(got?.headers['content-type']).toBe('application/json');
  const verified = new Verifier(secret).verify(got?.body ?? '', got?.headers as Record<string, string>);
  expect(verified).toEqual(JSON.parse(body));
});

test('a redirect is an answer, and is not followed', async () => {
  const target = await startReceiver();
  const receiver = await startReceiver((answer) => answer.writeHead(307, { location: target.url }).end());
  expect(await open(receiver.url, headers(), body, signal)).toMatchObject({ status: 307 });
  expect(target.delivered).toEqual([]);
});

test('an answer without an end is cut, and what it asks for is kept', async () => {
  const receiver = await startReceiver((answer) => {
    answer.writeHead(503, { 'retry-after': '120' });
    answer.write('x'.repeat(100_000));
  });
  const answer = await open(receiver.url, headers(), body, signal);
  expect(answer).toMatchObject({ kind: 'answered', status: 503, retryAfterMs: 120_000 });
  expect(answer.kind === 'answered' && answer.text.length).toBe(4_000);
});

test('who never answers is not waited for, who is not there is named, and a stop ends it', async () => {
  const receiver = await startReceiver(() => undefined);
  const hasty = httpPost({ allowPrivate: true, timeoutMs: 50 });
  expect(await hasty(receiver.url, headers(), body, signal)).toEqual({
    kind: 'failed',
    reason: 'no answer within 0.05 s',
  });
  expect(await open('http://127.0.0.1:1/', headers(), body, signal)).toMatchObject({
    reason: 'nothing listens there (ECONNREFUSED)',
  });
  const stop = new AbortController();
  const sent = open(receiver.url, headers(), body, stop.signal);
  await receiver.until(2);
  stop.abort(new Error('the server stops'));
  await expect(sent).rejects.toThrow('the server stops');
});

test('a name is looked up once for each request, and one that means a private address leads nowhere, whatever it meant before', async () => {
  const answers: LookupAddress[][] = [
    [{ address: '10.1.2.3', family: 4 }],
    [
      { address: '93.184.215.14', family: 4 },
      { address: '::ffff:127.0.0.1', family: 6 },
    ],
  ];
  const asked: string[] = [];
  const post = httpPost({
    allowPrivate: false,
    resolve: (host, _, found) => {
      asked.push(host);
      found(null, answers[asked.length - 1] ?? []);
    },
  });
  const send = () => post('https://rebinding.example.net/', headers(), body, signal);
  expect(await send()).toMatchObject({ reason: expect.stringContaining('10.1.2.3 is no public address') });
  expect(await send()).toMatchObject({ reason: expect.stringContaining('::ffff:127.0.0.1 is no public address') });
  expect(await send()).toEqual({ kind: 'failed', reason: 'its name has no address' });
  expect(asked).toEqual(Array(3).fill('rebinding.example.net'));
});

test('an address without a name, and plain HTTP, are refused before anything is looked up or sent', async () => {
  const receiver = await startReceiver();
  const post = httpPost({ allowPrivate: false });
  const port = new URL(receiver.url).port;
  for (const url of [
    receiver.url,
    `https://127.0.0.1:${port}/`,
    `https://[::1]:${port}/`,
    `https://2130706433:${port}/`,
  ])
    expect(await post(url, headers(), body, signal)).toMatchObject({ kind: 'failed' });
  expect(await post(`https://localhost:${port}/`, headers(), body, signal)).toMatchObject({
    reason: expect.stringContaining('is no public address'),
  });
  expect(receiver.delivered).toEqual([]);
});
