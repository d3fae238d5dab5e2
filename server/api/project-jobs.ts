// What is done with a project's storage: each asks for a job, or for its plan first.
import type { Context } from 'hono';
import { z } from 'zod';
import {
  archiveSchema,
  deactivateSchema,
  evictSchema,
  jobAskedSchema,
  promoteSchema,
  repairSchema,
} from '../../core/api/job.ts';
import { projectNameSchema } from '../../core/model/ids.ts';
import type { Job, JobTask } from '../../core/model/job.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { ApiEnv } from './api-env.ts';
import { body, json, operation, operations } from './operation.ts';
import { done } from './refused.ts';
import { actorOf } from './who-asks.ts';

const tags = ['Storage'];
const params = z.object({ project: projectNameSchema });
const accepted = { 202: json(jobAskedSchema, 'The job; GET jobs/{job} says how far it is') };

export const projectJobOperations = () =>
  operations()
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/promote',
          operationId: 'promote',
          summary: 'Bring what is only in cold back to hot',
          tags,
          request: { params, body: body(promoteSchema) },
        },
        accepted,
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { mode, path, dry_run } = c.req.valid('json');
        return c.json(await asked(c, { kind: 'promote', project, mode, ...below(path) }, { dry_run }), 202);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/archive',
          operationId: 'archive',
          summary: 'Copy to cold what is not proven there yet',
          description: 'It also happens by itself.',
          tags,
          request: { params, body: body(archiveSchema) },
        },
        accepted,
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { path, dry_run } = c.req.valid('json');
        return c.json(await asked(c, { kind: 'archive', project, ...below(path) }, { dry_run }), 202);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/evict',
          operationId: 'evict',
          summary: 'Drop from hot what is proven in cold',
          description: 'Files on nodes stay. Unless asked otherwise it only plans.',
          tags,
          request: { params, body: body(evictSchema) },
        },
        accepted,
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { path, dry_run, at_most } = c.req.valid('json');
        const task: JobTask = { kind: 'evict', by: 'hand', project, ...below(path) };
        return c.json(await asked(c, task, { dry_run, at_most }), 202);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/deactivate',
          operationId: 'deactivate',
          summary: 'Archive a project, and take it off its nodes and out of hot',
          description: 'The first read brings it back. Unless asked otherwise it only plans.',
          tags,
          request: { params, body: body(deactivateSchema) },
        },
        accepted,
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        return c.json(await asked(c, { kind: 'deactivate', project }, c.req.valid('json')), 202);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/projects/{project}/repair',
          operationId: 'repair',
          summary: 'Read every object again, and heal what is damaged',
          description: 'From the other tier, or from a node that has it.',
          tags,
          request: { params, body: body(repairSchema) },
        },
        accepted,
      ),
      async (c) => {
        const { project } = c.req.valid('param');
        const { path, dry_run } = c.req.valid('json');
        return c.json(await asked(c, { kind: 'repair', project, ...below(path) }, { dry_run }), 202);
      },
    );

const below = (prefix: RelPath | undefined) => (prefix === undefined ? {} : { prefix });

export async function asked(
  c: Context<ApiEnv>,
  task: JobTask,
  { dry_run: dryRun, at_most: seen }: { readonly dry_run: boolean; readonly at_most?: Job['seen'] },
) {
  const outcome = done(await c.get('services').jobCommands.start(actorOf(c), task, { dryRun, seen }));
  return toldOf(c, outcome);
}

export function toldOf(c: Context<ApiEnv>, { kind, id }: { readonly kind: string; readonly id: string }) {
  c.header('location', `/api/v1/jobs/${id}`);
  return { job: id, new: kind === 'job-asked' };
}
