// The bytes of a file, streamed from any tier: whole or a range, resumable, and safe whatever the name or the content
// is. A name changes its content with time, so the address is revalidated; its ETag is the sha.
import { type Context, Hono } from 'hono';
import { attachment } from '../core/model/attachment.ts';
import { projectNameSchema } from '../core/model/ids.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import type { ByteRange } from '../core/store/object-store.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { FileDetail } from './file-view.ts';
import { isShownImage } from './preview.ts';
import { CONTENT_POLICY } from './security.ts';

export const downloadRoutes = new Hono<AppEnv>()
  .get('/p/:project/download', async (c) => {
    const detail = await addressedFile(c);
    const link = await linkTo(c, detail);
    // It is good for a while only, and for what the file is now: the next one asks again.
    if (link !== undefined) return new Response(null, { status: 307, headers: { location: link, ...NOT_KEPT } });
    return sendBytes(c, detail, {
      'content-type': detail.mime,
      'content-disposition': attachment(detail.file.name),
      'cache-control': 'private, no-cache',
    });
  })
  .get('/p/:project/preview', async (c) => {
    const detail = await addressedFile(c);
    if (!isShownImage(detail.mime, detail.file.sizeBytes)) throw new NotFoundError('This file has no preview.');
    const exact = c.req.query('sha') === detail.file.sha;
    return sendBytes(c, detail, {
      'content-type': detail.mime,
      'content-disposition': 'inline',
      'cache-control': exact ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    });
  });

const NOT_KEPT = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

/** A HEAD is answered here, because a link is signed for one method; and who has the bytes needs none. */
async function linkTo(c: Context<AppEnv>, detail: FileDetail): Promise<string | undefined> {
  if (c.req.method !== 'GET' || matches(c.req.header('if-none-match'), `"${detail.file.sha}"`)) return undefined;
  return c.get('services').queries.link(detail);
}

async function addressedFile(c: Context<AppEnv>): Promise<FileDetail> {
  const project = projectNameSchema.safeParse(c.req.param('project'));
  const path = relPathSchema.safeParse(c.req.query('path') ?? '');
  const detail =
    project.success && path.success ? await c.get('services').queries.file(project.data, path.data) : undefined;
  if (!detail) throw new NotFoundError('There is no such file. It may have been moved or deleted.');
  return detail;
}

async function sendBytes(c: Context<AppEnv>, detail: FileDetail, about: Record<string, string>): Promise<Response> {
  const { sha, sizeBytes, modifiedAt } = detail.file;
  const etag = `"${sha}"`;
  const headers: Record<string, string> = {
    ...about,
    etag,
    'last-modified': new Date(modifiedAt).toUTCString(),
    'accept-ranges': 'bytes',
    'content-security-policy': CONTENT_POLICY,
  };
  if (matches(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers });

  const wanted = rangeOf(c, sizeBytes, etag);
  if (wanted === 'outside') {
    return new Response(null, { status: 416, headers: { ...headers, 'content-range': `bytes */${sizeBytes}` } });
  }
  const length = wanted ? wanted.end - wanted.start : sizeBytes;
  headers['content-length'] = String(length);
  if (wanted) headers['content-range'] = `bytes ${wanted.start}-${wanted.end - 1}/${sizeBytes}`;
  const status = wanted ? 206 : 200;
  if (c.req.method === 'HEAD' || length === 0) return new Response(null, { status, headers });
  const { bytes } = await c.get('services').queries.read(sha, detail.project, wanted);
  return new Response(asStream(bytes), { status, headers });
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*');
}

/** One range is honoured; several, or one that makes no sense, is answered with the whole, as RFC 9110 allows. */
function rangeOf(c: Context<AppEnv>, sizeBytes: number, etag: string): ByteRange | 'outside' | undefined {
  const header = c.req.header('range');
  const condition = c.req.header('if-range');
  if (header === undefined || (condition !== undefined && condition !== etag)) return undefined;
  return parseRange(header, sizeBytes);
}

export function parseRange(header: string, sizeBytes: number): ByteRange | 'outside' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header.trim());
  const [, first, last] = match ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const suffix = Math.min(Number(last), sizeBytes);
    return suffix === 0 ? 'outside' : { start: sizeBytes - suffix, end: sizeBytes };
  }
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= sizeBytes ? 'outside' : { start, end };
}

/** Pulled by the socket, so a slow reader slows the tier and not the memory. */
function asStream(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const chunks = bytes[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = await chunks.next();
        if (next.done) controller.close();
        else controller.enqueue(next.value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
