// `fs-sync login`, `logout`, `whoami` as a person uses them, against a server that is a process of its own.
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, openApiServer, TOKEN } from '../testing/api-server.ts';

let at: ApiServer;
beforeAll(async () => {
  at = await openApiServer();
});
afterAll(() => at.close());

/** of a person whom the environment tells nothing */
const NOTHING = { FS_URL: '', FS_TOKEN: '' };
const run = (args: readonly string[], typed = '') => at.run(args, typed, NOTHING);
const file = () => join(at.dir, 'config/nats-fs-sync/logins.json');

test('a token is kept when the server accepts it, for its person only, and forgotten again', async () => {
  const none = await run(['whoami']);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('log in with npx fs-sync login <url>')]);

  const made = await run(['login', `${at.url}/`, '--token-stdin', '--name', 'work'], `${TOKEN}\n`);
  expect([made.code, made.err]).toEqual([0, '']);
  expect(made.out).toBe(`Logged in to ${at.url} as admin (admin). The token is in ${file()}, for you only.\n`);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(statSync(join(file(), '..')).mode & 0o777).toBe(0o700);
  expect(JSON.parse((await run(['whoami', '--json'])).out)).toEqual({
    ...{ url: at.url, tenant: at.works.tenant, user: 'admin', scope: 'admin', projects: null },
  });
  expect((await run(['whoami', '--server', 'work'])).out).toContain('by the token of the login work');

  expect((await run(['logout', 'home'])).err).toContain('there is no login "home": give one of work');
  expect((await run(['logout'])).out).toMatch(/^Forgot the token of work;/);
  expect(readFileSync(file(), 'utf8')).not.toContain(TOKEN);
  expect((await run(['logout'])).out).toBe('Nobody was logged in.\n');
});

test('a token that the server does not know is not kept; nothing is asked where nobody can answer', async () => {
  const wrong = await run(['login', at.url, '--token-stdin'], 'of-another-server-0123456789');
  expect([wrong.code, wrong.out]).toEqual([2, '']);
  expect(wrong.err).toContain('does not accept the token that was given');
  expect((await run(['login', at.url])).err).toContain('--token-stdin < token-file');
  expect((await run(['login', at.url, '--token-stdin'])).err).toContain('no token was given');
  expect((await run(['login', 'files.example.net', '--token-stdin'], TOKEN)).err).toContain(
    'is no address of a server',
  );
  expect((await run(['whoami'])).code).toBe(2);
});

test('logins that others can read are not used', async () => {
  mkdirSync(join(file(), '..'), { recursive: true });
  writeFileSync(file(), '{"v":1,"current":null,"servers":{}}');
  chmodSync(file(), 0o644);
  const end = await run(['whoami']);
  expect([end.code, end.err]).toEqual([
    2,
    `fs-sync: ${file()} has tokens, and others may read it: chmod 600 ${file()}\n`,
  ]);
  chmodSync(file(), 0o600);
});

test('a server that is away, another program, and an older server each have a sentence of their own', async () => {
  const other = createServer((request, response) => {
    const isOld = request.url?.startsWith('/old') ?? false;
    response.writeHead(isOld ? 404 : 200, { 'content-type': isOld ? 'application/problem+json' : 'text/html' });
    const problem = { type: '/x', title: 'x', status: 404, code: 'not-found', detail: 'There is nothing.' };
    response.end(isOld ? JSON.stringify(problem) : '<p>Hello');
  });
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  const address = other.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const who = async (FS_URL: string) => (await at.run(['whoami'], '', { FS_URL })).err;
  expect(await who(url)).toContain(
    `${url} answers, but not as a server of this version does (it answered 200 as text/html)`,
  );
  expect(await who(`${url}/old`)).toContain('it does not know GET /whoami');
  await new Promise((closed) => other.close(closed));
  expect(await who(url)).toMatch(/^fs-sync: no server answers at http:\S+ \(ECONNREFUSED\): look whether it runs/);
  const refused = await at.run(['whoami'], '', { FS_TOKEN: 'nope' });
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('does not accept the token of FS_TOKEN')]);
});
