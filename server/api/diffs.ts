// What differs between two commits of a project, in path order.
import { z } from 'zod';
import { type ApiDifference, type ApiVersion, diffPageSchema } from '../../core/api/diff.ts';
import { pageQuery } from '../../core/api/page.ts';
import type { Difference, DiffTotals } from '../../core/history/diff-page.ts';
import { unreachable } from '../../core/model/assert.ts';
import { type Entry, isFile } from '../../core/model/entry.ts';
import { projectNameSchema, shaSchema } from '../../core/model/ids.ts';
import { relPathSchema } from '../../core/model/rel-path.ts';
import { existing, json, operation, operations } from './operation.ts';
import { noCommit, notKept } from './past.ts';

export const diffOperations = () =>
  operations().openapi(
    operation(
      'read',
      {
        method: 'get',
        path: '/projects/{project}/diff',
        operationId: 'getDiff',
        summary: 'What differs between two commits',
        tags: ['History'],
        request: {
          params: z.object({ project: projectNameSchema }),
          query: z.object({
            ...pageQuery,
            cursor: relPathSchema.optional().meta({ description: '`next` of the page before' }),
            from: shaSchema,
            to: shaSchema.optional().meta({ description: 'absent: what is current' }),
          }),
        },
      },
      { 200: json(diffPageSchema, 'A page of what differs') },
    ),
    async (c) => {
      const { project } = c.req.valid('param');
      const { from, to, cursor, limit } = c.req.valid('query');
      const { queries, history } = c.get('services');
      const { commitSha } = existing(project, await queries.project(project));
      const until = to ?? commitSha ?? from;
      const page = await history.diff(project, { from, to: until }, { after: cursor, limit });
      if ('kind' in page) {
        const isFrom = page.kind === 'no-commit' && !(await history.commit(project, from));
        const [commit, field] = isFrom ? [from, 'query.from'] : [until, 'query.to'];
        throw page.kind === 'not-kept' ? notKept(project, from, 'query') : noCommit(project, commit, field);
      }
      const totals = page.totals ? totalsShown(page.totals) : null;
      return c.json({ items: page.changes.map(differenceShown), next: page.next ?? null, totals }, 200);
    },
  );

function differenceShown(one: Difference): ApiDifference {
  switch (one.kind) {
    case 'added':
      return { kind: 'added', path: one.entry.path, now: versionShown(one.entry) };
    case 'updated':
      return { kind: 'updated', path: one.entry.path, now: versionShown(one.entry), was: versionShown(one.was) };
    case 'removed':
      return { kind: 'removed', path: one.was.path, was: versionShown(one.was) };
    case 'moved':
      return { kind: 'moved', path: one.entry.path, from: one.was.path, now: versionShown(one.entry) };
    default:
      return unreachable(one);
  }
}

function versionShown(entry: Entry): ApiVersion {
  if (!isFile(entry)) return { dir: true, mode: entry.mode };
  const { sha, size, mode, mtime } = entry;
  return { sha, size, mode, mtime };
}

const totalsShown = ({ putBytes, goneBytes, ...counts }: DiffTotals) => ({
  ...counts,
  put_bytes: putBytes,
  gone_bytes: goneBytes,
});
