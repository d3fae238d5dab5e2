// `fs-sync job` and `pin` as a person uses them: a process of its own a command, with a server's job runner on a real
// nats-server and a cold tier in memory.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { createProject } from '../../core/commit/project.ts';
import { runJobs } from '../../core/job/run-jobs.ts';
import { archiveJob } from '../../core/lifecycle/archive-job.ts';
import { evictJob } from '../../core/lifecycle/evict-job.ts';
import { promoteJob } from '../../core/lifecycle/promote-job.ts';
import { parseProjectName, shaOf } from '../../core/model/ids.ts';
import { silentLog } from '../../core/model/log.ts';
import { memoryColdStore } from '../../core/store/memory-cold-store.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { jobsBucket } from '../../core/store/nats-names.ts';
import { natsStores } from '../../core/testing/nats-process.ts';
import { ACTOR, putText } from '../../core/testing/test-project.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { ObjectArchiver } from '../../core/tier/archive-object.ts';
import { Claims } from '../../core/tier/claims.ts';
import { DeadLetters } from '../../core/tier/dead-letters.ts';
import { Rehydrator } from '../../core/tier/rehydrate.ts';
import { RestorePoints } from '../../core/tier/restore-points.ts';
import type { TierIo } from '../../core/tier/tier-io.ts';
import { Programs } from '../testing/program.ts';
import { cancelCommand, listCommand, retryCommand, showCommand, startCommand, untilOver } from './job-command.ts';
import { pinCommand } from './pin-command.ts';

const nats = useNats();
const PROJECT = parseProjectName('site');
const stop = new AbortController();
let dir: string;
let tenant: ReturnType<typeof nats.rig.freshTenant>;
let tiers: TierIo;
let running: Promise<void>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'fs-job-'));
  tenant = nats.rig.freshTenant();
  const io = await natsStores(nats.link, tenant);
  tiers = {
    tenant,
    hot: io.objects,
    cold: memoryColdStore(tenant),
    nodes: io.nodes,
    index: io.index,
    events: { publish: async () => {} },
    clock: io.clock,
    log: silentLog,
  };
  await createProject(io, PROJECT, ACTOR);
  const ops = await Promise.all(['a', 'docs/b', 'docs/c'].map((path) => putText(io, path, `of ${path}`)));
  await commit(io, { project: PROJECT, ops, actor: ACTOR });
  const records = natsKeyValue(nats.link, jobsBucket(tenant));
  const archiver = new ObjectArchiver(tiers);
  const claims = new Claims(records, 'server-1', io.clock);
  const points = new RestorePoints(tiers, archiver, claims);
  const rehydrator = new Rehydrator(tiers, claims);
  const handlers = {
    archive: archiveJob({ tiers, archiver, points, dead: new DeadLetters(records, io.clock) }),
    evict: evictJob({ tiers, rules: {}, lastRead: () => undefined }),
    promote: promoteJob({ tiers, rehydrator }),
  };
  running = runJobs({ records, clock: io.clock, log: silentLog, tell: async () => {} }, handlers, {
    instance: 'server-1',
    concurrency: 2,
    signal: stop.signal,
  });
});
afterAll(async () => {
  stop.abort();
  await running;
  programs.kill();
  rmSync(dir, { recursive: true, force: true });
});

const programs = new Programs(() => ({ NATS_URL: nats.rig.url, FS_TENANT: tenant, FS_DATA_DIR: join(dir, 'data') }));
const fsSync = (...args: string[]) => programs.start(args).ended;
const isHot = async (path: string) => (await tiers.hot.stat(shaOf(`of ${path}`))).kind === 'present';

test('a person archives, tries what an eviction would do, pins, evicts, and brings back', async () => {
  expect((await fsSync('job', 'list')).out).toBe('There is no job yet. Ask for one: npx fs-sync job start --help\n');
  const archived = await fsSync('job', 'start', 'archive', '--project', 'site');
  expect(archived).toMatchObject({
    code: 0,
    err: '',
    out: expect.stringMatching(/ {2}done: Archived 3 files; 0 were/),
  });
  expect((await fsSync('pin', 'site', 'a')).out).toBe('Pinned a of site: it stays in hot storage.\n');
  expect((await fsSync('pin', 'site', 'soon/')).out).toBe(
    'Pinned soon of site, where nothing is yet: what comes there stays in hot storage. If it was mistyped: npx fs-sync unpin site soon\n',
  );
  const dry = await fsSync('job', 'start', 'evict', '--project', 'site', '--dry-run');
  expect(dry.out).toMatch(
    /done: Would evict 2 objects; kept 1 because it is pinned\.\n {2}asked for by .*@.* UTC\n {2}docs\/b \(9 B\): asked for by hand\n/,
  );
  expect(await isHot('docs/b')).toBe(true);
  const evicted = await fsSync('job', 'start', 'evict', '--project', 'site', '--json');
  expect(JSON.parse(evicted.out)).toMatchObject({ state: 'done', dry_run: false, actor: { kind: 'user' } });
  expect([await isHot('a'), await isHot('docs/b')]).toEqual([true, false]);
  const back = await fsSync('job', 'start', 'promote', '--project', 'site', '--prefix', 'docs/b', '--strict');
  expect(back.out).toMatch(/done: Brought back 1 file; the others were in hot\.\n/);
  expect([await isHot('docs/b'), await isHot('docs/c')]).toEqual([true, false]);
  expect((await fsSync('promote', 'site', 'docs/c')).out).toMatch(/done: Brought back 1 file/);
  expect(await isHot('docs/c')).toBe(true);
  const listed = (await fsSync('jobs', '--limit', '2')).out.split('\n');
  expect(listed[0]).toMatch(/ {2}done {7}promote site, .* UTC: Brought back 1 file/);
  expect(listed[2]).toMatch(/^There are more: npx fs-sync job list --before /);
  expect((await fsSync('unpin', 'site', 'a')).out).toContain('is not pinned any more');
});

