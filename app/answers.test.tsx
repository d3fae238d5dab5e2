// What every answer carries, whatever the page.
import { describe, expect, test } from 'vitest';
import { FakeServices } from './testing/fake-services.ts';
import { openPages } from './testing/open-pages.ts';

const assetOf = (html: string): string => /src="(\/assets\/app-[0-9a-f]{8}\.js)"/.exec(html)?.[1] ?? 'no script';

describe('what every answer carries', () => {
  test.each(['/projects', '/sign-in', '/nowhere', '/assets/nothing.js'])(
    '%s cannot be framed, sniffed or scripted',
    async (path) => {
      const { headers } = await openPages(new FakeServices()).get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('same-origin');
    },
  );

  test('pages are never kept by a cache; the browser files are kept for good under their hash', async () => {
    const pages = openPages(new FakeServices());
    const page = await pages.get('/projects');
    expect(page.headers.get('cache-control')).toBe('no-store');
    const script = await pages.request(assetOf(await page.text()), { headers: { 'accept-encoding': 'gzip, br' } });
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(script.headers.get('content-encoding')).toBe('br');
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
  });

  test('nothing changes by GET: what changes answers only to POST', async () => {
    const pages = openPages(new FakeServices());
    for (const path of ['/theme', '/sign-out']) {
      const answer = await pages.get(path);
      expect(answer.status).toBe(404);
      expect(answer.headers.get('set-cookie')).toBeNull();
    }
  });
});
