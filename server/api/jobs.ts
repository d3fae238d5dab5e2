// Jobs: listed, shown, stopped, done again; those on all projects; and what the archiver gave up on.
import type { Context } from 'hono';
import { z } from 'zod';
import type { JobView } from '../../app/job-view.ts';
import {
  type ApiJob,
  deadLettersSchema,
  jobAskedSchema,
  jobFilter,
  jobPageSchema,
  jobViewSchema,
  retryDeadSchema,
  upkeepSchema,
} from '../../core/api/job.ts';
import { pageQuery } from '../../core/api/page.ts';
import { isoTime } from '../../core/model/clock.ts';
import { projectNameSchema } from '../../core/model/ids.ts';
import { type JobTask, jobIdSchema, projectOf } from '../../core/model/job.ts';
import type { ApiEnv } from './api-env.ts';
import { body, json, operation, operations } from './operation.ts';
import { asked, toldOf } from './project-jobs.ts';
import { done, refused } from './refused.ts';
import { actorOf, principalOf, requireOwn, seesProject } from './who-asks.ts';

const tags = ['Jobs'];
const params = z.object({ job: jobIdSchema });
const accepted = { 202: json(jobAskedSchema, 'The job; GET jobs/{job} says how far it is') };

export const jobOperations = () =>
  operations()
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/jobs',
          operationId: 'listJobs',
          summary: 'List jobs, the newest first',
          description: 'Of plans and failures a list has the counts; GET jobs/{job} has what they name.',
          tags,
          request: { query: z.object({ ...pageQuery, ...jobFilter, project: projectNameSchema.optional() }) },
        },
        { 200: json(jobPageSchema, 'A page of jobs') },
      ),
      async (c) => {
        const { cursor: before, ...filter } = c.req.valid('query');
        requireOwn(c, filter.project, 'query.project');
        const { jobs, next } = await c.get('services').queries.jobs({ ...filter, before });
        return c.json({ items: jobs.map(jobShown), next: next ?? null }, 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/jobs',
          operationId: 'startJob',
          summary: 'Start a job on all projects',
          tags,
          request: { body: body(upkeepSchema) },
        },
        accepted,
      ),
      async (c) => {
        const wanted = c.req.valid('json');
        const told =
          wanted.kind === 'scrub'
            ? await asked(c, { kind: 'scrub', share: wanted.share }, { dry_run: false })
            : await asked(c, { kind: wanted.kind }, wanted);
        return c.json(told, 202);
      },
    )
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/jobs/{job}',
          operationId: 'getJob',
          summary: 'A job, and how far it is',
          tags,
          request: { params },
        },
        { 200: json(jobViewSchema, 'The job') },
      ),
      async (c) => {
        return c.json(jobShown(await ownJob(c, c.req.valid('param').job)), 200);
      },
    )
    .openapi(
      operation(
        { scope: 'write', projects: 'own' },
        {
          method: 'post',
          path: '/jobs/{job}/cancel',
          operationId: 'cancelJob',
          summary: 'Stop a job',
          description: 'One that runs ends after the step that it is at; what it did stays done.',
          tags,
          request: { params },
        },
        { 200: json(z.strictObject({ state: z.enum(['cancelled', 'stopping']) }).meta({ id: 'JobCancelled' }), 'So') },
      ),
      async (c) => {
        const { job } = await ownJob(c, c.req.valid('param').job);
        const { kind } = done(await c.get('services').jobCommands.cancel(actorOf(c), job.id));
        return c.json({ state: kind === 'job-cancelled' ? ('cancelled' as const) : ('stopping' as const) }, 200);
      },
    )
    .openapi(
      operation(
        { scope: 'write', projects: 'own' },
        {
          method: 'post',
          path: '/jobs/{job}/retry',
          operationId: 'retryJob',
          summary: 'Do again what failed of a job',
          tags,
          request: { params },
        },
        accepted,
      ),
      async (c) => {
        const { job } = await ownJob(c, c.req.valid('param').job);
        const outcome = await c.get('services').jobCommands.retry(actorOf(c), job.id);
        return c.json(toldOf(c, done(outcome)), 202);
      },
    )
    .openapi(
      operation(
        { scope: 'write', projects: 'own' },
        {
          method: 'post',
          path: '/jobs/{job}/adopt',
          operationId: 'adoptPlan',
          summary: 'Carry out what a dry run has planned',
          description:
            'It is planned anew, and where the new plan takes away more than the one that was read, nothing is done. A plan holds for an hour.',
          tags,
          request: { params },
        },
        accepted,
      ),
      async (c) => {
        const { job } = await ownJob(c, c.req.valid('param').job);
        const outcome = await c.get('services').jobCommands.adopt(actorOf(c), job.id);
        return c.json(toldOf(c, done(outcome)), 202);
      },
    )
    .openapi(
      operation(
        'read',
        {
          method: 'get',
          path: '/dead-letters',
          operationId: 'listDeadLetters',
          summary: 'Objects that the archiver gave up on',
          tags,
          request: { query: z.object({ limit: pageQuery.limit }) },
        },
        { 200: json(deadLettersSchema, 'The newest of them, and how many there are') },
      ),
      async (c) => {
        const { letters, count } = await c.get('services').queries.deadLetters(c.req.valid('query').limit);
        const items = letters.map(({ sha, project, path, reason, attempts, since }) => ({
          ...{ sha, project: project ?? null, path: path ?? null, reason, attempts, since: isoTime(since) },
        }));
        return c.json({ items, count }, 200);
      },
    )
    .openapi(
      operation(
        'write',
        {
          method: 'post',
          path: '/dead-letters/retry',
          operationId: 'retryDeadLetters',
          summary: 'Try again what the archiver gave up on',
          tags,
          request: { body: body(retryDeadSchema) },
        },
        accepted,
      ),
      async (c) => {
        const outcome = await c.get('services').jobCommands.retryDead(actorOf(c), c.req.valid('json').which);
        return c.json(toldOf(c, done(outcome)), 202);
      },
    );

/** @throws ApiProblem  there is none, or it is of a project that the token is not for */
async function ownJob(c: Context<ApiEnv>, id: string): Promise<JobView> {
  const found = await c.get('services').queries.job(id);
  if (!found || !seesTask(c, found.job.task)) throw refused('no-job');
  return found;
}

function seesTask(c: Context<ApiEnv>, task: JobTask): boolean {
  const project = projectOf(task);
  return project === undefined ? principalOf(c).projects === 'all' : seesProject(c, project);
}

function jobShown({ job: { v: _, runner: __, told: ___, ...job }, bytesPerSecond }: JobView): ApiJob {
  return { ...job, bytes_per_s: bytesPerSecond };
}
