// `fs-sync ls`, `cat` and `get` as a person uses them who is elsewhere, against a server that is a process of its own.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseRelPath } from '../../core/model/rel-path.ts';
import { commitOps, commitText, putText } from '../../core/testing/test-project.ts';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';
import { treeOf } from '../testing/fleet.ts';
import { type MeddlingProxy, meddlingProxy } from '../testing/meddling-proxy.ts';

const LARGE = Array.from({ length: 300_000 }, (_, i) => `line ${i}\n`).join('');

let at: ApiServer;
let proxy: MeddlingProxy;
beforeAll(async () => {
  at = await openApiServer(async ({ io }) => {
    await commitOps(io, await putText(io, 'docs/a.md', 'a file'), await putText(io, 'docs/deep/ü & #1?.txt', 'odd'), {
      kind: 'put',
      entry: { path: parseRelPath('docs/empty/inner'), dir: true, mode: 0o755 },
    });
    await commitText(io, 'large.txt', LARGE);
  });
  proxy = await meddlingProxy(at.url);
});
afterAll(async () => {
  await proxy.close();
  await at.close();
});

const place = (name: string): string => join(at.dir, name);
const lines = (text: string): string[] => text.split('\n').filter(Boolean);

test('ls names what there is, on one line each, with its numbers, and as JSON', async () => {
  expect(lines((await at.run(['ls'])).out)).toEqual(['demo']);
  expect(lines((await at.run(['ls', 'demo'])).out)).toEqual(['docs/', 'large.txt']);
  expect(lines((await at.run(['ls', 'demo', 'docs/', '-r'])).out)).toEqual([
    ...['a.md', 'deep/', '"deep/ü & #1?.txt"', 'empty/', 'empty/inner/'],
  ]);
  const [long] = lines((await at.run(['ls', 'demo', 'docs/a.md', '-l'])).out);
  expect(long).toMatch(/^rw-r--r-- {6}6 B {2}2023-11-14 22:13 UTC {2}\w+ +docs\/a\.md$/);
  const rows = lines((await at.run(['ls', 'demo', '--json'])).out).map((line) => JSON.parse(line));
  expect(rows).toMatchObject([
    { kind: 'dir', path: 'docs', files: 2 },
    { kind: 'file', path: 'large.txt' },
  ]);
  const coloured = await at.run(['ls', 'demo'], '', { FORCE_COLOR: '1' });
  expect(coloured.out).toContain('\x1b[32mdocs/\x1b[39m');
  const none = await at.run(['ls', 'demo', 'nope']);
  expect([none.code, none.out, none.err]).toEqual([
    ...[2, '', 'fs-sync: demo has nothing at "nope": npx fs-sync ls demo lists what there is\n'],
  ]);
  expect((await at.run(['ls', 'none'])).err).toContain('There is no project none');
});

test('cat gives the bytes of files one after the other, also over a line that is cut', async () => {
  const both = await at.run(['cat', 'demo', 'docs/a.md', 'docs/deep/ü & #1?.txt']);
  expect([both.code, both.out, both.err]).toEqual([0, 'a fileodd', '']);
  proxy.cut(100_000, 3);
  const cut = await at.run(['cat', 'demo', 'large.txt'], '', { FS_URL: proxy.url });
  expect([cut.code, proxy.cuts, cut.out === LARGE]).toEqual([0, 3, true]);
  expect((await at.run(['cat', 'demo', 'docs/b.md'])).err).toContain('demo has no file docs/b.md');
});

test('get brings a directory, verified, with times and empty directories, and says what it did; again, it has nothing to do', async () => {
  const got = await at.run(['get', 'demo', '--to', place('all')]);
  expect([got.code, got.err]).toEqual([0, '']);
  expect(got.out).toMatch(/^Got 3 files \(3\.\d MB\) of demo into \S+\/all, verified\.\n$/);
  expect(Object.keys(await treeOf(place('all'))).toSorted()).toEqual([
    ...['docs/a.md', 'docs/deep/ü & #1?.txt', 'docs/empty/inner/', 'large.txt'],
  ]);
  expect(statSync(place('all/docs/a.md')).mtimeMs).toBe(1_700_000_000_000);
  expect(statSync(place('all/docs/a.md')).mode & 0o777).toBe(0o644);
  const again = JSON.parse((await at.run(['get', 'demo', '--to', place('all'), '--json'])).out);
  expect(again).toMatchObject({ project: 'demo', fetched: 0, there: 3, bytes: 0 });
});

test('what is there and differs stays and is named, until it is to be replaced; nothing goes through a link', async () => {
  mkdirSync(place('mine'));
  writeFileSync(place('mine/a.md'), 'my own');
  mkdirSync(place('outside'));
  symlinkSync(place('outside'), place('mine/deep'));
  const kept = await at.run(['get', 'demo', 'docs', '--to', place('mine')]);
  expect([kept.code, kept.out]).toEqual([2, '']);
  expect(kept.err).toContain('a.md: another file is there: move it away, or give --force');
  expect(kept.err).toContain('deep is no directory here: move it away');
  expect(readFileSync(place('mine/a.md'), 'utf8')).toBe('my own');
  expect((await at.run(['get', 'demo', 'docs', '--to', place('mine'), '--force'])).code).toBe(2);
  expect(readFileSync(place('mine/a.md'), 'utf8')).toBe('a file');
  expect(readdirSync(place('outside'))).toEqual([]);
});

test('get goes on over lines that are cut, and where a run that was killed stopped', async () => {
  proxy.cut(1_000_000, 99);
  const cut = await at.run(['get', 'demo', 'large.txt', '--to', `${place('one')}/`], '', { FS_URL: proxy.url });
  // Every line was cut, and each had brought more.
  expect([cut.code, readFileSync(place('one/large.txt'), 'utf8') === LARGE]).toEqual([0, true]);

  const stalled = proxy.stall(1_000_000);
  const killed = at.start(['get', 'demo', 'large.txt', '--to', `${place('two')}/`], { FS_URL: proxy.url });
  await stalled;
  const part = () => readdirSync(place('two')).map((name) => statSync(place(`two/${name}`)).size);
  await expect.poll(part).toEqual([expect.toSatisfy((size: number) => size > 0)]);
  killed.child.kill('SIGKILL');
  await killed.ended;
  const [have = 0] = part();
  proxy.cut(0, 0);
  const again = await at.run(['get', 'demo', 'large.txt', '--to', `${place('two')}/`], '', { FS_URL: proxy.url });
  expect([again.code, again.err, proxy.ranges.at(-1)]).toEqual([0, '', `bytes=${have}-`]);
  expect(readdirSync(place('two'))).toEqual(['large.txt']);
  expect(readFileSync(place('two/large.txt'), 'utf8') === LARGE).toBe(true);
});

test('I6: bytes that are not those of the file never get its name, and leave nothing', async () => {
  proxy.spoil();
  const spoiled = await at.run(['get', 'demo', 'docs/a.md', '--to', place('spoiled/a.md')], '', { FS_URL: proxy.url });
  expect([spoiled.code, spoiled.err]).toEqual([2, expect.stringContaining('were thrown away: get it again')]);
  expect(existsSync(place('spoiled/a.md'))).toBe(false);
  expect(readdirSync(place('spoiled'))).toEqual([]);
  const cat = await at.run(['cat', 'demo', 'docs/a.md'], '', { FS_URL: proxy.url });
  expect([cat.code, cat.err]).toEqual([2, expect.stringContaining('do not use them')]);
});
