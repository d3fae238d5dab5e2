// `fs-sync put`, `rm` and `mv` as a person uses them who is elsewhere, against a server that is a process of its own.
import { randomFillSync } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PART_BYTES } from '../../core/api/upload.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { PROJECT } from '../../core/testing/test-project.ts';
import { type ApiServer, openApiServer } from '../testing/api-server.ts';
import { type MeddlingProxy, meddlingProxy } from '../testing/meddling-proxy.ts';

let at: ApiServer;
let proxy: MeddlingProxy;
beforeAll(async () => {
  at = await openApiServer();
  proxy = await meddlingProxy(at.url);
  mkdirSync(place('src/deep/empty'), { recursive: true });
  writeFileSync(place('src/a.md'), 'a file');
  writeFileSync(place('src/deep/big.bin'), Buffer.alloc(3_000_000, 'x'));
  writeFileSync(place('src/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(place('src/none'), '');
  symlinkSync('a.md', place('src/link'));
});
afterAll(async () => {
  await proxy.close();
  await at.close();
});

const place = (name: string): string => join(at.dir, name);
const current = async () => (await readCurrent(at.works.io.index, PROJECT))?.current.commit_sha ?? '';
const put = async (...args: string[]) => JSON.parse((await at.run(['put', 'demo', ...args, '--json'])).out);
const listed = async (...path: string[]) =>
  (await at.run(['ls', 'demo', ...path, '-r'])).out.split('\n').filter(Boolean);

test('a directory is put in one commit; again, nothing is sent; what changed is sent alone', async () => {
  const end = await at.run(['put', 'demo', place('src'), '--message', 'all of it']);
  expect([end.code, end.err]).toEqual([0, 'fs-sync: src/link is left out: it is a symlink\n']);
  expect(end.out).toMatch(/^Put 4 files \(3\.0 MB\) into src of demo, in commit [0-9a-f]{12}; 3\.0 MB were sent\.\n$/);
  await expect.poll(() => listed('src')).toEqual(['a.md', 'deep/', 'deep/big.bin', 'deep/empty/', 'none', 'run.sh']);
  expect((await at.run(['ls', 'demo', 'src/run.sh', '-l'])).out).toMatch(/^rwxr-xr-x/);

  const before = await current();
  expect(await put(place('src'))).toMatchObject({ changed: false, sent: { files: 0, bytes: 0 } });
  expect(await current()).toBe(before);
  writeFileSync(place('src/a.md'), 'another');
  const dry = await at.run(['put', 'demo', place('src'), '--dry-run']);
  expect(dry.out).toContain('would change src of demo:\n  put src/a.md\n');
  expect(await put(place('src'))).toMatchObject({ changed: true, sent: { files: 1, bytes: 7 } });
});

test('one file is put under a name of choice; it is read back as it was', async () => {
  await put(place('src/a.md'), '--to', 'docs/');
  await expect.poll(async () => (await at.run(['cat', 'demo', 'docs/a.md'])).out).toBe('another');
  symlinkSync(place('src/a.md'), place('link'));
  await put(place('link'), '--to', 'docs/by-link.md');
  await expect.poll(async () => (await at.run(['cat', 'demo', 'docs/by-link.md'])).out).toBe('another');
  const none = await at.run(['put', 'demo', place('nothing')]);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('name a file or a directory')]);
});

test('several sources come in one commit, each under its own name; what two of them would become is refused', async () => {
  mkdirSync(place('other'));
  writeFileSync(place('other/a.md'), 'not the same');
  expect(await put(place('src/a.md'), place('src/deep'), '--to', 'many')).toMatchObject({
    changed: true,
    path: 'many',
  });
  const listing = ['a.md', 'deep/', 'deep/big.bin', 'deep/empty/'];
  await expect.poll(() => listed('many')).toEqual(listing);
  expect(await put(place('src/a.md'), place('src/deep'), '--to', 'many/')).toMatchObject({ changed: false });
  const twice = await at.run(['put', 'demo', place('src/a.md'), place('other/a.md')]);
  expect([twice.code, twice.err]).toEqual([2, expect.stringContaining('a.md would come from two of the sources')]);
});

