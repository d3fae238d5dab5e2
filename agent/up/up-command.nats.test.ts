// `fs-sync up` and the commands beside it, as a person uses them: processes of their own that are told nothing but the data
// directory.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { natsFile, readNatsFile } from '../../core/settings/nats-file.ts';
import { serverFile } from '../../core/settings/server-file.ts';
import { type Program, type ProgramEnd, Programs } from '../testing/program.ts';
import { LocalNats } from './local-nats.ts';

let dir: string;
let data: string;
let up: Program | undefined;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'fs-up-'));
  data = join(dir, 'data');
});
afterAll(async () => {
  // Killed, it would leave its nats-server behind.
  up?.child.kill('SIGINT');
  await up?.ended;
  programs.kill();
  rmSync(dir, { recursive: true, force: true });
});

const programs = new Programs(() => ({
  NATS_URL: '',
  NATS_CREDS: '',
  FS_URL: '',
  XDG_CONFIG_HOME: join(dir, 'config'),
  FS_DATA_DIR: data,
  PORT: '0',
  LOG_LEVEL: 'warn',
}));
const command = (...args: string[]): Promise<ProgramEnd> => programs.start(args).ended;

test('every command finds the NATS of a fleet by its data directory, and says so when the fleet has ended', async () => {
  up = programs.start(['up']);
  await up.said(/nats-fs-sync is up/);
  expect(statSync(natsFile(data)).mode & 0o777).toBe(0o600);
  expect(statSync(serverFile(data)).mode & 0o777).toBe(0o600);
  // On the machine of a fleet nobody has to log in.
  expect(await command('whoami')).toMatchObject({ code: 0, out: expect.stringContaining('admin (admin) of tenant') });

  // Started a second time, on whatever port, it says where it is.
  const { url } = JSON.parse(readFileSync(serverFile(data), 'utf8'));
  const second = await command('up');
  expect([second.code, second.err]).toEqual([2, expect.stringContaining(`runs already, as process ${up.child.pid}`)]);
  expect(second.err).toContain(`open ${url}/sign-in#token=`);

  const third = programs.start(['agent', '--node', 'node-c', '--workspace', `demo=${join(dir, 'third')}`]);
  await third.said(/demo: in sync, 10 files/);
  expect(await command('run', '--project', 'demo', '--', 'cp', 'README.md', 'copy.md')).toMatchObject({ code: 0 });
  const checkout = join(dir, 'checkout');
  expect(await command('checkout', '--project', 'demo', checkout)).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(join(checkout, 'copy.md'))).toEqual(readFileSync(join(checkout, 'README.md')));
  expect(await command('activate', '--node', 'node-c', '--project', 'demo', '--root', 'two')).toMatchObject({
    code: 0,
  });
  expect(await command('deactivate', '--node', 'node-c', '--project', 'demo')).toMatchObject({ code: 0 });
  expect((await command('status', '--node', 'node-c')).out).toMatch(/demo in .*third: /);
  const answer = await command('answer', '--node', 'node-c', 'q1', 'allow');
  expect([answer.code, answer.err]).toEqual([
    2,
    expect.stringMatching(/node-c does not ask "q1".*: it asks nothing now/),
  ]);
  const all = await command('status');
  expect([all.code, all.out.match(/^node-[abc]:$/gm)]).toEqual([0, expect.arrayContaining(['node-a:', 'node-c:'])]);

  third.child.kill('SIGTERM');
  expect((await third.ended).code).toBe(0);
  up.child.kill('SIGINT');
  const ended = await up.ended;
  expect(ended.code).toBe(0);
  // What Node.js warns of is nothing that a person at the terminal can mend.
  expect(ended.out + ended.err).not.toMatch(/Warning/);
  expect(existsSync(natsFile(data))).toBe(false);
  expect(existsSync(serverFile(data))).toBe(false);

  const doctor = (await command('doctor')).out;
  expect(doctor).toMatch(
    /the agent of node-a does not answer .*\n.*start the fleet that it is of, or.*\n +\$ npm start\n/,
  );
  expect(doctor).toMatch(/the agent of node-c .*\n.*with the workspaces that it had.*\n.*--node node-c --workspace </);
  const late = await command('checkout', '--project', 'demo', join(dir, 'late'));
  expect(late.code).toBe(2);
  expect(late.err).toContain(`no \`npx fs-sync up\` runs with this data directory (there is no ${data}/nats.json)`);
  const away = await command('status', '--node', 'node-c');
  expect([away.code, away.err]).toEqual([
    2,
    expect.stringMatching(/no agent answers at .*: start it by npm start, or/),
  ]);
});

test('NATS lost its data: the next start makes no new demo in the place of the one in cold, which comes back with one command', async () => {
  up = programs.start(['up']);
  await up.said(/nats-fs-sync is up/);
  expect(await command('job', 'start', 'archive', '--project', 'demo')).toMatchObject({ code: 0 });
  const commitOf = async () => JSON.parse((await command('project', 'list', '--json')).out).projects[0]?.commit_sha;
  const commit = await commitOf();
  up.child.kill('SIGINT');
  await up.ended;
  rmSync(join(data, 'nats'), { recursive: true });

  up = programs.start(['up']);
  await up.said(/NATS is empty, and cold storage has projects: .*restore-index --from-cold/);
  await up.said(/nats-fs-sync is up/);
  expect(await commitOf()).toBeUndefined();
  const restored = await command('restore-index', '--from-cold');
  expect(restored).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^demo {2}is back: 11 files/) });
  expect(await commitOf()).toBe(commit);
  const checkout = join(dir, 'restored');
  expect(await command('checkout', '--project', 'demo', checkout)).toMatchObject({ code: 0, err: '' });
  expect(readFileSync(join(checkout, 'copy.md'))).toEqual(readFileSync(join(checkout, 'README.md')));
  up.child.kill('SIGINT');
  expect((await up.ended).code).toBe(0);
});

test('a server that is named and does not answer is told with the file that names it', async () => {
  mkdirSync(join(dir, 'stale'));
  writeFileSync(join(dir, 'stale/nats.json'), JSON.stringify({ v: 1, url: 'nats://127.0.0.1:1', pid: process.pid }));
  const env = { FS_DATA_DIR: join(dir, 'stale') };
  const end = await programs.start(['checkout', '--project', 'demo', join(dir, 'never')], env).ended;
  expect(end.code).toBe(2);
  expect(end.err).toMatch(
    /NATS at 127\.0\.0\.1:1 does not answer .*: it is named by .*nats\.json: start that fleet again/,
  );
});

test('the port stays from one start to the next; one that is taken meanwhile is left to who has it', async () => {
  const local = join(dir, 'local');
  mkdirSync(join(local, 'logs'), { recursive: true });
  const start = async () => {
    const nats = new LocalNats(local, () => {});
    const { servers } = await nats.start();
    expect(readNatsFile(local)).toMatchObject({ kind: 'runs', named: { url: servers } });
    return { nats, port: Number(new URL(servers).port) };
  };
  const first = await start();
  await first.nats.stop();
  const second = await start();
  expect(second.port).toBe(first.port);
  await second.nats.stop();

  const other = createServer();
  await new Promise<void>((done) => other.listen(first.port, '127.0.0.1', done));
  const third = await start();
  expect(third.port).not.toBe(first.port);
  await third.nats.stop();
  await new Promise((done) => other.close(done));
});
