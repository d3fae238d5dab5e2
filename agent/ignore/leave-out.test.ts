// `.fsignore` among agents: what it names is left alone in both directions on every node, and nothing is ever deleted
// because of a rule. Ignoring and taking back converges, whatever happened in between.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { commitElsewhere, countCommits, currentOf, putFile } from '../testing/elsewhere.ts';
import { Fleet, PROJECT, type TestNode, treeOf } from '../testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

async function two(): Promise<[TestNode, TestNode]> {
  fleet = await Fleet.open();
  return fleet.two();
}

function write(node: TestNode, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(node.path(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.'), { recursive: true });
    writeFileSync(node.path(path), content);
  }
}

const read = (node: TestNode, path: string): string | undefined =>
  existsSync(node.path(path)) ? readFileSync(node.path(path), 'utf8') : undefined;

/** The paths of the project. */
async function projectPaths(): Promise<string[]> {
  const current = await currentOf(fleet);
  const found: string[] = [];
  if (!current) return found;
  for await (const entry of walkTree(fleet.io.nodes, current.manifest_sha)) found.push(entry.path);
  return found;
}

async function putElsewhere(...paths: string[]): Promise<void> {
  const ops = await Promise.all(paths.map((path) => putFile(fleet, path, `elsewhere: ${path}`)));
  await commitElsewhere(fleet, ...ops);
}

test('what the rules name is not sent, on no node that has the rules', async () => {
  const [a, b] = await two();
  write(a, { '.fsignore': '*.log\nnode_modules/\n' });
  await b.has('.fsignore', '*.log\nnode_modules/\n');
  write(a, { 'a.log': 'a', 'node_modules/x/index.js': 'x', 'src/main.ts': 'main' });
  write(b, { 'src/b.log': 'b', 'node_modules/y/index.js': 'y' });
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'src/main.ts']);
  expect(read(b, 'a.log')).toBe(undefined);
  expect(read(a, 'src/b.log')).toBe(undefined);
  for (const { status } of [a, b]) {
    expect(status).toMatchObject({ state: 'in-sync', files: 2, problem_count: 0, pending_up: 0, pending_down: 0 });
  }
});

test('rules that come with the first look count before anything is sent', async () => {
  fleet = await Fleet.open();
  const root = `${fleet.dir}/a/demo`;
  mkdirSync(`${root}/pkg/build`, { recursive: true });
  writeFileSync(`${root}/pkg/.fsignore`, 'build/');
  writeFileSync(`${root}/pkg/build/out`, 'out');
  writeFileSync(`${root}/pkg/src`, 'src');
  fleet.start('a');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['pkg/.fsignore', 'pkg/src']);
});

test('what becomes ignored stays in the project and on all disks, and no edit of it is carried', async () => {
  const [a, b] = await two();
  write(a, { 'cache/one': '1', 'cache/two': '2', 'doc.log': 'v1', 'kept.txt': 'kept' });
  await b.has('doc.log', 'v1');
  await fleet.settled();
  write(a, { '.fsignore': 'cache/\n*.log\n' });
  await b.has('.fsignore', 'cache/\n*.log\n');
  await fleet.settled();
  unlinkSync(a.path('cache/one'));
  write(a, { 'doc.log': 'changed on a' });
  write(b, { 'cache/two': 'changed on b' });
  rmSync(b.path('doc.log'));
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'cache/one', 'cache/two', 'doc.log', 'kept.txt']);
  expect([read(a, 'cache/one'), read(a, 'cache/two'), read(a, 'doc.log')]).toEqual([undefined, '2', 'changed on a']);
  expect([read(b, 'cache/one'), read(b, 'cache/two'), read(b, 'doc.log')]).toEqual(['1', 'changed on b', undefined]);
  expect(a.status).toMatchObject({ state: 'in-sync', files: 2, problem_count: 0 });
});

