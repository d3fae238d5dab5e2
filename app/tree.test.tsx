// What the rows of the tree say of jobs, and how they change under a reader.
import { describe, expect, test } from 'vitest';
import type { ProjectName } from '../core/model/ids.ts';
import type { JobTask } from '../core/model/job.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { block, listRow, type Row, TabParts } from './parts.ts';
import { fakeJob } from './testing/fake-jobs.ts';
import { FakeServices } from './testing/fake-services.ts';
import { FAKE_NOW } from './testing/fake-time.ts';
import { openPages } from './testing/open-pages.ts';
import { fieldsOf, readEvents } from './testing/sse-reader.ts';

const project = 'demo' as ProjectName;
const onDocs: JobTask = { kind: 'promote', mode: 'fast', project, paths: ['docs' as RelPath] };

describe('a job', () => {
  function opened() {
    const services = new FakeServices();
    for (const path of ['docs/a.md', 'docs/b.md', 'src/main.ts']) services.put('demo', { path, content: 'x' });
    return { services, html: () => openPages(services).html('/p/demo/files?open=docs&open=src') };
  }
  const marked = (html: string, word: string) => html.match(new RegExp(`aria-label="${word}`, 'g'))?.length ?? 0;

  test('that is under way is told at the rows that it is about, one on the whole project in the head', async () => {
    const { services, html } = opened();
    services.job(fakeJob('0mhaaaaa1-part', onDocs, { state: 'running' }));
    expect(marked(await html(), 'Promote is under way')).toBe(3);
    expect(await html()).not.toContain('Repair is under way');
    services.job(fakeJob('0mhaaaaa2-whole', { kind: 'repair', project }));
    expect(await html()).toContain('Repair is under way');
    services.job(fakeJob('0mhaaaaa3-dry', { kind: 'evict', by: 'hand', project }, { dry_run: true }));
    expect(await html()).not.toContain('Evict is under way');
  });

  test('that failed lately is told with its reason, at the row that was selected, until it is tried again', async () => {
    const { services, html } = opened();
    const before = (minutes: number) => new Date(FAKE_NOW - minutes * 60_000).toISOString();
    const failed = { state: 'failed', ended: before(9), sentence: 'Cold answers 503.' } as const;
    services.job(fakeJob('0mhaaaaa1-part', onDocs, failed));
    expect(marked(await html(), 'Promote failed')).toBe(1);
    expect(await html()).toContain('title="Cold answers 503."');
    services.job(fakeJob('0mhaaaaa1-part', onDocs, { ...failed, retried: '0mhaaaaa2-again' }));
    expect(await html()).not.toContain('failed');
    services.job(fakeJob('0mhaaaaa1-part', onDocs, { ...failed, ended: before(11) }));
    expect(await html()).not.toContain('failed');
  });
});

test('what is pinned, or is in a folder that is, has a mark', async () => {
  const services = new FakeServices();
  for (const path of ['docs/a.md', 'docs2/b.md', 'one.txt']) services.put('demo', { path, content: 'x' });
  services.pins = [{ path: 'docs' as RelPath, by: 'ada', at: FAKE_NOW }];
  const html = await openPages(services).html('/p/demo/files?open=docs&open=docs2');
  const marked = html.split('<tr ').filter((row) => row.includes('aria-label="Pinned"'));
  expect(marked.map((row) => /data-path="([^"]*)"/.exec(row)?.[1])).toEqual(['docs', 'docs/a.md']);
});

describe('rows that change', () => {
  const rows = (count: number, text: string): Row[] =>
    Array.from({ length: 200 }, (_, i) => listRow(`r-${i}`, <tr id={`r-${i}`}>{i < count ? text : 'old'}</tr>));
  const news = (changes: number) => block('news', <p id="news">{changes === 0 ? '' : `${changes} changes`}</p>);
  const list = (found: readonly Row[]) => ({ kind: 'list', tag: 'tbody', id: 'rows', rows: found, news }) as const;
  const patches = (text: string) => readEvents(text).map((event) => fieldsOf(event).fragments ?? '');

  test('up to fifty are patched one by one; more than a reader can follow are counted, and the rows stay', () => {
    const tab = new TabParts();
    tab.adopt([list(rows(0, ''))]);
    expect(
      patches(tab.patch([list(rows(50, 'new'))]))
        .join('')
        .match(/<tr/g),
    ).toHaveLength(50);
    const many = patches(tab.patch([list(rows(200, 'newer'))]));
    expect(many).toHaveLength(1);
    expect(many[0]).toContain('200 changes');
    expect(patches(tab.patch([list(rows(200, 'newer'))]))).toEqual([]);
    const back = patches(tab.patch([list(rows(60, 'new').map((row, i) => (i < 50 ? row : (rows(0, '')[i] ?? row))))]));
    expect(back.join('')).not.toContain('<tr');
    expect(back.join('')).toContain('id="news"');
    expect(back.join('')).not.toContain('changes');
  });

  test('a tab that asks anew gets all of them', () => {
    const [patch, none] = patches(new TabParts().patch([list(rows(200, 'newer'))]));
    expect(patch?.match(/<tr/g)).toHaveLength(200);
    expect(none).toContain('id="news"></p>');
  });
});
