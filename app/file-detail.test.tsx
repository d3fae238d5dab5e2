import { describe, expect, test } from 'vitest';
import { fakeSha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { coldProof, type FakeFile } from './testing/fake-files.ts';
import { fakeCommit } from './testing/fake-history.ts';
import { fakeNode } from './testing/fake-nodes.ts';
import { FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

const PATH = 'docs/a.md';
const file = (change: Partial<FakeFile> = {}): FakeFile => ({
  path: PATH,
  content: 'one\ntwo\n',
  mime: 'text/plain',
  ...change,
});

function paneOf(change: Partial<FakeFile> = {}) {
  const services = new FakeServices();
  services.put('demo', file(change));
  const pages = openPages(services);
  return { services, pages, html: (query = '') => pages.html(`/p/demo/file?path=docs%2Fa.md${query}`) };
}

describe('the preview', () => {
  test('of a text has numbered lines, its beginning alone where it is long, and the way to all of it', async () => {
    expect(await paneOf().html()).toContain('\n1\n2</pre>');
    const html = await paneOf({ content: `${'x'.repeat(99)}\n`.repeat(500) }).html();
    expect(html).toContain('The first 16.4 kB.');
    expect(html).toContain('/p/demo/text?path=docs%2Fa.md');
  });

  test('of sounds and films is played by the browser, in parts, and never as a document', async () => {
    for (const [mime, tag] of [
      ['audio/mpeg', 'audio'],
      ['video/mp4', 'video'],
    ] as const) {
      const { html, pages } = paneOf({ mime, content: 'abcdefgh' });
      expect(await html()).toContain(`<${tag} src="/p/demo/preview?path=docs%2Fa.md`);
      const part = await pages.get('/p/demo/preview?path=docs%2Fa.md', { range: 'bytes=2-4' });
      expect(part.status).toBe(206);
      expect(await part.text()).toBe('cde');
      expect(part.headers.get('content-security-policy')).toContain('sandbox');
    }
  });

  test('of what a browser would run there is none: pages are plain text, and PDFs are downloaded', async () => {
    const { pages, html } = paneOf({ mime: 'text/html', content: '<script>alert(1)</script>' });
    expect(await html()).not.toContain('<script>alert');
    expect((await pages.get('/p/demo/preview?path=docs%2Fa.md')).status).toBe(404);
    const text = await pages.get('/p/demo/text?path=docs%2Fa.md');
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.headers.get('x-content-type-options')).toBe('nosniff');
    expect(text.headers.get('content-security-policy')).toContain('sandbox');
    expect(await paneOf({ mime: 'application/pdf' }).html()).toContain('PDFs are not opened here');
  });
});

describe('the storage of a file', () => {
  const storage = async (tiers: FakeFile['tiers']) => paneOf(tiers ? { tiers } : {}).html();

  test('says of each tier what proves it, and offers what fits', async () => {
    const both = await storage({ hot: true, cold: coldProof });
    expect(both).toContain(`${coldProof.bucket}/${coldProof.key}`);
    expect(both).toContain('name="start" value="evict:dry"');
    expect(both).not.toContain('value="promote-fast"');
    const cold = await storage({ hot: false, cold: coldProof });
    expect(cold).toContain('value="promote-fast"');
    expect(cold).not.toContain('name="start" value="evict:dry"');
    expect(await storage({ hot: true, cold: null })).toContain('No cold copy is proven yet');
    expect(both).not.toContain('compressed');
    expect(await storage({ hot: true, cold: { ...coldProof, storedBytes: 2_600 } })).toContain(
      ', compressed to 2.6 kB',
    );
  });

  test('I3: a copy that is damaged, gone or somewhere else is no reason to evict', async () => {
    const damaged = await storage({ hot: true, cold: coldProof, coldDamagedAt: 0 });
    expect(damaged).toContain('Damaged');
    expect(damaged).not.toContain('name="start" value="evict:dry"');
    const strange = await storage({ hot: true, cold: null, inStrangeCold: true });
    expect(strange).toContain('nothing proves it');
    expect(strange).not.toContain('name="start" value="evict:dry"');
    expect(await storage({ hot: false, cold: null })).toContain('Neither tier has it');
  });
});

describe('the versions of a file', () => {
  const [now, then] = [fakeCommit('now'), fakeCommit('then')];
  const made = (name: string, hot = true) =>
    ({ kind: 'file', sha: fakeSha(name), sizeBytes: 12, tiers: { hot, cold: null } }) as const;

  test('are opened, compared, downloaded and restored, each by its commit', async () => {
    const { services, html } = paneOf();
    services.history.versionList = [
      { commit: now, made: made('b') },
      { commit: then, made: made('a') },
    ];
    const text = await html();
    expect(text).toContain(`/p/demo/diff?from=${then.sha}&amp;to=${now.sha}&amp;path=docs%2Fa.md`);
    expect(text).toContain(`/p/demo/download?path=docs%2Fa.md&amp;commit=${then.sha}`);
    expect(text).toContain(`/p/demo/restore?to=${then.sha}&amp;path=docs%2Fa.md`);
    expect(text).not.toContain(`/p/demo/restore?to=${now.sha}`);
  });

  test('whose bytes are swept say so, and are neither downloaded nor restored', async () => {
    const { services, html } = paneOf();
    services.history.versionList = [
      { commit: now, made: made('b') },
      { commit: then, made: made('a', false) },
    ];
    const text = await html();
    expect(text).toContain('Bytes not kept');
    expect(text).not.toContain(`commit=${then.sha}"  download`);
    expect(text).not.toContain(`/p/demo/restore?to=${then.sha}`);
  });

  test('are shown as they were, without what concerns the file of now; what was not there is said', async () => {
    const { services, html, pages } = paneOf();
    const detail = await services.queries.file('demo' as never, PATH as RelPath);
    if (detail) services.history.files.set(then.sha, { kind: 'file', commit: then, detail });
    const text = await html(`&commit=${then.sha}`);
    expect(text).toContain('As it was on');
    expect(text).not.toContain('id="detail-nodes"');
    expect(text).not.toContain('name="start" value="repair"');
    const bytes = await pages.get(`/p/demo/download?path=docs%2Fa.md&commit=${then.sha}`);
    expect(await bytes.text()).toBe('one\ntwo\n');
    expect(await html(`&commit=${fakeSha('none')}`)).toContain('The project has no such commit.');
    expect((await pages.get(`/p/demo/download?path=docs%2Fa.md&commit=${fakeSha('none')}`)).status).toBe(404);
    services.history.files.set(now.sha, { kind: 'not-kept' });
    expect(await html(`&commit=${now.sha}`)).toContain('not kept any more');
  });

  test('of a file that is gone lead back to it', async () => {
    const { services, html } = paneOf();
    services.remove('demo', PATH);
    services.history.versionList = [
      { commit: now, made: { kind: 'gone' } },
      { commit: then, made: made('a') },
    ];
    const text = await html();
    expect(text).toContain('This file is not in the project.');
    expect(text).toContain(`/p/demo/restore?to=${then.sha}&amp;path=docs%2Fa.md`);
  });
});

test('a node that holds another part of the project is not said to have the file', async () => {
  const { services, html } = paneOf();
  services.project('demo', { nodes: [fakeNode('node-a', { prefix: 'site' as RelPath }), fakeNode('node-b')] });
  const text = await html();
  expect(text).toContain('holds only');
  expect(text.match(/Has it/g)).toHaveLength(1);
});
