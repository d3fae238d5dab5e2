// `fs-sync run` and `fs-sync checkout` as a person runs them: processes of their own, against a real nats-server.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readCommit } from '../../core/commit/chain.ts';
import { type CommitIo, commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { createProject } from '../../core/commit/project.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { isFile } from '../../core/model/entry.ts';
import { type ProjectName, parseProjectName, shaOf, type Tenant } from '../../core/model/ids.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import { readObject } from '../../core/store/object-store.ts';
import { natsStores } from '../../core/testing/nats-process.ts';
import { useNats } from '../../core/testing/use-nats.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openWorkspace } from '../marker.ts';
import { treeOf } from '../testing/fleet.ts';
import { type Program, Programs } from '../testing/program.ts';

const ACTOR = { kind: 'system', id: 'test' } as const;

const nats = useNats();
let io: CommitIo;
let tenant: Tenant;
let dir: string;
let project: ProjectName;
let projects = 0;
const programs = new Programs(() => ({
  NATS_URL: nats.rig.url,
  FS_TENANT: tenant,
  FS_DATA_DIR: join(dir, 'data'),
}));

beforeAll(async () => {
  tenant = nats.rig.freshTenant();
  io = await natsStores(nats.link, tenant);
  dir = mkdtempSync(join(tmpdir(), 'fs-jobs-'));
});
afterAll(() => {
  programs.kill();
  rmSync(dir, { recursive: true, force: true });
});

beforeEach(async () => {
  project = parseProjectName(`p${++projects}`);
  await createProject(io, project, ACTOR);
  await put({ 'docs/a.txt': 'a', 'docs/sub/b.txt': 'b', 'large.bin': 'x'.repeat(3_000_000), 'run.sh': '#!/bin/sh\n' });
});

async function put(files: Readonly<Record<string, string>>) {
  const ops: PathOp[] = [];
  for (const [path, text] of Object.entries(files)) {
    const sha = shaOf(text);
    await io.objects.put(sha, text.length, Buffer.from(text));
    const mode = path.endsWith('.sh') ? 0o755 : 0o644;
    ops.push({
      kind: 'put',
      entry: { path: parseRelPath(path), sha, size: text.length, mode, mtime: 1_690_000_000_123 },
    });
  }
  const result = await commit(io, { project, ops, actor: ACTOR });
  if (result.kind !== 'committed') throw new Error(`expected a commit, got ${result.kind}`);
  return result.commitSha;
}

const start = (...args: string[]): Program => programs.start(args);

const run = (script: string, ...options: string[]): Program =>
  start('run', '--project', project, ...options, '--', 'sh', '-c', script);

async function head() {
  const at = await readCurrent(io.index, project);
  if (!at) throw new Error('the project exists');
  return { at, commit: await readCommit(io.objects, at.current.commit_sha) };
}

/** Small files of the project as it is current, and its empty directories. */
async function content(): Promise<Record<string, string>> {
  const { at } = await head();
  const found: Record<string, string> = {};
  for await (const entry of walkTree(io.nodes, at.current.manifest_sha)) {
    if (!isFile(entry)) found[`${entry.path}/`] = 'empty';
    else if (entry.size < 1_000) found[entry.path] = Buffer.from(await readObject(io.objects, entry.sha)).toString();
  }
  return found;
}

const jobs = (): string[] => (existsSync(join(dir, 'data/jobs')) ? readdirSync(join(dir, 'data/jobs')) : []);

test('what a command changes is one commit that names it; its output and exit code are its own; the directory goes', async () => {
  const before = await head();
  const ended = await run(
    'echo out; echo err >&2; cat docs/a.txt; echo new > new.txt; echo b2 > docs/sub/b.txt; rm docs/a.txt; mkdir empty; exit 3',
  ).ended;
  expect([ended.code, ended.out]).toEqual([3, 'out\na']);
  expect(ended.err).toMatch(/^err\n/);
  const { commit: made } = await head();
  expect(made.parents).toEqual([before.at.current.commit_sha]);
  expect(made.message).toMatch(/^run: sh -c 'echo out;.* \(exit code 3\)$/);
  expect(made.counts).toEqual({ added: 2, updated: 1, deleted: 1, moved: 0 });
  expect(made.conflicts).toBe(undefined);
  expect(await content()).toEqual({
    'docs/sub/b.txt': 'b2\n',
    'empty/': 'empty',
    'new.txt': 'new\n',
    'run.sh': '#!/bin/sh\n',
  });
  expect(jobs()).toEqual([]);
});

test('a command knows where it is, and one that changes nothing commits nothing', async () => {
  const before = await head();
  const ended = await run(
    'echo "$FS_PROJECT $FS_COMMIT"; test "$(pwd -P)" = "$FS_WORKSPACE" && ls -A && ./run.sh && touch large.bin',
  ).ended;
  expect(ended.out).toBe(`${project} ${before.at.current.commit_sha}\ndocs\nlarge.bin\nrun.sh\n`);
  expect(ended.code).toBe(0);
  const after = await head();
  expect(after.commit.counts).toEqual({ added: 0, updated: 1, deleted: 0, moved: 0 });
  const again = await run('cat docs/a.txt >/dev/null').ended;
  expect(again).toEqual({ code: 0, out: '', err: '' });
  expect((await head()).at.revision).toBe(after.at.revision);
});

test('--prefix works on a part, --dir and --keep leave it where it was asked for, --no-commit throws it away', async () => {
  const place = join(dir, 'kept');
  const ended = await run('ls; echo 2 > a.txt', '--prefix', 'docs', '--dir', place, '--keep').ended;
  expect([ended.code, ended.out]).toEqual([0, 'a.txt\nsub\n']);
  expect((await content())['docs/a.txt']).toBe('2\n');
  expect(Object.keys(await treeOf(place))).toEqual(['a.txt', 'sub/b.txt']);
  const { at } = await head();
  expect((await run('echo 3 > docs/a.txt; exit 1', '--no-commit').ended).code).toBe(1);
  expect((await head()).at.revision).toBe(at.revision);
  expect(jobs()).toEqual([]);
});

test('--discard-failed throws away what a command left that failed, and commits that of one that did well', async () => {
  const { at } = await head();
  const failed = await run('echo half > half; exit 4', '--discard-failed').ended;
  expect([failed.code, failed.err]).toEqual([4, expect.stringContaining('ended with 4, so nothing was committed')]);
  expect((await head()).at.revision).toBe(at.revision);
  expect(jobs()).toEqual([]);
  expect((await run('echo whole > whole', '--discard-failed').ended).code).toBe(0);
  expect((await content()).whole).toBe('whole\n');
});

test('another commit meanwhile stays; where both changed a path the job is the later writer, and says so', async () => {
  const job = run('echo ready; read go; echo job > docs/a.txt', '--dir', join(dir, 'race'));
  await job.said(/ready/);
  await put({ 'docs/a.txt': 'other', 'other.txt': 'other' });
  job.child.stdin?.write('go\n');
  expect((await job.ended).code).toBe(0);
  expect(await content()).toMatchObject({ 'docs/a.txt': 'job\n', 'other.txt': 'other' });
  expect((await head()).commit.conflicts).toEqual([{ path: 'docs/a.txt', won: shaOf('job\n'), lost: shaOf('other') }]);
});

test('signals reach the command; one that a signal ends exits with 128 + n, commits nothing and keeps its directory', async () => {
  const before = await head();
  const trapping = run('trap "echo got it > got; exit 9" TERM; echo ready; while :; do sleep 0.05; done');
  await trapping.said(/ready/);
  trapping.child.kill('SIGTERM');
  expect((await trapping.ended).code).toBe(9);
  expect((await content()).got).toBe('got it\n');
  const { at } = await head();
  expect(at.revision).toBeGreaterThan(before.at.revision);

  const place = join(dir, 'ended');
  const dying = run('echo half > half; echo ready; exec sleep 600', '--dir', place);
  await dying.said(/ready/);
  dying.child.kill('SIGINT');
  const ended = await dying.ended;
  expect(ended.code).toBe(130);
  expect(ended.err).toContain(`SIGINT ended the command, so nothing was committed; what it left is in ${place}`);
  expect(readFileSync(join(place, 'half'), 'utf8')).toBe('half\n');
  expect((await head()).at.revision).toBe(at.revision);
});

test('a command that does not exist is 127, and nothing stays behind', async () => {
  const ended = await start('run', '--project', project, '--', 'no-such-command').ended;
  expect([ended.code, ended.out]).toEqual([127, '']);
  expect(ended.err).toContain('there is no command no-such-command');
  expect(jobs()).toEqual([]);
});

test('when NATS is away at the end, the work stays on disk and the person is told where', async () => {
  const place = join(dir, 'unsent');
  const job = run('echo ready; read go; echo work > work', '--dir', place);
  await job.said(/ready/);
  await nats.rig.kill();
  try {
    job.child.stdin?.write('go\n');
    const ended = await job.ended;
    expect(ended.code).toBe(2);
    expect(ended.err).toContain(`could not be committed`);
    expect(ended.err).toContain(`it is in ${place}`);
    expect(readFileSync(join(place, 'work'), 'utf8')).toBe('work\n');
  } finally {
    await nats.rig.restart();
  }
}, 120_000);

test('what is ignored is neither committed nor deleted, and what is not carried is named', async () => {
  await put({ '.fsignore': '*.log\nbuild/\n', 'kept.log': 'in the project' });
  const ended = await run('rm kept.log; echo x > a.log; mkdir build; echo x > build/out; ln -s docs link; echo y > y')
    .ended;
  expect(ended.code).toBe(0);
  expect(ended.err).toContain('link is a symbolic link, which is not carried');
  const now = await content();
  expect(now['kept.log']).toBe('in the project');
  expect(Object.keys(now).filter((path) => /a\.log|build|link/.test(path))).toEqual([]);
  expect(now.y).toBe('y\n');
});

test('a file that cannot be taken keeps the whole job from being committed in part', async () => {
  const { at } = await head();
  const place = join(dir, 'badname');
  const ended = await run(`echo x > ok; echo x > "$(printf 'bad\\377')"`, '--dir', place).ended;
  expect(ended.code).toBe(2);
  expect(ended.err).toMatch(/could not be read:\n {2}bad\\xff: Its name is not valid UTF-8/);
  expect(existsSync(join(place, 'ok'))).toBe(true);
  expect((await head()).at.revision).toBe(at.revision);
});

test('I9: a command that deletes most of the files commits nothing and keeps its directory, unless that is allowed', async () => {
  await put(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`many/${n}`, `file ${n}`])));
  const { at } = await head();
  const place = join(dir, 'emptied');
  const ended = await run('rm -r many; echo x > new', '--dir', place).ended;
  expect(ended.code).toBe(2);
  expect(ended.err).toContain('40 of 44 files are gone, which is more than 20 and more than half');
  expect(ended.err).toContain('run it again with --allow-deletions');
  expect(ended.err).toContain(`it is in ${place}`);
  expect(existsSync(join(place, 'new'))).toBe(true);
  expect((await head()).at.revision).toBe(at.revision);
  expect((await run('rm -r many; exit 7', '--dir', join(dir, 'failed')).ended).code).toBe(7);
  expect((await head()).at.revision).toBe(at.revision);
  expect((await run('mv many moved').ended).code).toBe(0);
  expect((await head()).commit.counts).toMatchObject({ moved: 40, deleted: 0 });
  expect((await run('rm -r moved', '--allow-deletions').ended).code).toBe(0);
  expect((await head()).commit.counts.deleted).toBe(40);
});

