// `fs-sync webhook` as a person uses it who is elsewhere, against a server that is a process of its own, and a real receiver.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startReceiver } from '../../core/webhook/receiver.fakes.ts';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';

let at: ApiServer;
beforeAll(async () => {
  at = await openApiServer(undefined, { FS_WEBHOOK_ALLOW_PRIVATE: 'true' });
});
afterAll(() => at.close());

const run = async (...args: string[]) => {
  const { code, out, err } = await at.run(['webhook', ...args]);
  return { code, out, err };
};

test('a receiver is told, tested, paused, changed and ended from elsewhere, and its secret stands alone in a pipe', async () => {
  const receiver = await startReceiver();
  const made = await run('create', receiver.url, '--name', 'ci', '--project', 'demo', '--type', 'PathCreated');
  expect(made).toEqual({ code: 0, err: '', out: expect.stringMatching(/^whsec_\S+\n$/) });
  await expect.poll(async () => (await run('list')).out).toMatch(/^[0-9a-f]{20} {2}active {4}ci {2}http:/);
  const [id = ''] = (await run('list')).out.split(' ');

  expect(await run('test', id)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^ +1 .* delivered .*204 in \d+ ms/),
  });
  expect(receiver.delivered).toHaveLength(1);
  expect((await run('resend', id, '1')).out).toMatch(/^ +2 .*\(resend\)/);
  expect(receiver.delivered[1]?.headers['webhook-id']).toBe(receiver.delivered[0]?.headers['webhook-id']);
  await expect.poll(async () => (await run('deliveries', id)).out.split('\n').length).toBe(3);

  const filterNow = async () => JSON.parse((await run('show', id, '--json')).out).filter;
  expect((await run('edit', id, '--path', 'docs', '--name', 'robot')).out).toContain('robot');
  expect(await filterNow()).toEqual({ projects: ['demo'], types: ['PathCreated'], prefix: 'docs' });
  expect((await run('edit', id, '--all', '--type', 'PathDeleted')).out).toContain('PathDeleted of all projects');
  expect(await filterNow()).toEqual({ types: ['PathDeleted'] });

  expect((await run('pause', id)).out).toContain('  paused ');
  expect((await run('resume', id)).out).toMatch(/^\S+ {2}active/);
  expect((await run('try', id)).out).toMatch(/^\S+ {2}active/);
  expect(await run('pass', id)).toMatchObject({ code: 2, err: expect.stringContaining('nothing waits') });
  const rotated = await run('rotate', id);
  expect(rotated.out).toMatch(/^whsec_\S+\n$/);
  expect(rotated.out).not.toBe(made.out);
  expect((await run('delete', id)).out).toBe(`Deleted ${id}: it is told of nothing any more.\n`);
  expect((await run('show', id)).err).toContain('npx fs-sync webhook list shows them');
});

test('a receiver that refuses a test ends it with 2, with what it said; JSON too', async () => {
  const receiver = await startReceiver((answer) => answer.writeHead(503).end('not now'));
  const made = await run('create', receiver.url, '--type', 'ProjectCreated', '--json');
  const { id } = JSON.parse(made.out);
  expect(await run('test', id)).toMatchObject({ code: 2, out: expect.stringContaining('503') });
  const { code, out } = await run('test', id, '--json');
  expect([code, JSON.parse(out)]).toMatchObject([2, { state: 'failed', about: 'test' }]);

  // What waits stands in the way of what comes behind it, until it is passed over.
  await at.run(['project', 'create', 'refused', '--server', at.url]);
  const waits = async () => JSON.parse((await run('show', id, '--json')).out).waiting;
  await expect.poll(waits).toMatchObject({ tries: expect.any(Number) });
  expect((await run('pass', id)).code).toBe(0);
  await expect.poll(waits).toBeNull();
});

test('what is no address, no id, no type and no change is said with the next step', async () => {
  for (const [args, next] of [
    [['create', 'example'], 'such as https://example.net/hook'],
    [['create', 'https://example.net/', '--type', 'Created'], 'give one of ObjectCreated'],
    [['show', 'x'], 'npx fs-sync webhook list shows them'],
    [['resend', '0123456789abcdef0123', 'last'], 'webhook deliveries 0123456789abcdef0123 shows them'],
    [['edit', '0123456789abcdef0123'], 'give --name'],
  ] as const) {
    expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining(next) });
  }
});