test('taking back converges: what is missing comes, what is new goes, edits are decided as ever, nothing is deleted', async () => {
  const [a, b] = await two();
  write(a, { 'x/same': 'same', 'x/missing': 'missing', 'x/edited': 'v1' });
  await b.has('x/edited', 'v1');
  await fleet.settled();
  write(a, { '.fsignore': 'x/' });
  await b.has('.fsignore', 'x/');
  await fleet.settled();
  unlinkSync(a.path('x/missing'));
  write(a, { 'x/edited': 'v2 on a', 'x/new': 'new on a' });
  await fleet.settled();
  unlinkSync(a.path('.fsignore'));
  await b.has('.fsignore', undefined);
  await b.has('x/edited', 'v2 on a');
  await fleet.settled();
  expect(await treeOf(a.root)).toEqual(await treeOf(b.root));
  expect(await projectPaths()).toEqual(['x/edited', 'x/missing', 'x/new', 'x/same']);
  expect(read(a, 'x/missing')).toBe('missing');
});

test('what others deleted while it was ignored here is kept here, and goes back to the project when it is taken back', async () => {
  const [a, b] = await two();
  write(a, { 'sub/doc': 'doc' });
  await b.has('sub/doc', 'doc');
  await fleet.settled();
  write(a, { '.fsignore': 'sub' });
  await b.has('.fsignore', 'sub');
  await fleet.settled();
  await commit(fleet.io, {
    project: PROJECT,
    ops: [{ kind: 'delete', path: fakePath('sub/doc') }],
    actor: { kind: 'user', id: 'x' },
  });
  await fleet.settled();
  expect(read(a, 'sub/doc')).toBe('doc');
  expect(await projectPaths()).toEqual(['.fsignore']);
  write(a, { '.fsignore': '' });
  await b.has('.fsignore', '');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'sub/doc']);
});

test('versions that come for ignored paths are not brought to disk, are no problem, and are not counted', async () => {
  const [a] = await two();
  write(a, { '.fsignore': '*.log\nout/' });
  await fleet.settled();
  await putElsewhere('a.log', 'out/deep/file', 'doc');
  await fleet.settled();
  expect([read(a, 'a.log'), existsSync(a.path('out')), read(a, 'doc')]).toEqual([undefined, false, 'elsewhere: doc']);
  expect(a.status).toMatchObject({ state: 'in-sync', files: 2, pending_down: 0, problem_count: 0 });
  write(a, { '.fsignore': '*.log' });
  await a.has('out/deep/file', 'elsewhere: out/deep/file');
  await fleet.settled();
  expect(read(a, 'a.log')).toBe(undefined);
});

test('a node that starts empty brings the rules first, and none of what they name', async () => {
  fleet = await Fleet.open();
  await putElsewhere('!first', 'a.log', 'pkg/out/x', 'pkg/src');
  const put = async (path: string, text: string) => {
    const sha = shaOf(text);
    await fleet.stores.objects.put(sha, text.length, Buffer.from(text));
    const entry = { path: fakePath(path), sha, size: text.length, mode: 0o644, mtime: 1_000 };
    await commit(fleet.io, { project: PROJECT, ops: [{ kind: 'put', entry }], actor: { kind: 'user', id: 'x' } });
  };
  await put('.fsignore', '*.log');
  await put('pkg/.fsignore', 'out/');
  const a = fleet.start('a');
  await fleet.settled();
  expect(Object.keys(await treeOf(a.root)).sort()).toEqual(['!first', '.fsignore', 'pkg/.fsignore', 'pkg/src']);
});

test('rules and files that changed while the agent was away: the rules count first', async () => {
  const [a, b] = await two();
  write(a, { '.fsignore': '*.tmp', 'x/one': '1' });
  await b.has('x/one', '1');
  await fleet.settled();
  await a.agent.stop();
  write(a, { '.fsignore': 'x/\n*.log', 'x/two': '2', 'new.log': 'log', 'doc.tmp': 'now carried' });
  rmSync(a.path('x/one'));
  fleet.start('a');
  await b.has('doc.tmp', 'now carried');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'doc.tmp', 'x/one']);
  expect(read(b, 'x/one')).toBe('1');
});

