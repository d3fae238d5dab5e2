// `fs-sync token` as a person uses it who is elsewhere, against a server that is a process of its own.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';
import { parseExpires } from './token-commands.ts';

let at: ApiServer;
beforeAll(async () => {
  at = await openApiServer();
});
afterAll(() => at.close());

test('a token does what its scope and its projects allow, until it is revoked', async () => {
  const made = await at.run(['token', 'create', 'ci', '--scope', 'read', '--project', 'demo', '--expires', '12h']);
  expect([made.code, made.err, made.out]).toEqual([0, '', expect.stringMatching(/^fst_[0-9a-f]{12}_\S+\n$/)]);
  const token = made.out.trim();
  const as = { FS_TOKEN: token };
  expect((await at.run(['whoami'], '', as)).out).toContain('(read, demo only)');
  const refused = await at.run(['project', 'create', 'more'], '', as);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('Log in with one: npx fs-sync login')]);

  const { out } = await at.run(['token', 'list']);
  expect(out).toMatch(/^[0-9a-f]{12} {2}read {3}ci {2}demo only, until .* UTC, .*, by admin\n$/);
  expect(out).not.toContain(token);
  const [id = ''] = out.split(' ');
  expect((await at.run(['token', 'revoke', id])).out).toBe(`Revoked ${id}: who has it gets nothing more.\n`);
  await expect.poll(async () => (await at.run(['whoami'], '', as)).code).toBe(2);
  expect(JSON.parse((await at.run(['token', 'list', '--ended', '--json'])).out)).toMatchObject([
    { id, state: 'revoked' },
  ]);
});

test('what is no token and no time is said with the next step', async () => {
  expect((await at.run(['token', 'revoke', 'x'])).err).toContain('npx fs-sync token list shows them');
  expect((await at.run(['token', 'revoke', '0123456789ab'])).err).toContain('npx fs-sync token list shows them');
  expect((await at.run(['token', 'create', 'ci'])).code).toBe(2);
  expect(parseExpires('2d', 0)).toBe('1970-01-03T00:00:00.000Z');
  for (const text of ['', '0d', '5', 'tomorrow']) expect(() => parseExpires(text, 0)).toThrow('such as 12h, 30d');
});
