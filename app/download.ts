// The bytes of a project's files, as a download or as a preview. A name changes its content with time, so the address is
// revalidated.
import { type Context, Hono } from 'hono';
import { attachment } from '../core/model/attachment.ts';
import { projectNameSchema } from '../core/model/ids.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import type { AppEnv } from './context.ts';
import { NotFoundError } from './error-page.tsx';
import type { FileDetail } from './file-view.ts';
import { isShownImage } from './preview.ts';
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
    if (!isShownImage(detail.mime, detail.file.sizeBytes)) throw new NotFoundError('This file has no preview.');
    const exact = c.req.query('sha') === detail.file.sha;
    return sendBytes(c, sentFile(detail), {
      'content-type': detail.mime,
      'content-disposition': 'inline',
      'cache-control': exact ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    });
  });

async function addressedFile(c: Context<AppEnv>): Promise<FileDetail> {
  const project = projectNameSchema.safeParse(c.req.param('project'));
  const path = relPathSchema.safeParse(c.req.query('path') ?? '');
  const detail =
    project.success && path.success ? await c.get('services').queries.file(project.data, path.data) : undefined;
  if (!detail) throw new NotFoundError('There is no such file. It may have been moved or deleted.');
  return detail;
}