test('lost records: what is ignored is neither sent nor brought anew', async () => {
  const [a, b] = await two();
  write(a, { 'x/one': '1', doc: 'doc' });
  await b.has('x/one', '1');
  write(a, { '.fsignore': 'x/' });
  await b.has('.fsignore', 'x/');
  await fleet.settled();
  await b.agent.stop();
  rmSync(`${fleet.dir}/b/state`, { recursive: true });
  write(b, { 'x/one': 'changed on b', 'x/two': 'only on b' });
  fleet.start('b');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'doc', 'x/one']);
  expect(read(a, 'x/one')).toBe('1');
  expect(read(b, 'x/one')).toBe('changed on b');
});

test('a line that can never match is a problem of its file; the others count, and it goes when the line is mended', async () => {
  const [a, b] = await two();
  write(a, { '.fsignore': '*.log\n[oops\n' });
  await a.until(({ problems }) => problems[0]?.code === 'ignore-rule');
  await b.until(({ problems }) => problems[0]?.code === 'ignore-rule');
  expect(a.status.problems[0]).toMatchObject({ path: '.fsignore', reason: expect.stringMatching(/^Line 2, "\[oops"/) });
  write(a, { 'a.log': 'x', doc: 'doc' });
  await b.has('doc', 'doc');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'doc']);
  write(b, { '.fsignore': '*.log\n' });
  await a.until(({ problem_count }) => problem_count === 0);
  await b.until(({ problem_count }) => problem_count === 0);
});

test('a list that is far too long is without effect, and says so', async () => {
  const [a, b] = await two();
  write(a, { '.fsignore': `*.log\n${'#'.repeat(300_000)}` });
  await a.until(({ problems }) => /larger than 256 KiB/.test(problems[0]?.reason ?? ''));
  write(a, { 'a.log': 'x' });
  await b.has('a.log', 'x');
});

test('a problem of a path that becomes ignored is gone', async () => {
  const [a] = await two();
  mkdirSync(a.path('x'));
  writeFileSync(Buffer.from([...Buffer.from(`${a.root}/x/bad-`), 0xff]), 'x');
  await a.until(({ problem_count }) => problem_count === 1);
  write(a, { '.fsignore': 'x/' });
  await a.until(({ problem_count }) => problem_count === 0);
});

test('a directory that holds only ignored files is not carried, and not emptied by a deletion elsewhere', async () => {
  const [a, b] = await two();
  write(a, { '.fsignore': '*.log', 'dir/doc': 'doc', 'dir/a.log': 'a', 'only/b.log': 'b' });
  await b.has('dir/doc', 'doc');
  await fleet.settled();
  expect(existsSync(b.path('only'))).toBe(false);
  unlinkSync(b.path('dir/doc'));
  rmSync(b.path('dir'), { recursive: true, force: true });
  await a.has('dir/doc', undefined);
  await fleet.settled();
  expect(read(a, 'dir/a.log')).toBe('a');
  expect(await projectPaths()).toEqual(['.fsignore']);
});

test('a directory that only looks empty, because what the project has in it is ignored here, is not committed', async () => {
  const [a] = await two();
  write(a, { '.fsignore': '*.log', 'dir/doc': 'doc' });
  await fleet.settled();
  await putElsewhere('dir/a.log');
  await fleet.settled();
  unlinkSync(a.path('dir/doc'));
  await fleet.settled();
  const before = await countCommits(fleet);
  await a.agent.rescan();
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'dir/a.log']);
  expect(await countCommits(fleet)).toBe(before);
  expect(existsSync(a.path('dir'))).toBe(true);
});

