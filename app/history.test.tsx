import { describe, expect, test } from 'vitest';
import { fakeFile } from '../core/manifest/tree.fakes.ts';
import { fakeSha } from '../core/model/ids.ts';
import { fakePath, type RelPath } from '../core/model/rel-path.ts';
import { fakeCommit, fakePlan } from './testing/fake-history.ts';
import { FAKE_ADMIN, FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

const HOSTILE = '<img src=x onerror=alert(1)>\u202e.txt' as RelPath;
const [newer, older] = [fakeCommit('newer'), fakeCommit('older')];
const between = `from=${older.sha}&to=${newer.sha}`;

function historyOf(...commits: ReturnType<typeof fakeCommit>[]) {
  const services = new FakeServices();
  services.put('demo', { path: 'docs/a.md', content: 'now\n', mime: 'text/markdown' });
  services.history.list = commits.length > 0 ? commits : [newer, older];
  return { services, history: services.history, pages: openPages(services) };
}

describe('the list of commits', () => {
  test('says of each who, when, what and how much, newest first, with the way to it and back to it', async () => {
    const { pages, history } = historyOf(
      fakeCommit('newer', { counts: { added: 3, updated: 1, deleted: 0, moved: 1200 }, message: 'Restore docs' }),
      older,
    );
    history.differences = [{ kind: 'added', entry: fakeFile('docs/first.md') }];
    const html = await pages.html('/p/demo/history');
    expect(html.indexOf(newer.sha)).toBeLessThan(html.indexOf(older.sha));
    expect(html).toContain('/nodes/node-a');
    expect(html).toContain('+3<span class="unseen"> added</span>');
    expect(html).toContain('→1,200');
    expect(html).toContain('Restore docs');
    expect(html).toContain('docs/first.md');
    expect(html).toContain(' and 1,203 more');
    expect(html).toContain(`href="/p/demo/history/${newer.sha}"`);
    expect(html).toContain(`href="/p/demo/restore?to=${newer.sha}"`);
  });

  test('has the newest commit chosen to be compared with the one before it, and a patch chooses for nobody', async () => {
    const { pages } = historyOf(fakeCommit('head', { isKept: false }), newer, older, fakeCommit('oldest'));
    const html = await pages.html('/p/demo/history');
    const chosen = [...html.matchAll(/<input type="radio" name="(\w+)" value="(\w+)"[^>]* checked=""/g)];
    expect(chosen.map(([, name, sha]) => [name, sha])).toEqual([
      ['to', newer.sha],
      ['from', older.sha],
    ]);
    expect(html).toContain(`<span class="narrow-only" aria-hidden="true">From</span>`);
  });

  test('goes on page by page', async () => {
    const { pages } = historyOf(...Array.from({ length: 51 }, (_, n) => fakeCommit(`c${n}`)));
    const last = fakeSha('c50');
    const html = await pages.html('/p/demo/history');
    expect(html).toContain(`href="/p/demo/history?from=${last}"`);
    const rest = await pages.html(`/p/demo/history?from=${last}`);
    expect(rest).toContain(last);
    expect(rest).toContain('Newest');
    expect(rest).not.toContain('rel="next"');
  });

  test('offers nothing of a commit whose content is not kept', async () => {
    const { pages } = historyOf(newer, fakeCommit('older', { isKept: false }));
    const html = await pages.html('/p/demo/history');
    expect(html).toContain('content not kept');
    expect(html).not.toContain(`value="${older.sha}"`);
    expect(html).not.toContain(`/p/demo/restore?to=${older.sha}`);
    expect(await pages.html(`/p/demo/restore?to=${older.sha}`)).toContain('Not kept any more');
    expect(await pages.html(`/p/demo/diff?${between}`)).toContain('Not kept any more');
  });

  test('of a path has its versions, and says where there is none', async () => {
    const { pages, history } = historyOf();
    expect(await pages.html('/p/demo/history?path=docs/none')).toContain('No commit changed this path');
    history.versionList = [
      { commit: newer, made: { kind: 'gone' } },
      { commit: older, made: { kind: 'file', sha: fakeSha('x'), sizeBytes: 1500, tiers: { hot: true, cold: null } } },
    ];
    const html = await pages.html('/p/demo/history?path=docs%2Fa.md');
    expect(html).toContain('deleted');
    expect(html).toContain('1.5 kB');
    expect(html).toContain(`/p/demo/restore?to=${older.sha}&amp;path=docs%2Fa.md`);
    expect(html).not.toContain(`/p/demo/restore?to=${newer.sha}`);
  });

  test('of a directory has the commits that changed something in it, and leads to what it was', async () => {
    const { pages, history } = historyOf();
    history.directories.add('docs');
    history.differences = [{ kind: 'added', entry: fakeFile('docs/first.md') }];
    const html = await pages.html('/p/demo/history?path=docs');
    expect(html).toContain('docs/first.md');
    expect(html).toContain(`/p/demo/restore?to=${older.sha}&amp;path=docs`);
  });

  test('is not found by addresses that name no project, path or commit', async () => {
    const { pages } = historyOf();
    for (const path of [
      '/p/NONE/history',
      '/p/demo/history?path=../up',
      '/p/demo/history?from=abc',
      '/p/demo/history/abc',
      `/p/demo/history/${fakeSha('no')}`,
      '/p/demo/diff?from=abc',
      `/p/demo/diff?from=${newer.sha}&to=${fakeSha('no')}`,
      '/p/demo/restore',
      `/p/demo/restore?to=${newer.sha}&path=../up`,
      `/p/demo/restore?to=${fakeSha('no')}`,
    ]) {
      expect([path, (await pages.get(path)).status]).toEqual([path, 404]);
    }
  });
});

test('a commit shows its changes, its facts and its conflicts', async () => {
  const conflicts = [{ path: fakePath('docs/both.md'), kept: fakePath('docs/both (kept).md') }];
  const { pages, history } = historyOf(
    fakeCommit('newer', { parent: older.sha, conflicts, unlistedConflicts: 4, message: `why ${HOSTILE}` }),
    older,
  );
  history.differences = [
    { kind: 'added', entry: fakeFile(HOSTILE, { size: 5_000 }) },
    { kind: 'moved', entry: fakeFile('to.md'), was: fakeFile('from.md') },
  ];
  const html = await pages.html(`/p/demo/history/${newer.sha}`);
  expect(html).toContain('5.0 kB');
  expect(html).toContain('from.md');
  expect(html).toContain('5 conflicts');
  expect(html).toContain('docs/both (kept).md');
  expect(html).not.toContain('<img src=x');
  expect(html).not.toContain('\u202e');
  expect(html).toContain('U+202E');
});

describe('two commits', () => {
  test('are compared a page at a time, with the whole counted', async () => {
    const { pages, history } = historyOf();
    history.differences = Array.from({ length: 201 }, (_, n) => ({
      kind: 'added' as const,
      entry: fakeFile(`f${String(n).padStart(3, '0')}`, { size: 10 }),
    }));
    const html = await pages.html(`/p/demo/diff?${between}`);
    expect(html).toContain('201 paths added');
    expect(html).toContain(`/p/demo/diff?from=${older.sha}&amp;to=${newer.sha}&amp;after=f199`);
    expect(html).not.toContain('f200');
    expect(await pages.html(`/p/demo/diff?${between}&after=f199`)).toContain('f200');
    history.differences = [];
    expect(await pages.html(`/p/demo/diff?${between}`)).toContain('Nothing differs');
  });

  /** The file's two versions are files of the fake project, so that their bytes can be read. */
  async function fileDiff(
    before: string | Uint8Array,
    after: string | Uint8Array,
    name = 'a.txt',
    mime = 'text/plain',
  ) {
    const { pages, history, services } = historyOf();
    for (const [commit, dir, content] of [
      [older, 'before', before],
      [newer, 'after', after],
    ] as const) {
      services.put('demo', { path: `${dir}/${name}`, content, mime });
      const detail = await services.queries.file('demo' as never, `${dir}/${name}` as RelPath);
      if (detail) history.files.set(commit.sha, { kind: 'file', commit, detail });
    }
    return pages.html(`/p/demo/diff?${between}&path=${encodeURIComponent(name)}`);
  }

  test('of a text the lines are shown that differ, and what is in them is only text', async () => {
    const html = await fileDiff('one\ntwo\n', `one\n<script>alert(1)</script>\u202e\n`);
    expect(html).toContain('1 line added');
    expect(html).toContain('1 line removed');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('U+202E');
  });

  test('of anything else it is said that no lines are shown, and both can be downloaded', async () => {
    const binary = await fileDiff(new Uint8Array([0, 1, 2]), new Uint8Array([3, 4, 5]), 'a.bin');
    expect(binary).toContain('Not a text');
    expect(binary).toContain(`/p/demo/download?path=a.bin&amp;commit=${older.sha}`);
    const large = await fileDiff('a'.repeat(300_000), 'b'.repeat(300_000), 'large.txt');
    expect(large).toContain('Too large to be compared here');
    expect(await fileDiff('same', 'different', 'a.png', 'image/png')).toContain('preview-image');
  });
});

describe('a restore', () => {
  const task = { kind: 'restore', project: 'demo', to: older.sha, plan: fakeSha('plan') };

  test('says before what comes, changes and goes, its bytes, and what has to come from cold', async () => {
    const { pages, history } = historyOf();
    history.plan = fakePlan(older, {
      added: 2,
      updated: 1,
      removed: 1,
      putBytes: 4_100_000,
      goneBytes: 2_000,
      onlyCold: { files: 1, bytes: 9_000 },
      listed: [{ kind: 'removed', path: HOSTILE, sizeBytes: undefined }],
    });
    const html = await pages.html(`/p/demo/restore?to=${older.sha}`);
    expect(html).toContain('2 paths come back, 1 path becomes what it was, 1 path is deleted; 4.1 MB come, 2.0 kB go.');
    expect(html).toContain('1 file, 9.0 kB, is only in cold, and comes back to hot first.');
    expect(html).toContain('Restore 4 paths');
    expect(html).toContain('and 3 more');
    expect(html).not.toContain('<img src=x');
  });

  test('that only deletes says so on its button, with the bytes that go', async () => {
    const { pages, history } = historyOf();
    history.plan = fakePlan(older, { removed: 63, goneBytes: 4_100_000 });
    const html = await pages.html(`/p/demo/restore?to=${older.sha}`);
    expect(html).toContain('63 paths are deleted; 4.1 MB.');
    expect(html).toContain('Delete 63 paths');
    expect(html).not.toContain('Restore 63 paths');
  });

  test('says of a large plan that it is more than was gone through', async () => {
    const { pages, history } = historyOf();
    const listed = [{ kind: 'added', path: fakePath('docs/a.md'), sizeBytes: 3 }] as const;
    history.plan = fakePlan(older, { added: 5_000, putBytes: 4_100_000, isMore: true, listed });
    const html = await pages.html(`/p/demo/restore?to=${older.sha}`);
    expect(html).toContain('More than 5,000 paths change. Of the first of them, 5,000 paths come back; 4.1 MB.');
    expect(html).toContain('Restore more than 5,000 paths');
    expect(html).toContain('and others');
  });

  test('is offered neither where nothing differs nor where bytes are lost, and each is said', async () => {
    const { pages, history } = historyOf();
    expect(await pages.html(`/p/demo/restore?to=${older.sha}`)).toContain('It is so already');
    history.plan = fakePlan(older, { added: 1, lost: [fakePath('docs/lost.md')] });
    const html = await pages.html(`/p/demo/restore?to=${older.sha}`);
    expect(html).toContain('docs/lost.md');
    expect(html).toContain('in no tier any more');
    expect(html).not.toContain('<form method="post" action="/p/demo/restore"');
  });

  test('is a job of exactly the plan that was shown, and leads to it', async () => {
    const { pages, services } = historyOf();
    const fields = { to: older.sha, path: '', plan: fakeSha('plan') };
    const answer = await pages.post('/p/demo/restore', fields);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/jobs/0mhzzzzzz-aaaa?said=job-asked');
    await pages.post('/p/demo/restore', { ...fields, path: 'docs/en' });
    expect(services.asked).toEqual([
      ['start', FAKE_ADMIN, task, { dryRun: false }],
      ['start', FAKE_ADMIN, { ...task, prefix: 'docs/en' }, { dryRun: false }],
    ]);
  });

  test('of a path that is none never becomes one of the whole project', async () => {
    const { pages, services } = historyOf();
    for (const fields of [
      { to: older.sha, path: '../up', plan: fakeSha('plan') },
      { to: 'abc', path: '', plan: fakeSha('plan') },
      { to: older.sha, path: '', plan: '' },
    ]) {
      const answer = await pages.post('/p/demo/restore', fields);
      expect(answer.headers.get('location')).toBe('/p/demo/history?said=invalid');
    }
    expect(services.asked).toEqual([]);
  });
});
