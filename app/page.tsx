// Sends a page: the layout around the parts of a screen. A live page's stream has the page's own address with `/live`
// behind its path, so the address bar says all that the stream needs.
import { gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import type { JSX } from 'hono/jsx/jsx-runtime';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppEnv } from './context.ts';
import { toHtml } from './html.ts';
import { type Crumb, Layout } from './layout.tsx';
import type { Section } from './sections.ts';
import { themeOf } from './theme.ts';

/** Below this, a compressed answer is not worth its header. */
const SMALL_CHARACTERS = 1024;
/** Of 200 rows a tenth larger than the default, in half the time. */
const LEVEL = 3;

export interface Page {
  readonly title: string;
  readonly section?: Section;
  readonly crumbs: readonly Crumb[];
  /** absent: the page does not change by itself; the word says why, beside the pill */
  readonly live: { readonly mark: string } | { readonly still: string };
  readonly view: JSX.Element;
  readonly trouble?: JSX.Element;
  readonly status?: ContentfulStatusCode;
}

export async function sendPage(c: Context<AppEnv>, page: Page): Promise<Response> {
  const url = new URL(c.req.url);
  const body = toHtml(
    <Layout
      {...page}
      assets={c.get('assets')}
      theme={themeOf(c)}
      here={`${url.pathname}${url.search}`}
      tenant={c.get('services').tenant}
      user={c.get('session')?.user}
    />,
  );
  return sendHtml(c, `<!doctype html>${body}`, page.status ?? 200);
}

export async function sendHtml(c: Context<AppEnv>, text: string, status: ContentfulStatusCode): Promise<Response> {
  c.header('content-type', 'text/html; charset=utf-8');
  c.header('cache-control', 'no-store');
  c.header('vary', 'accept-encoding, cookie');
  if (text.length < SMALL_CHARACTERS || !/\bgzip\b/.test(c.req.header('accept-encoding') ?? ''))
    return c.body(text, status);
  c.header('content-encoding', 'gzip');
  // At once, in some 2 ms: the threads that would do it beside are the ones that write files to disk, and a page would wait for
  // all that the archiver has given them.
  return c.body(Uint8Array.from(gzipSync(text, { level: LEVEL })), status);
}
