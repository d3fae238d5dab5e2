// What every form of a node's page has in common: what it refuses, who may send it, and what it says when the store is away.
import { expect, test } from 'vitest';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { fakeNodeSummary } from './testing/fake-nodes.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { one, SCRIPT, textOf } from './testing/node-pages.ts';
import { openPages } from './testing/open-pages.ts';

test.each(['answer', 'rescan', 'unassign'])('%s of nothing that can be meant changes nothing', async (action) => {
  const services = one();
  const fields = { question: '', answer: 'maybe', project: 'NO SLUG', prefix: '../x', root: '' };
  const answer = await openPages(services).post(`/nodes/node-a/${action}`, fields);
  expect(answer.headers.get('location')).toBe('/nodes/node-a?said=invalid');
  expect(services.asked).toEqual([]);
});

test('a node that is gone can be forgotten, one that lives is not offered to be', async () => {
  const services = new FakeServices();
  services.node(fakeNodeSummary('node-a', { state: 'offline' }));
  services.node(fakeNodeSummary('node-b', { state: 'blocked' }));
  const pages = openPages(services);
  expect(await pages.html('/nodes/node-a')).toContain('Forget this node');
  expect(await pages.html('/nodes/node-b')).not.toContain('Forget this node');
  const done = await pages.post('/nodes/node-a/forget', {});
  expect(done.headers.get('location')).toBe('/nodes?said=forgotten');
  services.outcomes.forget = { kind: 'node-lives' };
  const refused = await pages.post('/nodes/node-b/forget', {});
  expect(refused.headers.get('location')).toBe('/nodes/node-b?said=node-lives');
  expect(textOf(await pages.html('/nodes/node-b?said=node-lives'))).toContain('the node lives. Stop its agent first');
  expect(services.asked).toEqual([
    ['forget', FAKE_ADMIN, 'node-a'],
    ['forget', FAKE_ADMIN, 'node-b'],
  ]);
});

test.each(['answer', 'rescan', 'unassign', 'limits', 'assign', 'forget'])(
  '%s is refused from another site, without a session, and by GET',
  async (action) => {
    const services = one();
    const pages = openPages(services);
    const path = `/nodes/node-a/${action}`;
    expect((await pages.post(path, { project: 'demo' }, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await pages.post(path, { project: 'demo' }, { cookie: '' })).headers.get('location')).toBe('/sign-in');
    expect((await pages.post(path, { project: 'demo' }, { cookie: '', ...SCRIPT })).status).toBe(401);
    expect((await pages.get(path)).status).toBe(404);
    expect(services.asked).toEqual([]);
  },
);

test('a storage that does not answer is said, and whether it was done is not claimed', async () => {
  const services = one();
  services.failure = new StoreUnavailableError('hot', 'no answer from NATS');
  const answer = await openPages(services).post(
    '/nodes/node-a/rescan',
    { project: 'demo' },
    { accept: '*/*', ...SCRIPT },
  );
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('no answer from NATS');
});

test('a form larger than any of ours is not read', async () => {
  const answer = await openPages(one()).post('/nodes/node-a/assign', { root: 'x'.repeat(70_000) });
  expect(answer.status).toBe(413);
});