test('a file that becomes an ignored directory is gone; what is in the directory stays here', async () => {
  const [a, b] = await two();
  write(a, { '.fsignore': 'x/', x: 'file' });
  await b.has('x', 'file');
  await fleet.settled();
  unlinkSync(a.path('x'));
  write(a, { 'x/inside': 'inside' });
  await b.has('x', undefined);
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore']);
  expect(read(a, 'x/inside')).toBe('inside');
});

test('a file of the project’s that finds ignored files in its place is a problem, and comes when they are gone', async () => {
  const [a] = await two();
  write(a, { '.fsignore': '*.log', 'x/deep/a.log': 'a' });
  await fleet.settled();
  await putElsewhere('x', 'other');
  await a.has('other', 'elsewhere: other');
  await a.until(({ problems, state }) => problems[0]?.path === 'x' && state === 'held');
  expect(a.status.problems[0]?.reason).toMatch(/^Ignored files lie in its place/);
  expect(read(a, 'x/deep/a.log')).toBe('a');
  rmSync(a.path('x'), { recursive: true });
  a.agent.storageBack();
  await a.has('x', 'elsewhere: x');
  await a.until(({ problem_count }) => problem_count === 0);
});

test('an ignored file in the place of a directory is a problem, and no loop', async () => {
  const [a] = await two();
  write(a, { '.fsignore': '/x\n!/x/', x: 'ignored as a file' });
  await fleet.settled();
  await putElsewhere('x/doc');
  await a.until(({ problems }) => problems[0]?.path === 'x/doc');
  expect(a.status.problems[0]).toMatchObject({ code: 'write-failed', reason: expect.stringMatching(/at x:/) });
  expect(read(a, 'x')).toBe('ignored as a file');
  unlinkSync(a.path('x'));
  a.agent.storageBack();
  await a.has('x/doc', 'elsewhere: x/doc');
});

test('an ignored file that is renamed to a carried name is carried: how programs save', async () => {
  const [a, b] = await two();
  write(a, { doc: 'v1' });
  await b.has('doc', 'v1');
  writeFileSync(a.path('.goutputstream-ABC123'), 'v2');
  renameSync(a.path('.goutputstream-ABC123'), a.path('doc'));
  await b.has('doc', 'v2');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['doc']);
});

test('the old version that an editor keeps for a moment is no commit; one that stays is carried', async () => {
  const [a, b] = await two();
  write(a, { doc: 'v1' });
  await b.has('doc', 'v1');
  await fleet.settled();
  const before = await countCommits(fleet);
  renameSync(a.path('doc'), a.path('doc~'));
  write(a, { doc: 'v2' });
  await b.has('doc', 'v2');
  unlinkSync(a.path('doc~'));
  await fleet.settled();
  expect(await countCommits(fleet)).toBe(before + 1);
  write(a, { 'backup~': 'kept on purpose' });
  await b.has('backup~', 'kept on purpose');
});

test('a sub-path follows the rules above it, which it reads from the project', async () => {
  fleet = await Fleet.open();
  const whole = fleet.start('a');
  const part = fleet.start('b', { prefix: 'docs/en' });
  await fleet.converged();
  write(whole, { '.fsignore': '*.log', 'docs/.fsignore': '/en/out', 'docs/en/intro': 'hello' });
  await part.has('intro', 'hello');
  await fleet.settled();
  write(part, { 'a.log': 'x', 'out/x': 'x', 'deep/out/x': 'y' });
  await whole.has('docs/en/deep/out/x', 'y');
  await fleet.settled();
  expect(await projectPaths()).toEqual(['.fsignore', 'docs/.fsignore', 'docs/en/deep/out/x', 'docs/en/intro']);
  unlinkSync(whole.path('docs/.fsignore'));
  await whole.has('docs/en/out/x', 'x');
  await fleet.settled();
  expect(read(whole, 'docs/en/a.log')).toBe(undefined);
  await part.agent.stop();
  write(part, { 'b.log': 'written while away' });
  fleet.start('b', { prefix: 'docs/en' });
  await fleet.settled();
  expect(await projectPaths()).not.toContain('docs/en/b.log');
});
