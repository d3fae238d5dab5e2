// The files of a project by their path, as they are now or were at a commit.
import type { Context } from 'hono';
import { z } from 'zod';
import type { FileOp } from '../../app/file-commands.ts';
import type { FileDetail } from '../../app/file-view.ts';
import { sentFile } from '../../app/send-bytes.ts';
import { commitDoneSchema, filePutSchema, fileQuery } from '../../core/api/commit.ts';
import { attachment } from '../../core/model/attachment.ts';
import { type ProjectName, projectNameSchema, type Sha, shaSchema } from '../../core/model/ids.ts';
import { type RelPath, relPathSchema } from '../../core/model/rel-path.ts';
import { asHead, atAnyDepth } from './any-depth.ts';
import type { ApiEnv } from './api-env.ts';
import { committed } from './committed.ts';
import { contentAnswers, contentHeaders, sendContents } from './contents.ts';
import { etagOf, type IfMatch, ifMatchSchema, stateFor } from './etag.ts';
import { bytesBody, incoming } from './incoming.ts';
import { existing, json, operation, operations } from './operation.ts';
import { noteOwn } from './own-objects.ts';
import { noCommit, notKept } from './past.ts';
import { ApiProblem } from './problem.ts';
import { principalOf } from './who-asks.ts';

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

const conditions = z.object({
  'if-match': ifMatchSchema.optional().meta({ description: 'only if the file is this still' }),
});

const putFile = operation(
  'write',
  {
    method: 'put',
    path: '/projects/{project}/files/{path}',
    operationId: 'putFile',
    summary: 'Write one file',
    description:
      'Bytes and commit in one. Directories above it come by themselves. Many files cost less in one commit: POST /api/v1/projects/{project}/commits.',
    tags,
    request: {
      params,
      query: z.object(fileQuery),
      headers: conditions.extend({
        'if-none-match': z.literal('*').optional().meta({ description: 'only if there is nothing' }),
      }),
      body: bytesBody('the bytes of the file'),
    },
  },
  { 200: json(filePutSchema, 'It is written') },
);

const deleteFile = operation(
  'write',
  {
    method: 'delete',
    path: '/projects/{project}/files/{path}',
    operationId: 'deleteFile',
    summary: 'Delete a file, or a directory with all below it',
    description: 'What is absent already is fine. It stays in history. If-Match is for one file.',
    tags,
    request: { params, headers: conditions, query: z.object({ message: fileQuery.message }) },
  },
  { 200: json(commitDoneSchema, 'It is gone') },
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
  atAnyDepth(app, putFile, async (c) => {
    const { project, path } = c.req.valid('param');
    const { mode, mtime, message } = c.req.valid('query');
    const header = c.req.valid('header');
    existing(project, await c.get('services').queries.project(project));
    const { sha, sizeBytes } = await c.get('services').fileCommands.storeBytes(incoming(c));
    await noteOwn(c, sha);
    const seen =
      (await seenBy(c, project, path, header['if-match'])) ?? (header['if-none-match'] ? 'absent' : undefined);
    const op: FileOp = { kind: 'put', path, sha, sizeBytes, mode, modifiedAt: mtime, seen };
    const done = await commitOne(c, project, op, message);
    c.header('etag', etagOf(sha));
    return c.json({ ...done, sha, size: sizeBytes }, 200);
  });
  atAnyDepth(app, deleteFile, async (c) => {
    const { project, path } = c.req.valid('param');
    const seen = await seenBy(c, project, path, c.req.valid('header')['if-match']);
    const op: FileOp = { kind: 'delete', path, seen };
    return c.json(await commitOne(c, project, op, c.req.valid('query').message), 200);
  });
  return app;
}

async function seenBy(
  c: Context<ApiEnv>,
  project: ProjectName,
  path: RelPath,
  said: IfMatch | undefined,
): Promise<Sha | undefined> {
  return said && stateFor(said, async () => (await c.get('services').queries.file(project, path))?.file.sha);
}

/** With a condition it is done only where that holds. */
async function commitOne(
  c: Context<ApiEnv>,
  project: ProjectName,
  op: Extract<FileOp, { kind: 'put' | 'delete' }>,
  message: string | undefined,
) {
  const { queries, fileCommands } = c.get('services');
  const onlySeen = op.seen === undefined ? undefined : true;
  const outcome = await fileCommands.commit(principalOf(c).actor, { project, ops: [op], message, onlySeen });
  if (outcome.kind !== 'commit-moved') return committed(outcome, project, () => 'path.path');
  const now = (await queries.file(project, op.path))?.file.sha;
  throw new ApiProblem('precondition-failed', `${op.path} ${now ? `is ${now}` : 'is no file'} now.`, {
    field: op.seen === 'absent' ? 'header.if-none-match' : 'header.if-match',
    next: 'Look at what it is now, and ask again.',
    ...(now && { current: now }),
  });
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
