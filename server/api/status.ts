// Why a project, a file or a node's part is not in sync, and the look anew that people ask nodes for.
import { z } from 'zod';
import { loadWhy } from '../../app/why-load.ts';
import { resyncAskedSchema, resyncAskSchema } from '../../core/api/node.ts';
import { type ApiWhy, statusQuery, statusSchema } from '../../core/api/status.ts';
import { projectNameSchema } from '../../core/model/ids.ts';
import type { Fix, Why } from '../../core/model/why.ts';
import { workspaceShown } from './node-shown.ts';
import { body, existing, json, operation, operations } from './operation.ts';
import { isoOrNull } from './page.ts';
import { done } from './refused.ts';
import { actorOf } from './who-asks.ts';

const tags = ['Projects'];
const params = z.object({ project: projectNameSchema });

export const statusOperations = () =>
  operations()
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/projects/{project}/status',
          operationId: 'getStatus',
          summary: 'Why a project or a file is not in sync, and what mends it',
          tags,
          request: { params, query: z.object(statusQuery) },
        },
        { 200: json(statusSchema, 'How it is') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { path, node } = c.req.valid('query');
        const services = c.get('services');
        const now = existing(project, await loadWhy(services, { project, path, node }));
        const nodes = now.rows?.map((row) => ({
          node: row.node,
          why: whyShown(row.why),
          has: row.has?.kind ?? null,
          workspace: workspaceShown(row.workspace),
        }));
        return c.json(
          {
            ...{ project, path: path ?? null, commit: now.project.commitSha, sha: now.file?.file.sha ?? null },
            ...{ why: whyShown(now.first.why), storage: whyShown(now.storage) },
            ...{ server: services.queries.trouble()?.sentence ?? null, verified_at: isoOrNull(now.verifiedAt) },
            nodes: nodes ?? null,
          },
          200,
        );
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/resync',
          operationId: 'resync',
          summary: 'Have nodes compare their directories with the project anew',
          description: 'Each node says what it found in `resync` of its workspace.',
          tags,
          request: { params, body: body(resyncAskSchema) },
        },
        { 202: json(resyncAskedSchema, 'Who was asked') },
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { path, node } = c.req.valid('json');
        const wanted = { project, ...(path !== undefined && { path }), ...(node !== undefined && { node }) };
        const outcome = done(await c.get('services').projectCommands.resync(actorOf(c), wanted));
        return c.json({ nodes: [...outcome.nodes] }, 202);
      },
    );

const whyShown = ({ isFine, sentence, fix }: Why): ApiWhy => ({
  ...{ fine: isFine, sentence, fix: fix ? fixShown(fix) : null },
});

function fixShown(fix: Fix): NonNullable<ApiWhy['fix']> {
  switch (fix.kind) {
    case 'restore':
      return { kind: fix.kind, question: fix.question.id };
    case 'job':
      return { kind: fix.kind, job: fix.job };
    case 'command':
      return { kind: fix.kind, command: fix.command };
    default:
      return { kind: fix.kind };
  }
}
