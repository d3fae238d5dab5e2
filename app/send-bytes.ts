// Sends the bytes of a file, streamed from any tier: whole or a range, resumable, and safe whatever the name or the content
// is. Its ETag is the sha.
import type { HonoRequest } from 'hono';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { ByteRange } from '../core/store/object-store.ts';
import type { AppServices } from './context.ts';
import type { FileDetail } from './file-view.ts';
import { CONTENT_POLICY } from './security.ts';

/** What is to be answered: a page's, or a program's. */
export interface Asked {
  readonly req: Pick<HonoRequest, 'method' | 'header'>;
  get(key: 'services'): Pick<AppServices, 'queries'>;
}

/** What is sent. */
export interface SentFile extends SentObject {
  /** whose file it is */
  readonly project: ProjectName;
  readonly name: string;
  /** milliseconds since 1970 */
  readonly modifiedAt: number;
  readonly mime: string;
}

/** Bytes by their sha alone belong to no project, and have no name and no date. */
export interface SentObject {
  readonly project?: ProjectName;
  readonly sha: Sha;
  readonly sizeBytes: number;
  readonly modifiedAt?: number;
}

export const sentFile = ({ project, file, mime }: FileDetail): SentFile => ({
  project,
  sha: file.sha,
  name: file.name,
  sizeBytes: file.sizeBytes,
  modifiedAt: file.modifiedAt,
  mime,
});

/** A link is good for a while only, and for what the file is now: the next one asks again. */
export const LINK_NOT_KEPT = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

/** Where a browser gets the bytes by itself. A HEAD is answered here, because a link is signed for one method; and who has the
 *  bytes needs none.
 *  @param forSeconds  it ends by then */
export async function linkTo(c: Asked, file: SentFile, forSeconds?: number): Promise<string | undefined> {
  if (c.req.method !== 'GET' || matches(c.req.header('if-none-match'), etagOf(file))) return undefined;
  return c.get('services').queries.link(file, forSeconds);
}

const etagOf = ({ sha }: SentObject): string => `"${sha}"`;

/** @param about  headers that say what it is, and how it may be kept
 *  @param how  who only looks at it brings nothing back to hot */
export async function sendBytes(
  c: Asked,
  file: SentObject,
  about: Readonly<Record<string, string>>,
  how: 'use' | 'look' = 'use',
): Promise<Response> {
  const { sha, sizeBytes, modifiedAt, project } = file;
  const etag = etagOf(file);
  const headers: Record<string, string> = {
    ...about,
    etag,
    ...(modifiedAt !== undefined && { 'last-modified': new Date(modifiedAt).toUTCString() }),
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
  const { queries } = c.get('services');
  const { bytes } = await (how === 'use'
    ? queries.read(sha, project, wanted)
    : queries.peek(sha, wanted ?? { start: 0, end: sizeBytes }));
  return new Response(asStream(bytes), { status, headers });
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*');
}

/** One range is honoured; several, or one that makes no sense, is answered with the whole, as RFC 9110 allows. */
function rangeOf(c: Asked, sizeBytes: number, etag: string): ByteRange | 'outside' | undefined {
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
