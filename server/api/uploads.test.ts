// Uploads in parts over real HTTP, cut off anywhere.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { serve } from '@hono/node-server';
import fc from 'fast-check';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { FAKE_TOKEN } from '../../app/testing/fake-services.ts';
import { PART_BYTES, uploadSchema } from '../../core/api/upload.ts';
import { systemClock } from '../../core/model/clock.ts';
import { shaOf } from '../../core/model/ids.ts';
import { LEAVES_REST, restOfBody } from '../rest-of-body.ts';
import { problemIn } from './api.fakes.ts';
import { apiOnMemory } from './memory-parts.fakes.ts';

const announced = async (response: Response) => uploadSchema.parse(await response.json());

test('only what is missing is sent, where the answer says, and a commit names it then', async () => {
  const { ask, send, head } = await apiOnMemory();
  const upload = { sha: shaOf('0123456789'), size: 10 };
  const announce = () => send('POST', '/projects/demo/uploads', upload);
  const to = await announced(await announce());
  if (to.state !== 'missing') throw new Error('nobody has sent it yet');
  expect(to).toMatchObject({
    whole: { url: `/api/v1/objects/${upload.sha}` },
    parts: { offset: 0, part_bytes: PART_BYTES },
  });
  const part = (offset: number | string, body: string) =>
    ask(to.parts.url.replace('/api/v1', ''), { method: 'PATCH', headers: { 'upload-offset': String(offset) }, body });
  const kept = await part(0, '0123');
  expect([kept.status, kept.headers.get('upload-offset'), kept.headers.get('upload-complete')]).toEqual([
    204,
    '4',
    '?0',
  ]);
  const where = await ask(to.parts.url.replace('/api/v1', ''), { method: 'HEAD' });
  expect([where.status, where.headers.get('upload-offset'), where.headers.get('upload-length')]).toEqual([
    200,
    '4',
    '10',
  ]);
  expect(await announced(await announce())).toMatchObject({ parts: { offset: 4 } });
  const elsewhere = await part(2, '23');
  expect(elsewhere.headers.get('upload-offset')).toBe('4');
  expect(await problemIn(elsewhere)).toMatchObject({ status: 409, code: 'upload-offset' });
  expect(await problemIn(await part('x', '4'))).toMatchObject({ status: 422, field: 'header.upload-offset' });
  const last = await part(4, '456789');
  expect([last.status, await announced(last)]).toEqual([200, { state: 'there', ...upload }]);
  expect(await announced(await announce())).toEqual({ state: 'there', ...upload });
  const before = head();
  const ops = [{ op: 'put', path: 'a', ...upload }];
  expect((await send('POST', '/projects/demo/commits', { ops })).status).toBe(200);
  expect(head()).not.toBe(before);
});

test('whoever never heard the answer to the last part learns from HEAD, and from the part again, that all of it is there', async () => {
  const { ask } = await apiOnMemory();
  const path = `/projects/demo/uploads/${shaOf('0123456789')}-10`;
  const part = (offset: number, body: string) =>
    ask(path, { method: 'PATCH', headers: { 'upload-offset': String(offset) }, body });
  await part(0, '0123');
  await part(4, '456789');
  for (const answer of [await ask(path, { method: 'HEAD' }), await ask(path), await part(4, '456789')]) {
    const header = (name: string) => answer.headers.get(`upload-${name}`);
    expect([answer.status, header('complete'), header('offset')]).toEqual([200, '?1', '10']);
  }
  expect(await announced(await ask(path))).toEqual({ state: 'there', sha: shaOf('0123456789'), size: 10 });
  const longer = await ask(path.replace(/10$/, '11'), { method: 'HEAD' });
  expect(longer.headers.get('upload-complete')).toBe('?0');
});

test('wrong bytes and wrong sizes are refused, and what came is forgotten on request', async () => {
  const { ask, send } = await apiOnMemory();
  const path = (text: string, size: number) => `/projects/demo/uploads/${shaOf(text)}-${size}`;
  const part = (to: string, body: string) => ask(to, { method: 'PATCH', headers: { 'upload-offset': '0' }, body });
  expect(await problemIn(await part(path('right', 5), 'wrong'))).toMatchObject({ status: 422, code: 'hash-mismatch' });
  expect(await problemIn(await part(path('right', 5), 'too long'))).toMatchObject({ status: 413, code: 'too-large' });
  expect((await ask(path('right', 5), { method: 'DELETE' })).status).toBe(204);
  expect((await ask(path('right', 5), { method: 'HEAD' })).headers.get('upload-offset')).toBe('0');
  expect((await part(path('right', 5), 'right')).status).toBe(200);
  const other = await send('POST', '/projects/demo/uploads', { sha: shaOf('right'), size: 6 });
  expect(await problemIn(other)).toMatchObject({ status: 422, field: 'body.size' });
  expect(await problemIn(await part('/projects/demo/uploads/nonsense', 'x'))).toMatchObject({ field: 'path.upload' });
  expect(await problemIn(await part(path('x', 1).replace('demo', 'none'), 'x'))).toMatchObject({ code: 'no-project' });
});

test('an upload that is cut off at any bytes goes on from what HEAD says, and is the same file at its end', async () => {
  const api = await apiOnMemory();
  const app = new Hono().use(restOfBody(systemClock)).route('/', api.app as unknown as Hono);
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', ...LEAVES_REST });
  // A test that is slow meets a server that ends a connection that it is about to use.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = 600_000;
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('it listens on a port');
    const headers = { authorization: `Bearer ${FAKE_TOKEN}` };
    /** Says that all the rest comes, sends a part of it, and goes. */
    const sendCut = (path: string, offset: number, rest: Uint8Array, sent: number) =>
      new Promise<void>((resolve) => {
        const ask = request({
          ...{ host: '127.0.0.1', port: address.port, path, method: 'PATCH' },
          headers: { ...headers, 'upload-offset': offset, 'content-length': rest.length },
        });
        ask.on('error', () => resolve());
        ask.on('close', () => resolve());
        ask.write(rest.subarray(0, sent), () => ask.destroy());
      });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 300_000 }),
        fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { maxLength: 4 }),
        async (size, cuts) => {
          const bytes = randomBytes(size);
          const sha = shaOf(bytes);
          const path = `/api/v1/projects/demo/uploads/${sha}-${size}`;
          const url = `http://127.0.0.1:${address.port}${path}`;
          const offsetNow = async () => {
            const answer = await fetch(url, { method: 'HEAD', headers });
            return Number(answer.headers.get('upload-offset'));
          };
          let reached = 0;
          for (const cut of cuts) {
            const rest = bytes.subarray(reached);
            await sendCut(path, reached, rest, Math.floor(rest.length * cut));
            const now = await offsetNow();
            expect(now).toBeGreaterThanOrEqual(reached);
            reached = now;
          }
          // What was cut off may be read by the server later than the question after it: it says then where it is.
          for (let status = 0; status !== 200; ) {
            const answer = await fetch(url, {
              method: 'PATCH',
              headers: { ...headers, 'upload-offset': String(reached) },
              body: bytes.subarray(reached),
            });
            status = answer.status;
            expect([200, 409]).toContain(status);
            reached = Number(answer.headers.get('upload-offset'));
          }
          const back = await fetch(`http://127.0.0.1:${address.port}/api/v1/objects/${sha}`, { headers });
          expect(shaOf(Buffer.from(await back.arrayBuffer()))).toBe(sha);
        },
      ),
      { numRuns: 25 },
    );
  } finally {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
});
