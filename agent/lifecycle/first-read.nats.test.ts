// A project that was taken off hot storage, and how it comes back: the built server and commands as processes of their own, a
// real nats-server, and a cold tier in a directory.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { createProject } from '../../core/commit/project.ts';
import { listJobs } from '../../core/job/jobs.ts';
import { parseProjectName, shaOf, type Tenant } from '../../core/model/ids.ts';
import { isOver, type Job, projectOf } from '../../core/model/job.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { jobsBucket } from '../../core/store/nats-names.ts';
import { type NatsProcess, natsProcess } from '../../core/testing/nats-process.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import { ACTOR, putText } from '../../core/testing/test-project.ts';
import { type Program, Programs } from '../testing/program.ts';

const TOKEN = 'first-read-admin-token-0123';
const PATHS = ['a.txt', 'docs/b.txt', 'docs/c.txt'];
let dir: string;
let rig: NatsRig;
let tenant: Tenant;
let io: NatsProcess;
let jobs: KeyValue;
let server: Program;
let url: string;
let cookie: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-first-read-'));
  rig = await startNatsRig();
  tenant = rig.freshTenant();
  io = await natsProcess(rig, tenant);
  jobs = natsKeyValue(io.link, jobsBucket(tenant));
  server = programs.start(['server']);
  url = (await server.said(/fs-sync server on \S+\n/)).match(/server on (\S+)/)?.[1] ?? '';
  const signed = await fetch(`${url}/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ token: TOKEN }),
    redirect: 'manual',
  });
  cookie = signed.headers.get('set-cookie')?.split(';')[0] ?? '';
});
afterAll(async () => {
  server.child.kill('SIGTERM');
  await server.ended;
  programs.kill();
  await io.link.close();
  await rig.close();
  rmSync(dir, { recursive: true, force: true });
});

const programs = new Programs(() => ({
  NATS_URL: rig.url,
  FS_TENANT: tenant,
  FS_DATA_DIR: join(dir, 'data'),
  FS_ADMIN_TOKEN: TOKEN,
  PORT: '0',
}));
const fsSync = (...args: string[]) => programs.start(args).ended;
const get = (path: string) => fetch(`${url}${path}`, { headers: { cookie } });
const textAt = (project: string, path: string) => `${path} of ${project}`;
const hotPaths = async (project: string) => {
  const stats = await Promise.all(PATHS.map((path) => io.objects.stat(shaOf(textAt(project, path)))));
  return PATHS.filter((_, i) => stats[i]?.kind === 'present');
};

/** Made, and taken off. */
async function coldProject(name: string): Promise<void> {
  const project = parseProjectName(name);
  await createProject(io, project, ACTOR);
  const ops = await Promise.all(PATHS.map((path) => putText(io, path, textAt(name, path))));
  await commit(io, { project, ops, actor: ACTOR });
  expect(await fsSync('job', 'start', 'deactivate', '--project', name)).toMatchObject({ code: 0, err: '' });
  expect(await hotPaths(name)).toEqual([]);
}

/** Resolves when the promotion of the project that somebody asked for is over. */
async function promoted(name: string): Promise<Job> {
  for await (const change of jobs.watch('jobs.*', { signal: AbortSignal.timeout(30_000) })) {
    if (change.kind !== 'put') continue;
    const { jobs: found } = await listJobs(jobs, { limit: 9 }, (job) => job.task.kind === 'promote' && isOver(job));
    const job = found.find(({ task }) => projectOf(task) === name);
    if (job) return job;
  }
  throw new Error(`nobody brought ${name} back`);
}

test('a cold project is listed with its size and age, and the first checkout brings all of it back by a job', async () => {
  await coldProject('checked');
  const listed = await fsSync('project', 'list');
  expect(listed.out).toMatch(/checked {2}3 files .*, changed .*, in cold since .* UTC: .*promote --project checked\n/);
  expect(JSON.parse((await fsSync('project', 'list', '--json')).out).projects[0]).toMatchObject({
    name: 'checked',
    files: 3,
    cold_since: expect.any(String),
  });
  const into = join(dir, 'checkout');
  // Only one of its directories is read; the whole project comes back.
  expect(await fsSync('checkout', '--project', 'checked', '--prefix', 'docs', into)).toMatchObject({
    code: 0,
    err: '',
  });
  expect(readFileSync(join(into, 'b.txt'), 'utf8')).toBe(textAt('checked', 'docs/b.txt'));
  expect(await promoted('checked')).toMatchObject({ state: 'done', actor: { kind: 'system', id: 'first-read' } });
  expect(await hotPaths('checked')).toEqual(PATHS);
  expect((await fsSync('project', 'list')).out).not.toContain('in cold since');
});

test('a file that is opened in the browser does so too; many readers at once cost one job', async () => {
  await coldProject('opened');
  expect(await (await get('/projects')).text()).toMatch(/In cold storage; the first read brings it back/);
  const answers = await Promise.all(PATHS.map((path) => get(`/p/opened/download?path=${encodeURIComponent(path)}`)));
  expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(
    PATHS.map((path) => textAt('opened', path)),
  );
  await promoted('opened');
  expect(await hotPaths('opened')).toEqual(PATHS);
  const asked = await listJobs(
    jobs,
    { limit: 99 },
    ({ task }) => task.kind === 'promote' && projectOf(task) === 'opened',
  );
  expect(asked.jobs).toHaveLength(1);
});

test('a node that activates it brings it back', async () => {
  await coldProject('activated');
  const into = join(dir, 'workspace');
  const agent = programs.start(['agent', '--node', 'node-a', '--workspace', `activated=${into}`]);
  await agent.said(/activated: in sync, 3 files/);
  expect(readFileSync(join(into, 'docs/c.txt'), 'utf8')).toBe(textAt('activated', 'docs/c.txt'));
  expect(await promoted('activated')).toMatchObject({ state: 'done', actor: { id: 'first-read' } });
  expect(await hotPaths('activated')).toEqual(PATHS);
  agent.child.kill('SIGTERM');
  await agent.ended;
});

test('by policy only what is read comes back, and one action brings the rest', async () => {
  await coldProject('sparse');
  await fsSync('project', 'policy', 'sparse', '--first-read', 'object');
  expect(await (await get('/p/sparse/download?path=a.txt')).text()).toBe(textAt('sparse', 'a.txt'));
  expect(await hotPaths('sparse')).toEqual(['a.txt']);
  expect((await fsSync('project', 'list')).out).toMatch(/sparse {2}3 files .*, in cold since/);
  const sent = await fetch(`${url}/projects/sparse/promote`, {
    method: 'POST',
    headers: { cookie },
    redirect: 'manual',
  });
  expect(sent.headers.get('location')).toBe('/projects?said=promotion-asked');
  expect(await promoted('sparse')).toMatchObject({ state: 'done', actor: { kind: 'user' } });
  expect(await hotPaths('sparse')).toEqual(PATHS);
  expect(await (await get('/projects')).text()).not.toMatch(/In cold storage/);
});

test('an old version whose bytes are only in cold is restored: they come back first; what no tier has is said', async () => {
  const project = parseProjectName('restored');
  await createProject(io, project, ACTOR);
  const put = async (text: string) => {
    const made = await commit(io, { project, ops: [await putText(io, 'docs/a', text)], actor: ACTOR });
    return made.kind === 'committed' ? made.commitSha : '';
  };
  const first = await put('first words');
  await fsSync('job', 'start', 'archive', '--project', 'restored');
  const second = await put('second words');
  await io.objects.delete(shaOf('first words'));
  const dry = await fsSync('restore', 'restored', 'docs', '--to', first.slice(0, 8), '--dry-run');
  expect(dry.out).toMatch(/^Would restore docs of restored to \w{12}, which changes 1 path:\n {2}put {5}docs\/a\n$/);
  const restored = await fsSync('restore', 'restored', '--to', first);
  expect(restored).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/^Restored restored to \w{12}: commit/),
  });
  expect(await (await get('/p/restored/download?path=docs%2Fa')).text()).toBe('first words');
  expect((await io.objects.stat(shaOf('first words'))).kind).toBe('present');
  expect((await fsSync('restore', 'restored', '--to', first)).out).toContain('is what is current already');

  await fsSync('job', 'start', 'archive', '--project', 'restored');
  await io.objects.delete(shaOf('second words'));
  rmSync(join(dir, 'data', 'cold', tenant, 'objects', shaOf('second words')), { force: true });
  const lost = await fsSync('restore', 'restored', '--to', second);
  expect(lost).toMatchObject({
    code: 2,
    err: expect.stringMatching(/is not kept any more: docs\/a\. Nothing was restored/),
  });
  expect(await fsSync('restore', 'restored')).toMatchObject({
    code: 2,
    err: expect.stringContaining('give --to <commit>'),
  });
});
