// The bytes of a project's files, as they are now or were at a commit, as a download or to be looked at in a page. A name
// changes its content with time, so the address is revalidated. Only a download brings what is in cold back to hot.
import { type Context, Hono } from 'hono';
import { attachment } from '../core/model/attachment.ts';
import { projectNameSchema, shaSchema } from '../core/model/ids.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { FileDetail } from './file-view.ts';
import { isShown } from './preview.ts';
import { LINK_NOT_KEPT, linkTo, sendBytes, sentFile } from './send-bytes.ts';

export const downloadRoutes = new Hono<AppEnv>()
  .get('/p/:project/download', async (c) => {
    const detail = await addressedFile(c);
    const link = await linkTo(c, sentFile(detail));
    if (link !== undefined) return new Response(null, { status: 307, headers: { location: link, ...LINK_NOT_KEPT } });
    return sendBytes(c, sentFile(detail), {
      'content-type': detail.mime,
      'content-disposition': attachment(detail.file.name),
      'cache-control': 'private, no-cache',
    });
  })
  .get('/p/:project/preview', async (c) => {
    const detail = await addressedFile(c);
    if (!isShown(detail)) throw new NotFoundError('This file has no preview.');
    const exact = c.req.query('sha') === detail.file.sha;
    const about = {
      'content-type': detail.mime,
      'content-disposition': 'inline',
      'cache-control': exact ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    };
    return sendBytes(c, sentFile(detail), about, 'look');
  })
  // Whatever it is, a browser is told that it is plain text, and that no guess of its own is wanted.
  .get('/p/:project/text', async (c) => {
    const about = {
      'content-type': 'text/plain; charset=utf-8',
      'content-disposition': 'inline',
      'cache-control': 'private, no-cache',
    };
    return sendBytes(c, sentFile(await addressedFile(c)), about, 'look');
  });

async function addressedFile(c: Context<AppEnv>): Promise<FileDetail> {
  const project = projectNameSchema.safeParse(c.req.param('project'));
  const path = relPathSchema.safeParse(c.req.query('path') ?? '');
  const commit = c.req.query('commit');
  const { queries, history } = c.get('services');
  if (project.success && path.success && commit !== undefined) {
    const sha = shaSchema.safeParse(commit);
    const at = sha.success ? await history.fileAt(project.data, path.data, sha.data) : undefined;
    if (at?.kind === 'file') return at.detail;
    throw new NotFoundError(
      at?.kind === 'not-kept'
        ? 'What the project held at that commit is not kept any more, by its retention policy.'
        : 'There was no such file at that commit.',
    );
  }
  const detail = project.success && path.success ? await queries.file(project.data, path.data) : undefined;
  if (!detail) throw new NotFoundError('There is no such file. It may have been moved or deleted.');
  return detail;
}
