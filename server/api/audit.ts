// Who did what, from the log that cannot be changed unseen.
import { z } from 'zod';
import { auditFilter, auditPageViewSchema } from '../../core/api/audit.ts';
import { pageQuery } from '../../core/api/page.ts';
import { json, operation, operations } from './operation.ts';

const seqCursor = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, 'is no cursor: give `next` of the page before')
  .optional()
  .meta({ description: '`next` of the page before' });

export const auditOperations = () =>
  operations().openapi(
    operation(
      'admin',
      {
        method: 'get',
        path: '/audit',
        operationId: 'listAudit',
        summary: 'Who did what, the newest first',
        description: 'A page of a filter may have few entries, or none, and more to come: `next` says so.',
        tags: ['Audit'],
        request: { query: z.object({ ...pageQuery, cursor: seqCursor, ...auditFilter }) },
      },
      { 200: json(auditPageViewSchema, 'A page of the log') },
    ),
    async (c) => {
      const { cursor, limit, since, ...filter } = c.req.valid('query');
      const { entries, next } = await c.get('services').audit.page({
        ...{ ...filter, limit, before: cursor === undefined ? undefined : Number(cursor) },
        since: since === undefined ? undefined : Date.parse(since),
      });
      const items = entries.map(({ seq, ts, actor, action, scope, asked, outcome, prev, hash }) => ({
        ...{ seq, at: ts, actor, action, scope, asked: asked ?? null, outcome, prev, hash },
      }));
      return c.json({ items, next: next === undefined ? null : String(next) }, 200);
    },
  );
