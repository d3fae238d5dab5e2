// The search over all paths of a project, as its page shows it.
import { describe, expect, test } from 'vitest';
import { markedBy, searchWords } from './search-words.ts';
import { FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

function opened() {
  const services = new FakeServices();
  for (const path of ['docs/Guide.md', 'docs/deep/er/guide-2.md', 'src/main.ts'])
    services.put('demo', { path, content: 'x' });
  return { services, pages: openPages(services) };
}
const paths = (html: string) => [...html.matchAll(/data-path="([^"]*)"/g)].map(([, path]) => path);

describe('the search', () => {
  test('shows the files that have every word, marked, and the way back', async () => {
    const { pages } = opened();
    const html = await pages.html('/p/demo/files?q=GUIDE+deep');
    expect(paths(html)).toEqual(['docs/deep/er/guide-2.md']);
    expect(html).toContain('<mark><bdi>guide</bdi></mark>');
    expect(html).toContain('<mark><bdi>deep</bdi></mark>');
    expect(html).toContain('1 file matches');
    expect(html).toMatch(/href="\/p\/demo\/files"[^>]*data-clear/);
  });

  test('keeps what was searched for beside an open file', async () => {
    const html = await opened().pages.html('/p/demo/file?path=docs/Guide.md&in=.&q=guide');
    expect(paths(html)).toHaveLength(2);
    expect(html).toContain('aria-current="true"');
    expect(html).toContain('value="guide"');
  });

  test('that finds nothing says so, and that the index is being made while it is', async () => {
    const { services, pages } = opened();
    expect(await pages.html('/p/demo/files?q=nowhere')).toContain('No file matches');
    services.indexed = 12;
    expect(await pages.html('/p/demo/files?q=guide')).toContain('12 paths so far');
  });

  test('a whole path that is typed opens the file, or the directory; anything else is searched for', async () => {
    const { pages } = opened();
    const to = async (q: string) => (await pages.get(`/p/demo/go?q=${encodeURIComponent(q)}`)).headers.get('location');
    expect(await to('/docs/Guide.md ')).toBe('/p/demo/file?path=docs%2FGuide.md');
    expect(await to('docs/deep/')).toBe('/p/demo/files?path=docs%2Fdeep');
    expect(await to('../guide')).toBe('/p/demo/files?q=..%2Fguide');
  });

  test('what is typed is only text, whatever it is', async () => {
    const hostile = '<img src=x onerror=alert(1)> "\' $1 [a-z]+ (\\u{1}';
    const html = await opened().pages.html(`/p/demo/files?q=${encodeURIComponent(hostile)}`);
    expect(html).not.toContain('<img');
    expect(searchWords(hostile)).toHaveLength(7);
    expect(markedBy('a[a-z]+b', searchWords('[a-z]+'))).toEqual(['a', '[a-z]+', 'b']);
  });
});