test('checkout writes what is current, with modes and times, into a new directory, and is no workspace', async () => {
  const target = join(dir, 'out/new');
  const ended = await start('checkout', '--project', project, target).ended;
  expect(ended).toMatchObject({ code: 0, err: '' });
  expect(ended.out).toMatch(new RegExp(`^4 files \\(3\\.0 MB\\) of ${project} at [0-9a-f]{12} are in ${target}\\.\n$`));
  const tree = await treeOf(target);
  expect(Object.keys(tree)).toEqual(['docs/a.txt', 'docs/sub/b.txt', 'large.bin', 'run.sh']);
  expect(tree['run.sh']).toMatch(/ 755 1690000000123$/);
  expect(existsSync(join(target, '.fs-sync'))).toBe(false);
});

test('checkout takes a commit by the beginning of its id, and a part of it', async () => {
  const old = (await head()).at.current.commit_sha;
  await put({ 'docs/a.txt': 'later' });
  const target = join(dir, 'old');
  const args = ['--commit', old.slice(0, 10), '--prefix', 'docs', '--json', target];
  const ended = await start('checkout', '--project', project, ...args).ended;
  expect(JSON.parse(ended.out)).toEqual({
    project,
    prefix: 'docs',
    commit: old,
    directory: target,
    files: 2,
    bytes: 2,
  });
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('a');
});

