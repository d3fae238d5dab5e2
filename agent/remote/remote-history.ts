// `fs-sync history` and `restore` for people who reach a server and no NATS: the same words, the same results. A restore is planned
// first, and then that plan and no other is carried out, by a job.
import { type ApiCommit, commitPageSchema } from '../../core/api/commit.ts';
import { jobAskedSchema } from '../../core/api/job.ts';
import { type ApiRestorePlan, restorePlanSchema } from '../../core/api/restore.ts';
import { unreachable } from '../../core/model/assert.ts';
import { parseProjectName, type Sha } from '../../core/model/ids.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import type { Env } from '../../core/settings/env.ts';
import {
  countsText,
  type HistoryArgs,
  historyText,
  lineOf,
  neverThere,
  readLimit,
} from '../history/history-command.ts';
import {
  notKept,
  PATHS_SHOWN,
  planText,
  type RestoreArgs,
  restoredText,
  unchangedText,
  whatOf,
  withoutCommit,
} from '../history/restore-command.ts';
import { JobFailedError, textOf } from '../lifecycle/job-command.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { remoteCommit } from './remote-commit.ts';
import { untilOver } from './remote-jobs.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

/** @param path  a file, or a directory with what was changed below it
 *  @returns what to print
 *  @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function remoteHistory(
  name: string,
  path: string | undefined,
  args: HistoryArgs & ServerArgs,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? undefined : parseRelPath(path);
  const limit = readLimit(args.limit);
  const client = new ApiClient(whichServer(args, env));
  const commits: ApiCommit[] = [];
  let next = args.from === undefined ? undefined : await remoteCommit(client, project, args.from);
  do {
    const query = { limit: limit - commits.length, cursor: next, path: at };
    // The history of a path is looked through a part at a time, and a part may have nothing of it.
    const page = await client.json(commitPageSchema, 'GET', `/projects/${project}/commits`, { query });
    commits.push(...page.items);
    next = (page.next ?? undefined) as Sha | undefined;
  } while (next !== undefined && commits.length < limit);
  if (args.json) {
    return JSON.stringify({ project, ...(at !== undefined && { path: at }), commits, next: next ?? null });
  }
  if (at !== undefined && commits.length === 0) throw neverThere(project, at);
  const lines = commits.map(({ commit, at: ts, actor, message, counts }) =>
    lineOf({ sha: commit, ts, actor, message: message ?? undefined }, countsText(counts)),
  );
  return historyText(project, at, lines, next);
}

/** @param path  a file, or a directory with all below it; undefined: the whole project
 *  @returns what to print
 *  @throws JobFailedError, InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function remoteRestore(
  name: string,
  path: string | undefined,
  args: RestoreArgs & ServerArgs,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const scope = path === undefined ? undefined : parseRelPath(path);
  if (args.to === undefined) throw withoutCommit(project);
  const client = new ApiClient(whichServer(args, env));
  const to = await remoteCommit(client, project, args.to);
  const ask = { to, path: scope };
  const where = `/projects/${project}/restore`;
  const plan = await client.json(restorePlanSchema, 'POST', where, { json: { ...ask, dry_run: true } });
  const what = whatOf(project, scope ?? '', to);
  const count = plan.added + plan.updated + plan.removed;
  if (args.dryRun) {
    return args.json ? JSON.stringify(plan) : planText(plan.paths.slice(0, PATHS_SHOWN).map(pathLine), count, what);
  }
  if (plan.lost.length > 0) throw notKept(project, to, plan.lost);
  if (count === 0) {
    if (!args.json) return unchangedText(what);
    const { items } = await client.json(commitPageSchema, 'GET', `/projects/${project}/commits`, {
      query: { limit: 1 },
    });
    return JSON.stringify({ project, commit: items[0]?.commit ?? null, kind: 'unchanged' });
  }
  const { job: id } = await client.json(jobAskedSchema, 'POST', where, { json: { ...ask, plan: plan.digest } });
  const job = await untilOver(client, id);
  if (job.state !== 'done') throw new JobFailedError(textOf(job));
  if (args.json) return JSON.stringify({ project, commit: job.commit_sha ?? null, kind: 'committed', job: id });
  return job.commit_sha === undefined ? textOf(job) : restoredText(what, job.commit_sha);
}

function pathLine({ kind, path }: ApiRestorePlan['paths'][number]): string {
  switch (kind) {
    case 'added':
    case 'updated':
      return `  put     ${shown(path)}`;
    case 'removed':
      return `  delete  ${shown(path)}`;
    default:
      return unreachable(kind);
  }
}
