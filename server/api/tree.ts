// The tree of a project: a directory at a time, or what a search finds in all of it.
import { z } from 'zod';
import type { FileRow } from '../../app/file-view.ts';
import { type ApiTreeRow, treePageSchema, treeQuerySchema } from '../../core/api/tree.ts';
import { projectNameSchema } from '../../core/model/ids.ts';
import { existing, json, operation, operations } from './operation.ts';

export const treeOperations = () =>
  operations().openapi(
    operation(
      'read',
      {
        method: 'get',
        path: '/projects/{project}/tree',
        operationId: 'listTree',
        summary: 'List a directory, or search all paths',
        description: 'Rows come in the byte order of their paths. A directory that is not there is an empty page.',
        tags: ['Files'],
        request: { params: z.object({ project: projectNameSchema }), query: treeQuerySchema },
      },
      { 200: json(treePageSchema, 'A page of files and directories') },
    ),
    async (c) => {
      const { project } = c.req.valid('param');
      const { prefix, q, cursor, limit } = c.req.valid('query');
      const { queries } = c.get('services');
      const from = { limit, ...(cursor !== undefined && { cursor }) };
      if (q !== undefined) {
        const found = existing(project, await queries.search(project, { text: q, ...from }));
        const searched = found.indexed ?? null;
        return c.json({ items: found.rows.map(rowShown), next: found.next ?? null, listed: null, searched }, 200);
      }
      const { rows, next, commitSha, files, bytes } = existing(
        project,
        await queries.files(project, { prefix, ...from }),
      );
      const listed = { commit: commitSha, files, bytes };
      return c.json({ items: rows.map(rowShown), next: next ?? null, listed, searched: null }, 200);
    },
  );

function rowShown(row: FileRow): ApiTreeRow {
  if (row.kind === 'dir') {
    const { kind, path, name, files, bytes } = row;
    return { kind, path, name, files, bytes };
  }
  const { kind, path, name, sha, sizeBytes, mode, modifiedAt, tiers } = row;
  return { kind, path, name, sha, size: sizeBytes, mode, mtime: modifiedAt, hot: tiers.hot, cold: tiers.cold !== null };
}
