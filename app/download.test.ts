import { describe, expect, test } from 'vitest';
import { parseRange } from './send-bytes.ts';
import { FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

const TEXT = 'one two three';

function withFile(path: string, mime = 'text/html') {
  const services = new FakeServices();
  services.put('demo', { path, content: TEXT, mime });
  const pages = openPages(services);
  const address = `/p/demo/download?path=${encodeURIComponent(path)}`;
  return { services, pages, get: (headers: Record<string, string> = {}) => pages.get(address, headers) };
}

describe('a download', () => {
  test('is the bytes, under the name, and runs nothing in a browser whatever they are', async () => {
    const answer = await withFile('docs/page.html').get();
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe(TEXT);
    expect(answer.headers.get('content-length')).toBe(String(TEXT.length));
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="page.html"; filename*=UTF-8''page.html`,
    );
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('content-security-policy')).toContain('sandbox');
  });

  test('resumes: a range is that part, its ETag is the sha', async () => {
    const { get } = withFile('a.txt');
    const etag = (await get()).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/);
    const part = await get({ range: 'bytes=4-6', 'if-range': etag });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 4-6/${TEXT.length}`);
    expect(await part.text()).toBe('two');
    const changed = await get({ range: 'bytes=4-6', 'if-range': '"another"' });
    expect(changed.status).toBe(200);
    expect(await changed.text()).toBe(TEXT);
  });

  test('a range past the end is refused with the size', async () => {
    const answer = await withFile('a.txt').get({ range: 'bytes=100-' });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe(`bytes */${TEXT.length}`);
  });

  test('a large file that is only in cold is fetched from there by a link, which nobody keeps', async () => {
    const { services, pages, get } = withFile('a.txt');
    const link = 'https://files.example.net/bucket/key?X-Amz-Signature=1';
    services.links.set('a.txt', link);
    const answer = await get({ range: 'bytes=4-6' });
    expect([answer.status, answer.headers.get('location')]).toEqual([307, link]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toBe('');
    const head = await pages.request('/p/demo/download?path=a.txt', {
      method: 'HEAD',
      headers: { cookie: 'fs_session=fake-session' },
    });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(TEXT.length)]);
    expect((await get({ 'if-none-match': head.headers.get('etag') ?? '' })).status).toBe(304);
  });

  test('what the browser has already is not sent again', async () => {
    const { get } = withFile('a.txt');
    const etag = (await get()).headers.get('etag') ?? '';
    expect((await get({ 'if-none-match': `W/"x", ${etag}` })).status).toBe(304);
  });

  test('an empty file is empty, and a file that is not there is a page that says so', async () => {
    const { services, pages, get } = withFile('a.txt');
    services.put('demo', { path: 'empty', content: '' });
    const empty = await pages.get('/p/demo/download?path=empty');
    expect([empty.status, await empty.text(), empty.headers.get('content-length')]).toEqual([200, '', '0']);
    services.remove('demo', 'a.txt');
    const gone = await get();
    expect(gone.status).toBe(404);
    expect(await gone.text()).toContain('There is no such file');
    expect((await pages.get('/p/demo/download?path=../etc/passwd')).status).toBe(404);
  });

  test('only images are shown in place, under a policy that lets them load and run nothing', async () => {
    const { services, pages } = withFile('a.html');
    services.put('demo', { path: 'a.svg', content: '<svg/>', mime: 'image/svg+xml' });
    expect((await pages.get('/p/demo/preview?path=a.html')).status).toBe(404);
    const image = await pages.get('/p/demo/preview?path=a.svg');
    expect(image.headers.get('content-disposition')).toBe('inline');
    expect(image.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
  });

  test('ranges as RFC 9110 has them', () => {
    expect(parseRange('bytes=0-0', 10)).toEqual({ start: 0, end: 1 });
    expect(parseRange('bytes=-3', 10)).toEqual({ start: 7, end: 10 });
    expect(parseRange('bytes=-30', 10)).toEqual({ start: 0, end: 10 });
    expect(parseRange('bytes=5-99', 10)).toEqual({ start: 5, end: 10 });
    expect(parseRange('bytes=-0', 10)).toBe('outside');
    expect(parseRange('bytes=10-', 10)).toBe('outside');
    for (const odd of ['bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b']) {
      expect(parseRange(odd, 10)).toBeUndefined();
    }
  });
});
