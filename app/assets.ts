// The browser's files, read once at start: addresses carry the content's hash, so a browser keeps them for good, and a
// new build is a new address. A few files of some kilobytes each; they are served from memory, compressed ahead.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Context } from 'hono';
import { lookup } from 'mrmime';
import type { AppEnv } from './context.ts';

interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly brotli: Uint8Array<ArrayBuffer>;
}

export interface Assets {
  /** `app.css` → `/assets/app-1f2e3d4c.css` */
  url(name: string): string;
  /** the icons' sprite, placed into each page */
  readonly sprite: string;
  serve(c: Context<AppEnv>): Response;
}

/** @throws Error that names the folder and the command when the browser's files were not built */
export function loadAssets(folder: string): Assets {
  const byUrl = new Map<string, Asset>();
  const urls = new Map<string, string>();
  for (const name of listFiles(folder)) {
    const bytes = Uint8Array.from(readFileSync(join(folder, name)));
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
    const ending = extname(name);
    const url = `/assets/${name.slice(0, name.length - ending.length)}-${hash}${ending}`;
    urls.set(name, url);
    byUrl.set(url, {
      type: lookup(name) ?? 'application/octet-stream',
      bytes,
      gzip: Uint8Array.from(gzipSync(bytes, { level: 9 })),
      brotli: Uint8Array.from(brotliCompressSync(bytes)),
    });
  }
  return {
    url: (name) => urls.get(name) ?? `/assets/${name}`,
    sprite: readFileSync(join(folder, 'icons.svg'), 'utf8'),
    serve: (c) => serve(c, byUrl.get(c.req.path)),
  };
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => extname(name) !== '');
  } catch (cause) {
    throw new Error(`the browser's files are not in ${folder}: run "npm run build"`, { cause });
  }
}

function serve(c: Context<AppEnv>, asset: Asset | undefined): Response {
  if (!asset) return c.text('No such file. The page may be older than the server: reload it.\n', 404);
  const accepts = c.req.header('accept-encoding') ?? '';
  const headers: Record<string, string> = {
    'content-type': asset.type.startsWith('text/') ? `${asset.type}; charset=utf-8` : asset.type,
    'cache-control': 'public, max-age=31536000, immutable',
    vary: 'accept-encoding',
  };
  if (/\bbr\b/.test(accepts)) return new Response(asset.brotli, { headers: { ...headers, 'content-encoding': 'br' } });
  if (/\bgzip\b/.test(accepts))
    return new Response(asset.gzip, { headers: { ...headers, 'content-encoding': 'gzip' } });
  return new Response(asset.bytes, { headers });
}
