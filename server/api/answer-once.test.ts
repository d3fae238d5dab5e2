// A POST with an Idempotency-Key is done once, whatever is sent again, to whichever server.
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { FAKE_TOKEN } from '../../app/testing/fake-services.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { answerOnce } from './answer-once.ts';
import { fakeApi, problemIn } from './api.fakes.ts';
import type { ApiEnv } from './api-env.ts';

const KEY = { 'idempotency-key': '"8e03978e-40d5-43dd-bc93-6894a57f9324"' };

test('the same request again gets the same answer, and nothing is done twice; also from another server', async () => {
  const { services, send } = fakeApi();
  const first = await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY);
  const other = fakeApi();
  other.services.answers = services.answers;
  const again = await other.send('POST', '/api/v1/projects', { name: 'alpha' }, KEY);
  expect([first.status, again.status]).toEqual([201, 201]);
  expect([first, again].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
  expect(again.headers.get('location')).toBe('/api/v1/projects/alpha');
  expect(await again.json()).toEqual(await first.json());
  expect([services.asked.length, other.services.asked.length]).toEqual([1, 0]);
});

test('a refusal is an answer, too; without a key each request is one of its own', async () => {
  const { services, send } = fakeApi();
  services.outcomes.createProject = { kind: 'project-exists' };
  expect((await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY)).status).toBe(409);
  services.outcomes.createProject = { kind: 'project-created' };
  expect(await problemIn(await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY))).toMatchObject({
    status: 409,
  });
  expect((await send('POST', '/api/v1/projects', { name: 'alpha' })).status).toBe(201);
});

test('a key of another request, or of one under way, is refused; another token’s keys are its own', async () => {
  const { services, send, app } = fakeApi();
  await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY);
  const reused = await send('POST', '/api/v1/projects', { name: 'beta' }, KEY);
  expect(await problemIn(reused)).toMatchObject({ status: 422, code: 'key-reused', field: 'header.idempotency-key' });
  services.bearers.set('another', { actor: { kind: 'token', id: 'another' }, scope: 'write', projects: 'all' });
  const headers = { ...KEY, authorization: 'Bearer another', 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'beta' });
  expect((await app.request('http://fs.test/api/v1/projects', { method: 'POST', headers, body })).status).toBe(201);

  let go: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (go = resolve));
  let isBegun: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => (isBegun = resolve));
  services.projectCommands.create = async () => {
    isBegun();
    await held;
    return { kind: 'project-created' };
  };
  const slow = { 'idempotency-key': 'slow' };
  const first = send('POST', '/api/v1/projects', { name: 'gamma' }, slow);
  await begun;
  const second = await send('POST', '/api/v1/projects', { name: 'gamma' }, slow);
  expect([second.headers.get('retry-after'), (await problemIn(second)).code]).toEqual(['1', 'key-in-use']);
  go();
  expect((await first).status).toBe(201);
});

test('what failed by the server is done anew by the next try', async () => {
  const { services, send } = fakeApi();
  services.failure = new StoreUnavailableError('hot', 'NATS does not answer');
  expect((await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY)).status).toBe(503);
  services.failure = undefined;
  const again = await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY);
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, null]);
});

test('what is kept of an answer tells nothing to who reads the records: neither the token, nor the key, nor what was answered', async () => {
  const { services, send } = fakeApi();
  await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY);
  let text = '';
  for await (const key of services.answers.keys('>')) {
    text += `${key} ${Buffer.from((await services.answers.get(key))?.value ?? []).toString()}`;
  }
  for (const secret of ['alpha', FAKE_TOKEN, '8e03978e']) expect(text).not.toContain(secret);
  expect(text).toContain('sealed');
});

test('a request that was cut off is done anew: nobody was told whether it was done', async () => {
  const { services, app } = fakeApi();
  const gone = new AbortController();
  const { create } = services.projectCommands;
  services.projectCommands.create = async () => {
    gone.abort();
    throw new Error('it broke when nobody waited any more');
  };
  const headers = { ...KEY, authorization: `Bearer ${FAKE_TOKEN}`, 'content-type': 'application/json' };
  const post = (signal?: AbortSignal) => {
    const body = JSON.stringify({ name: 'alpha' });
    return app.request('http://fs.test/api/v1/projects', { method: 'POST', headers, body, ...(signal && { signal }) });
  };
  expect((await post(gone.signal)).status).toBe(408);
  services.projectCommands.create = create;
  expect((await post()).status).toBe(201);
});

test('what takes longer than a crash is waited for says that it is under way, and its answer is kept', async () => {
  const { services } = fakeApi();
  const clock = virtualClock();
  let done = 0;
  const app = new Hono<ApiEnv>()
    .use((c, next) => {
      c.set('services', services);
      return next();
    })
    .post('/long', answerOnce(clock), async (c) => {
      await clock.sleep(10 * 60_000);
      for await (const key of services.answers.keys('answers.*'))
        done = (await services.answers.get(key))?.revision ?? 0;
      return c.text('done');
    });
  const ask = () => app.request('/long', { method: 'POST', headers: KEY });
  expect(await (await ask()).text()).toBe('done');
  expect(done).toBeGreaterThan(5);
  expect((await ask()).headers.get('idempotency-replayed')).toBe('true');
});

test('who hears that the outcome is unknown is told when to ask, and nothing that is not so', async () => {
  const { services, send } = fakeApi();
  services.failure = new StoreUnavailableError('hot', 'NATS does not answer');
  const answer = await send('POST', '/api/v1/projects', { name: 'alpha' }, KEY);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect((await problemIn(answer)).next).toContain('may be made twice');
});

test('nothing is kept of a request that its token may not make, or that is no operation', async () => {
  const { services, app, send } = fakeApi();
  services.bearers.set('reads', { actor: { kind: 'token', id: 'reads' }, scope: 'read', projects: 'all' });
  const headers = { ...KEY, authorization: 'Bearer reads', 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'alpha' });
  expect((await app.request('http://fs.test/api/v1/projects', { method: 'POST', headers, body })).status).toBe(403);
  expect((await send('POST', '/api/v1/nothing', {}, KEY)).status).toBe(404);
  const kept: string[] = [];
  for await (const key of services.answers.keys('>')) kept.push(key);
  expect(kept).toEqual([]);
});

test('a key that is none is refused before anything is done', async () => {
  const { services, send } = fakeApi();
  const odd = await send('POST', '/api/v1/projects', { name: 'alpha' }, { 'idempotency-key': `"${'x'.repeat(300)}"` });
  expect(await problemIn(odd)).toMatchObject({ status: 422, field: 'header.idempotency-key' });
  expect(services.asked).toEqual([]);
});
