// Commits: made of many changes at once, listed, and shown.
import { z } from 'zod';
import type { FileOp } from '../../app/file-commands.ts';
import type { CommitView } from '../../app/history-view.ts';
import {
  type ApiCommit,
  type ApiCommitOp,
  commitDoneSchema,
  commitPageSchema,
  commitViewSchema,
  newCommitSchema,
} from '../../core/api/commit.ts';
import { pageQuery } from '../../core/api/page.ts';
import { unreachable } from '../../core/model/assert.ts';
import { isoTime } from '../../core/model/clock.ts';
import { projectNameSchema, shaSchema } from '../../core/model/ids.ts';
import { relPathSchema } from '../../core/model/rel-path.ts';
import { committed } from './committed.ts';
import { etagOf, ifMatchSchema, stateFor } from './etag.ts';
import { body, existing, json, operation, operations } from './operation.ts';
import { foreignObject } from './own-objects.ts';
import { noCommit } from './past.ts';
import { principalOf } from './who-asks.ts';

const tags = ['History'];
const params = z.object({ project: projectNameSchema });

export const commitOperations = () =>
  operations()
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/commits',
          operationId: 'createCommit',
          summary: 'Change files, all at once or not at all',
          description:
            'The bytes of files come first, by PUT /api/v1/objects/{sha} or an upload; a token for some projects names those that it has sent itself within a day, or that the file has. Without If-Match the ops are done on whatever is current.',
          tags,
          request: {
            params,
            headers: z.object({
              'if-match': ifMatchSchema.optional().meta({ description: 'only if this is the current commit' }),
            }),
            body: body(newCommitSchema),
          },
        },
        { 200: json(commitDoneSchema, 'What is current now, and what it took') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { ops, message } = c.req.valid('json');
        const { queries } = c.get('services');
        const current = async () => existing(project, await queries.project(project)).commitSha ?? undefined;
        const said = c.req.valid('header')['if-match'];
        const ifMatch = said && (await stateFor(said, current));
        const asked = { project, ops: ops.map(fileOpOf), message, ifMatch };
        const foreign = await foreignObject(c, project, asked.ops);
        const outcome = foreign
          ? ({ kind: 'op-refused', ...foreign } as const)
          : await c.get('services').fileCommands.commit(principalOf(c).actor, asked);
        const done = committed(outcome, project, (op, about) => `body.ops.${op}.${fieldIn(ops[op], about)}`);
        c.header('etag', etagOf(done.commit));
        return c.json(done, 200);
      },
    )
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/projects/{project}/commits',
          operationId: 'listCommits',
          summary: 'List what was changed, newest first',
          tags,
          request: {
            params,
            query: z.object({
              ...pageQuery,
              cursor: shaSchema.optional().meta({ description: '`next` of the page before, or any commit' }),
              path: relPathSchema
                .optional()
                .meta({ description: 'only what changed it or something below it; a page may have none and go on' }),
            }),
          },
        },
        { 200: json(commitPageSchema, 'A page of commits') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { cursor, limit, path } = c.req.valid('query');
        const { queries, history } = c.get('services');
        const asked = { limit, from: cursor, ...(path !== undefined && { under: path }) };
        const page = await history.commits(project, asked);
        if (!page) {
          existing(project, await queries.project(project));
          throw noCommit(project, cursor, 'query.cursor');
        }
        return c.json({ items: page.commits.map(commitShown), next: page.next ?? null }, 200);
      },
    )
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/projects/{project}/commits/{commit}',
          operationId: 'getCommit',
          summary: 'Who changed what, and when',
          tags,
          request: { params: params.extend({ commit: shaSchema }) },
        },
        { 200: json(commitViewSchema, 'The commit') },
      ),
      async (c) => {
        const { project, commit } = c.req.valid('param');
        const { queries, history } = c.get('services');
        const found = await history.commit(project, commit);
        if (found) return c.json(commitShown(found), 200);
        existing(project, await queries.project(project));
        throw noCommit(project, commit, 'path.commit');
      },
    );

function fileOpOf(one: ApiCommitOp): FileOp {
  switch (one.op) {
    case 'put': {
      const { path, sha, size, mode, mtime, seen } = one;
      return { kind: 'put', path, sha, sizeBytes: size, mode, modifiedAt: mtime, seen };
    }
    case 'mkdir':
      return { kind: 'directory', path: one.path };
    case 'delete':
      return { kind: 'delete', path: one.path, seen: one.seen };
    case 'move':
      return { kind: 'move', from: one.from, to: one.to, replace: one.replace };
    default:
      return unreachable(one);
  }
}

const fieldIn = (op: ApiCommitOp | undefined, about: 'path' | 'sha' | 'size'): string =>
  about === 'path' && op?.op === 'move' ? 'to' : about;

function commitShown(view: CommitView): ApiCommit {
  const { sha, parent, at, actor, message, counts, files, bytes, conflicts, unlistedConflicts, isKept } = view;
  return {
    commit: sha,
    parent: parent ?? null,
    at: isoTime(at),
    actor,
    message: message ?? null,
    counts,
    files,
    bytes,
    conflicts: conflicts.map(({ path, kept }) => ({ path, kept: kept ?? null })),
    unlisted_conflicts: unlistedConflicts,
    is_kept: isKept,
  };
}
