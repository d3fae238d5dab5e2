// The files of a project by their path, as they are now or were at a commit.
import type { Context } from 'hono';
import { z } from 'zod';
import type { FileDetail } from '../../app/file-view.ts';
import { sentFile } from '../../app/send-bytes.ts';
import { attachment } from '../../core/model/attachment.ts';
import { type ProjectName, projectNameSchema, type Sha, shaSchema } from '../../core/model/ids.ts';
import { type RelPath, relPathSchema } from '../../core/model/rel-path.ts';
import { asHead, atAnyDepth } from './any-depth.ts';
import type { ApiEnv } from './api-env.ts';
import { contentAnswers, contentHeaders, sendContents } from './contents.ts';
import { existing, operation, operations } from './operation.ts';
import { noCommit, notKept } from './past.ts';
import { ApiProblem } from './problem.ts';

const tags = ['Files'];
const params = z.object({
  project: projectNameSchema,
  path: relPathSchema.meta({ description: 'its slashes may be escaped or not', example: 'docs/a.md' }),
});

const getFile = operation(
  'read',
  {
    method: 'get',
    path: '/projects/{project}/files/{path}',
    operationId: 'getFile',
    summary: 'The bytes of a file',
    description:
      'Streamed from any tier. `Content-Disposition` has the file’s own name, `fs-mode` its permission bits in octal digits, `fs-mtime` its time in milliseconds since 1970.',
    tags,
    request: {
      params,
      headers: contentHeaders,
      query: z.object({ commit: shaSchema.optional().meta({ description: 'as it was then; absent: as it is' }) }),
    },
  },
  contentAnswers,
);

export function fileOperations() {
  const app = operations();
  atAnyDepth(app, getFile, async (c) => {
    const { project, path } = c.req.valid('param');
    const detail = await fileAt(c, project, path, c.req.valid('query').commit);
    return sendContents(c, sentFile(detail), {
      'content-type': detail.mime,
      'content-disposition': attachment(detail.file.name),
      'fs-mode': detail.file.mode.toString(8),
      'fs-mtime': String(detail.file.modifiedAt),
    });
  });
  asHead(app, getFile, 'headFile');
  return app;
}

async function fileAt(
  c: Context<ApiEnv>,
  project: ProjectName,
  path: RelPath,
  commit: Sha | undefined,
): Promise<FileDetail> {
  const { queries, history } = c.get('services');
  if (commit === undefined) {
    const detail = await queries.file(project, path);
    if (detail) return detail;
    existing(project, await queries.project(project));
    throw noFile(project, path);
  }
  existing(project, await queries.project(project));
  const at = await history.fileAt(project, path, commit);
  switch (at.kind) {
    case 'file':
      return at.detail;
    case 'none':
      throw new ApiProblem('no-file', `${project} had no file ${path} at ${commit}.`, { field: 'path.path' });
    case 'no-commit':
      throw noCommit(project, commit, 'query.commit');
    case 'not-kept':
      throw notKept(project, commit, 'query.commit');
  }
}

const noFile = (project: ProjectName, path: RelPath) =>
  new ApiProblem('no-file', `${project} has no file ${path}.`, {
    field: 'path.path',
    next: `GET /api/v1/projects/${project}/tree lists what there is.`,
  });