test('a directory with something in it is refused, unless --force writes over it; other files stay', async () => {
  const target = join(dir, 'full');
  mkdirSync(join(target, 'docs'), { recursive: true });
  writeFileSync(join(target, 'docs/a.txt'), 'mine');
  writeFileSync(join(target, 'other'), 'mine');
  symlinkSync('other', join(target, 'run.sh'));
  const refused = await start('checkout', '--project', project, target).ended;
  expect(refused.code).toBe(2);
  expect(refused.err).toMatch(/full" is not empty: name an empty or a new directory, or write over .* with --force/);
  expect(readFileSync(join(target, 'docs/a.txt'), 'utf8')).toBe('mine');
  expect((await start('checkout', '--project', project, '--force', target).ended).code).toBe(0);
  expect(readFileSync(join(target, 'docs/a.txt'), 'utf8')).toBe('a');
  expect(readFileSync(join(target, 'run.sh'), 'utf8')).toBe('#!/bin/sh\n');
  expect(readFileSync(join(target, 'other'), 'utf8')).toBe('mine');
});

test('I11: a directory inside of a workspace is refused before any of it is made, by whatever way it leads there', async () => {
  const workspace = join(dir, 'workspace');
  openWorkspace(nodeDisk, workspace, { tenant, project, prefix: undefined }, undefined);
  symlinkSync(workspace, join(dir, 'way'));
  const commands = [
    ['checkout', '--project', project, join(workspace, 'sub/new')],
    ['checkout', '--project', project, '--force', join(dir, 'way/new')],
    ['run', '--project', project, '--dir', join(workspace, 'new'), '--', 'true'],
  ];
  for (const args of commands) {
    const refused = await start(...args).ended;
    expect(refused.code).toBe(2);
    expect(refused.err).toContain(
      `lies in the workspace ${workspace}, which is synced: name a directory outside of it`,
    );
  }
  expect(readdirSync(workspace)).toEqual(['.fs-sync']);
});

test('I11: --force follows no link out of the directory; what could not be written is named, and the code is 2', async () => {
  const target = join(dir, 'linked');
  const outside = join(dir, 'outside');
  for (const one of [target, outside]) mkdirSync(one);
  symlinkSync(outside, join(target, 'docs'));
  const ended = await start('checkout', '--project', project, '--force', target).ended;
  expect(ended.code).toBe(2);
  expect(ended.err).toMatch(
    /does not hold all of .*: 2 paths could not be written\n {2}docs\/a\.txt: docs is a symbolic/,
  );
  expect(readdirSync(outside)).toEqual([]);
  expect(existsSync(join(target, 'large.bin'))).toBe(true);
});

test.each([
  [['checkout', '--project', 'nothing', '@'], /there is no project nothing/],
  [['checkout', '--project', 'p1', '--commit', 'abc', '@'], /"abc" is not a commit: give its id, or at least/],
  [
    ['checkout', '--project', 'p1', '--commit', '0123456789', '@'],
    /p1 has no commit 0123456789: npx fs-sync history p1/,
  ],
  [['checkout', '--project', 'p1', '--prefix', 'none', '@'], /p1 has no directory none in that commit/],
  [['checkout', '--project', 'p1', '--prefix', 'run.sh', '@'], /run\.sh is a file of p1: give the directory/],
  [['run', '--project', 'nothing', '--', 'true'], /there is no project nothing/],
  [['run', '--project', 'p1', '--prefix', 'none', '--', 'true'], /p1 has no directory none in that commit/],
  [['run', '--project', 'p1', '--prefix', 'run.sh', '--', 'true'], /run\.sh is a file of p1: give the directory/],
  [['checkout', '--project', 'p1', '--comit', 'abc', '@'], /unknown option '--comit'[\s\S]*npx fs-sync help <command>/],
  [['run', '--project', 'p1'], /missing required argument 'command'/],
])('what is not there is said before anything is done: %j', async (args, message) => {
  const target = join(dir, 'none');
  const ended = await start(...args.map((arg) => (arg === '@' ? target : arg))).ended;
  expect(ended.code).toBe(2);
  expect(ended.err).toMatch(message);
  expect(existsSync(target)).toBe(false);
});
