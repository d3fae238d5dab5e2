// What the server as a whole answers, and to whom: the API's document and its page stand before what asks for a token.
import { expect, test } from 'vitest';
import { FAKE_TOKEN, FakeServices } from '../app/testing/fake-services.ts';
import { withStubs } from '../app/testing/open-pages.ts';
import { httpApp } from './http.ts';

function server() {
  const app = withStubs((publicDir) =>
    httpApp({
      publicDir,
      services: new FakeServices(),
      health: { check: async () => [{ name: 'nats', ok: false, detail: 'away' }] },
      prometheus: { text: async () => 'up 1\n', contentType: 'text/plain' },
      people: { serve: (_c, next) => next() },
      rate: { perSecond: 1_000, burst: 1_000 },
    }),
  );
  return async (path: string, headers = {}) =>
    app.request(`http://fs.test${path}`, { headers: { accept: 'text/html', ...headers } });
}

test('the page of the API and its document are for everybody, and every operation of the one is on the other', async () => {
  const ask = server();
  const [page, file] = [await ask('/api/v1/docs'), await ask('/openapi.json')];
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  expect([file.status, file.headers.get('content-type')]).toEqual([200, 'application/json']);
  const html = await page.text();
  const { paths } = (await file.json()) as { paths: Record<string, Record<string, { operationId: string }>> };
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  expect(operations.length).toBeGreaterThan(50);
  for (const { operationId } of operations) expect(html).toContain(`id="${operationId}"`);
});

test('what a problem says of itself is a place on that page', async () => {
  const ask = server();
  const problem = (await (await ask('/api/v1/nothing', { authorization: `Bearer ${FAKE_TOKEN}` })).json()) as {
    type: string;
  };
  const [address = '', place = ''] = problem.type.split('#');
  expect(await (await ask(address)).text()).toContain(`id="${place}"`);
});

test('all else of the API asks for a token, pages for a session, and health for neither', async () => {
  const ask = server();
  expect((await ask('/api/v1/projects')).status).toBe(401);
  expect((await ask('/projects')).headers.get('location')).toContain('/sign-in');
  expect((await ask('/healthz')).status).toBe(200);
  expect((await ask('/readyz')).status).toBe(503);
});
