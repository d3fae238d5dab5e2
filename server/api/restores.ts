// Brings a project, a directory or a file back to what it was: says what that would do, or has a job do it.
import { z } from 'zod';
import type { RestoreView } from '../../app/history-view.ts';
import { jobAskedSchema } from '../../core/api/job.ts';
import { type ApiRestorePlan, newRestoreSchema, restorePlanSchema } from '../../core/api/restore.ts';
import { projectNameSchema } from '../../core/model/ids.ts';
import type { JobTask } from '../../core/model/job.ts';
import { body, existing, json, operation, operations } from './operation.ts';
import { noCommit, notKept } from './past.ts';
import { asked } from './project-jobs.ts';

export const restoreOperations = () =>
  operations().openapi(
    operation(
      'write',
      {
        method: 'post',
        path: '/projects/{project}/restore',
        operationId: 'restore',
        summary: 'Bring back what was at a commit',
        description:
          'By a commit of its own: history only grows. With `dry_run` it answers with what would come, change and go; with the digest of that as `plan`, exactly that is done or nothing.',
        tags: ['History'],
        request: { params: z.object({ project: projectNameSchema }), body: body(newRestoreSchema) },
      },
      {
        200: json(restorePlanSchema, 'What it would do'),
        202: json(jobAskedSchema, 'The job; GET jobs/{job} says how far it is'),
      },
    ),
    async (c) => {
      const { project } = c.req.valid('param');
      const { to, path, plan, dry_run } = c.req.valid('json');
      const { queries, history } = c.get('services');
      existing(project, await queries.project(project));
      const found = await history.restorePlan(project, to, path ?? '');
      if (found.kind === 'no-commit') throw noCommit(project, to, 'body.to');
      if (found.kind === 'not-kept') throw notKept(project, to, 'body.to');
      if (dry_run) return c.json(planShown(found), 200);
      const below = path === undefined ? {} : { prefix: path };
      const task: JobTask = { kind: 'restore', project, to, ...below, ...(plan !== undefined && { plan }) };
      return c.json(await asked(c, task, { dry_run: false }), 202);
    },
  );

function planShown({ to, digest, isMore, listed, onlyCold, lost, ...view }: RestoreView): ApiRestorePlan {
  const { added, updated, removed, putBytes, goneBytes } = view;
  return {
    to: to.sha,
    digest,
    ...{ added, updated, removed, put_bytes: putBytes, gone_bytes: goneBytes },
    is_more: isMore,
    paths: listed.map(({ kind, path, sizeBytes }) => ({ kind, path, size: sizeBytes ?? null })),
    only_cold: { ...onlyCold },
    lost: [...lost],
  };
}
