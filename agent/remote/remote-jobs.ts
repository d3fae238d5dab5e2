// `fs-sync job` for people who reach a server and no NATS: the same words, the same results.
import { z } from 'zod';
import { type ApiJob, jobAskedSchema, jobPageSchema, jobViewSchema } from '../../core/api/job.ts';
import { systemClock } from '../../core/model/clock.ts';
import { isOver, type JobTask, projectOf } from '../../core/model/job.ts';
import type { Env } from '../../core/settings/env.ts';
import { JobFailedError, lineOf, parseLimit, parseTask, type StartArgs, textOf } from '../lifecycle/job-command.ts';
import { LiveLines } from '../progress/live-lines.ts';
import { countText, sizeText } from '../progress/words.ts';
import { ApiClient } from './api-client.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

type Args = ServerArgs & { readonly json?: boolean };

/** All: @returns what to print @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function remoteStart(kind: string, args: StartArgs & ServerArgs, env: Env = process.env): Promise<string> {
  const task = parseTask(kind, args);
  const client = clientOf(args, env);
  const { job: id } = await client.json(jobAskedSchema, 'POST', ...askFor(task, args.dryRun ?? false));
  const job = args.wait === false ? await jobOf(client, id) : await untilOver(client, id);
  if (args.json) return JSON.stringify(job);
  if (args.wait === false) return `Asked for job ${id}. Look at it: npx fs-sync job show ${id}`;
  if (job.state !== 'done') throw new JobFailedError(textOf(job));
  return textOf(job);
}

export async function remoteList(
  args: Args & { readonly limit?: string; readonly before?: string },
  env: Env = process.env,
): Promise<string> {
  const query = { limit: parseLimit(args.limit), cursor: args.before };
  const { items, next } = await clientOf(args, env).json(jobPageSchema, 'GET', '/jobs', { query });
  if (args.json) return JSON.stringify({ jobs: items, ...(next !== null && { next }) });
  if (items.length === 0) return 'There is no job yet. Ask for one: npx fs-sync job start --help';
  const more = next === null ? [] : [`There are more: npx fs-sync job list --before ${next}`];
  return [...items.map(lineOf), ...more].join('\n');
}

export async function remoteShow(id: string, args: Args, env: Env = process.env): Promise<string> {
  const job = await jobOf(clientOf(args, env), id);
  return args.json ? JSON.stringify(job) : textOf(job);
}

export async function remoteCancel(id: string, args: Args, env: Env = process.env): Promise<string> {
  const { state } = await clientOf(args, env).json(cancelledSchema, 'POST', `/jobs/${encodeURIComponent(id)}/cancel`);
  if (args.json) return JSON.stringify({ job: id, state });
  return state === 'cancelled' ? `Cancelled ${id}.` : `Asked ${id} to stop.`;
}

export async function remoteRetry(id: string, args: Args, env: Env = process.env): Promise<string> {
  const { job } = await clientOf(args, env).json(jobAskedSchema, 'POST', `/jobs/${encodeURIComponent(id)}/retry`);
  if (args.json) return JSON.stringify({ job, again: id });
  return `Job ${job} does again what failed in ${id}. Look at it: npx fs-sync job show ${job}`;
}

const cancelledSchema = z.object({ state: z.enum(['cancelled', 'stopping']) });

const clientOf = (args: ServerArgs, env: Env): ApiClient => new ApiClient(whichServer(args, env));

const jobOf = (client: ApiClient, id: string): Promise<ApiJob> =>
  client.json(jobViewSchema, 'GET', `/jobs/${encodeURIComponent(id)}`);

/** Where a job is asked for, and by which words. */
function askFor(task: JobTask, isDry: boolean): [path: string, asked: { json: object }] {
  const project = projectOf(task);
  const path = 'prefix' in task && task.prefix !== undefined ? { path: task.prefix } : {};
  const dry = task.kind === 'scrub' ? {} : { dry_run: isDry };
  if (project === undefined) {
    return ['/jobs', { json: { kind: task.kind, ...(task.kind === 'scrub' && { share: task.share }), ...dry } }];
  }
  const mode = task.kind === 'promote' ? { mode: task.mode } : {};
  return [`/projects/${project}/${task.kind}`, { json: { ...path, ...mode, ...dry } }];
}

const LOOK_EVERY_MS = 1_000;

/** Says on a terminal how far it is. */
export async function untilOver(client: ApiClient, id: string): Promise<ApiJob> {
  const live = process.stderr.isTTY ? new LiveLines(process.stderr, false) : undefined;
  try {
    for (;;) {
      const job = await jobOf(client, id);
      if (isOver(job)) return job;
      const { stage, items, bytes } = job.progress;
      const far = `${stage}: ${countText(items.done)} of ${countText(items.total)}, ${sizeText(bytes.done)} of ${sizeText(bytes.total)}`;
      live?.show([[{ text: job.state === 'running' ? far : `${id} is ${job.state}` }]]);
      await systemClock.sleep(LOOK_EVERY_MS);
    }
  } finally {
    live?.end();
  }
}