test('the input is put under the name that is given, and under none it is not', async () => {
  const put = (...args: string[]) => at.run(['put', 'demo', '-', ...args], 'from a pipe');
  expect((await put('--to', 'piped/in.txt')).out).toMatch(/^Put 1 file \(11 B\) into demo, in commit /);
  await expect.poll(async () => (await at.run(['cat', 'demo', 'piped/in.txt'])).out).toBe('from a pipe');
  for (const args of [[], ['--to', 'piped/']]) {
    const { code, err } = await put(...args);
    expect([code, err]).toEqual([2, expect.stringContaining('give --to <path>')]);
  }
  expect((await put(place('src/a.md'), '--to', 'x')).err).toContain('- is the input, and comes alone');
});

test('with --if-match nothing is changed where something else is current', async () => {
  const seen = await current();
  writeFileSync(place('one.txt'), 'one');
  expect(await put(place('one.txt'), '--if-match', seen.slice(0, 12))).toMatchObject({ changed: true });
  writeFileSync(place('one.txt'), 'two');
  const late = await at.run(['put', 'demo', place('one.txt'), '--if-match', seen]);
  expect([late.code, late.out]).toEqual([2, '']);
  expect(late.err).not.toBe('');
  expect((await at.run(['cat', 'demo', 'one.txt'])).out).toBe('one');
  expect((await at.run(['rm', 'demo', 'one.txt', '--if-match', seen.slice(0, 12)])).code).toBe(2);
  const none = await at.run(['mv', 'demo', 'one.txt', 'two.txt', '--if-match', '0123456789']);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining('project demo has no commit 0123456789')]);
});

test('paths are moved and deleted; a directory only when that is said', async () => {
  expect((await at.run(['mv', 'demo', 'docs/a.md', 'plans/a.md'])).out).toMatch(
    /^Moved docs\/a\.md to plans\/a\.md in demo, /,
  );
  await expect.poll(() => listed('plans')).toEqual(['a.md']);
  const refused = await at.run(['rm', 'demo', 'plans']);
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('plans is a directory: give --recursive')]);
  expect((await at.run(['rm', 'demo', 'plans', '-r'])).out).toMatch(/^Deleted plans of demo, in commit /);
  await expect.poll(async () => (await at.run(['ls', 'demo'])).out).not.toContain('plans');
  expect((await at.run(['rm', 'demo', 'nope'])).err).toContain('demo has nothing at "nope"');
});

test('a large file is sent in parts, and goes on over lines that are cut and after a run that was killed', async () => {
  const bytes = randomFillSync(Buffer.alloc(PART_BYTES + 6_000_000));
  writeFileSync(place('large.bin'), bytes);
  const stalled = proxy.stallSent(20_000_000);
  const killed = at.start(['put', 'demo', place('large.bin')], { FS_URL: proxy.url });
  await stalled;
  killed.child.kill('SIGKILL');
  await killed.ended;

  proxy.cutSent(5_000_000, 3);
  const put = await at.run(['put', 'demo', place('large.bin')], '', { FS_URL: proxy.url });
  expect([put.code, put.err, proxy.cuts]).toEqual([0, '', 3]);
  // What came before each end is not sent again.
  const [first, ...after] = proxy.offsets;
  expect([first, after.every((offset, i) => offset > (proxy.offsets[i] ?? 0))]).toEqual([0, true]);
  expect(after[0]).toBeGreaterThan(10_000_000);
  const got = await at.run(['get', 'demo', 'large.bin', '--to', place('back.bin')]);
  expect([got.code, readFileSync(place('back.bin')).equals(bytes)]).toEqual([0, true]);
});

test('a large input is sent in parts over lines that are cut, as a file is', async () => {
  const typed = 'a line of a large input\n'.repeat(Math.ceil((PART_BYTES + 6_000_000) / 24));
  const cutsBefore = proxy.cuts;
  proxy.cutSent(5_000_000, 2);
  const put = await at.run(['put', 'demo', '-', '--to', 'piped/large.txt'], typed, { FS_URL: proxy.url });
  expect([put.code, put.err, proxy.cuts - cutsBefore]).toEqual([0, '', 2]);
  const got = await at.run(['get', 'demo', 'piped/large.txt', '--to', place('piped.txt')]);
  expect([got.code, readFileSync(place('piped.txt'), 'utf8') === typed]).toEqual([0, true]);
});