test('a job that failed ends with 2, names what failed, and is retried; what cannot be asked is said', async () => {
  await fsSync('job', 'start', 'archive', '--project', 'site');
  await tiers.hot.delete(shaOf('of docs/c'));
  await tiers.cold.delete(shaOf('of docs/c'));
  const failed = await fsSync('job', 'start', 'promote', '--project', 'site');
  expect(failed.code).toBe(2);
  expect(failed.err).toMatch(
    /failed: .*\n {2}asked for by .*\n {2}docs\/c: object .* is not in cold\n {2}Do these again: npx fs-sync job retry /,
  );
  const id = failed.err.match(/retry (\S+)/)?.[1] ?? '';
  expect((await fsSync('job', 'show', id)).out).toContain('docs/c');
  expect((await fsSync('job', 'retry', id)).out).toMatch(/^Job \S+ does again what failed in /);
  expect(await fsSync('job', 'cancel', id)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is failed: only one that waits or runs can be cancelled'),
  });
  const env = { NATS_URL: nats.rig.url, FS_TENANT: tenant, FS_DATA_DIR: join(dir, 'data') };
  for (const [asked, said] of [
    [() => startCommand('dance', {}, env), /is no job: give one of archive, evict/],
    [() => startCommand('evict', {}, env), /evict needs --project/],
    [() => startCommand('sweep', { project: 'site' }, env), /sweep is for all projects/],
    [() => startCommand('evict', { project: 'nope' }, env), /nope/],
    [() => startCommand('evict', { project: 'site', prefix: '../x' }, env), /\.\./],
    [
      () => startCommand('evict', { project: 'site', prefix: 'dosc/' }, env),
      /site has nothing at "dosc": give a file or/,
    ],
    ...['nope', '*', '>', '../x', 'a b', ''].map(
      (id) => [() => showCommand(id, {}, env), `there is no job ${JSON.stringify(id)}: look at npx`] as const,
    ),
    [() => cancelCommand('*', {}, env), /there is no job "\*"/],
    [() => retryCommand('a.b', {}, env), /there is no job "a.b"/],
    [() => listCommand({ before: 'nope' }, env), /there is no job "nope"/],
    [
      () => pinCommand('unpin', 'site', 'docs', {}, env),
      /docs of site is not pinned by itself; .* Manage page lists its pins/,
    ],
    [() => listCommand({ limit: '0' }, env), /--limit is "0": give a number from 1 to 1000/],
  ] as const) {
    await expect(asked()).rejects.toThrow(said);
  }
});

test('dead letters are listed with file, reason and since when, and tried again', async () => {
  expect((await fsSync('job', 'dead-letters')).out).toBe('There are no dead letters: archiving gave up on nothing.\n');
  const dead = new DeadLetters(natsKeyValue(nats.link, jobsBucket(tenant)), { now: () => 0, sleep: async () => {} });
  const buried = { project: PROJECT, reason: 'it is not intact in hot', attempts: 4 };
  await dead.bury({ sha: shaOf('of docs/b'), ...buried });
  await dead.bury({ sha: shaOf('of nothing'), ...buried });
  const listed = (await fsSync('job', 'dead-letters')).out;
  expect(listed).toContain(
    `${shaOf('of docs/b').slice(0, 16)}  site "docs/b", since 1970-01-01 00:00 UTC, 4 attempts\n  it is not intact in hot\n`,
  );
  expect(listed).toContain(
    'npx fs-sync job start repair --project site\nTry them again: npx fs-sync job dead-letters --all',
  );
  expect(await fsSync('job', 'dead-letters', '--retry', 'zz')).toMatchObject({
    code: 2,
    err: expect.stringContaining('no dead letter that begins with "zz"'),
  });
  const one = await fsSync('job', 'dead-letters', '--retry', shaOf('of nothing').slice(0, 12), '--json');
  const { id, task } = JSON.parse(one.out);
  expect(task).toEqual({ kind: 'archive', project: 'site', shas: [shaOf('of nothing')] });
  await untilOver(natsKeyValue(nats.link, jobsBucket(tenant)), id);
  const left = JSON.parse((await fsSync('job', 'dead-letters', '--json')).out);
  expect(left.letters).toMatchObject([{ sha: shaOf('of docs/b'), project: 'site', path: 'docs/b' }]);
  expect((await fsSync('job', 'dead-letters', '--all')).out).toMatch(/^Asked for job \S+, which tries 1 again\./);
});
