// `fs-sync job dead-letters`: what archiving gave up on, with its reason, and a job that tries it again.
import { readCurrent } from '../../core/commit/current.ts';
import { requestJob } from '../../core/job/jobs.ts';
import { deadLetterTask } from '../../core/lifecycle/retry-dead-letters.ts';
import { walkTree } from '../../core/manifest/walk.ts';
import { isFile } from '../../core/model/entry.ts';
import { InvalidValueError, type ProjectName, type Sha } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../../core/store/store-errors.ts';
import { type DeadLetter, DeadLetters } from '../../core/tier/dead-letters.ts';
import { thisPerson } from '../job/person.ts';
import type { TenantStores } from '../job/with-stores.ts';
import { minute, withJobs } from './job-command.ts';

export interface DeadLetterArgs {
  /** a sha or how it begins */
  readonly retry?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** @returns what to print
 *  @throws InvalidValueError, SettingsError, StoreUnavailableError */
export async function deadLettersCommand(args: DeadLetterArgs, env: Env = process.env): Promise<string> {
  if (args.retry !== undefined && args.all) throw new InvalidValueError('give --retry <sha> or --all, not both');
  return withJobs(env, async (io) => {
    const dead = new DeadLetters(io.jobs, io.stores.clock);
    const letters: DeadLetter[] = [];
    for await (const letter of dead.list()) letters.push(letter);
    letters.sort((a, b) => (a.since < b.since ? 1 : -1));
    if (args.retry === undefined && !args.all) return listed(io, letters, args);
    const which = args.retry === undefined ? 'all' : theOne(letters, args.retry);
    const task = await deadLetterTask({ dead, index: io.stores.index }, which);
    if (!task) return NONE;
    const { job } = await io.onRecord(
      'job.retry-dead',
      { asked: { which } },
      () => requestJob(io.jobs, { task, actor: thisPerson() }, io.stores.clock.now()),
      (asked) => ({ job: asked.job.id }),
    );
    if (args.json) return JSON.stringify(job);
    return `Asked for job ${job.id}, which tries ${task.shas?.length ?? 0} again. Look at it: npx fs-sync job show ${job.id}`;
  });
}

const NONE = 'There are no dead letters: archiving gave up on nothing.';

async function listed(
  { stores }: TenantStores,
  letters: readonly DeadLetter[],
  { json }: DeadLetterArgs,
): Promise<string> {
  const paths = await pathsOf(stores, letters);
  if (json) {
    const withPaths = letters.map((letter) => ({ ...letter, path: paths.get(letter.sha) }));
    return JSON.stringify({ letters: withPaths });
  }
  if (letters.length === 0) return NONE;
  const lines = letters.flatMap(({ sha, project, reason, attempts, since }) => {
    const path = paths.get(sha);
    const where = [project, path === undefined ? undefined : JSON.stringify(path)].filter(Boolean).join(' ');
    return [
      `${sha.slice(0, 16)}  ${where}, since ${minute(since)}, ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`,
      `  ${reason}`,
    ];
  });
  const repair = letters.find(({ project }) => project !== undefined)?.project;
  if (repair !== undefined) lines.push(`A repair may find the bytes: npx fs-sync job start repair --project ${repair}`);
  lines.push('Try them again: npx fs-sync job dead-letters --all');
  return lines.join('\n');
}

function theOne(letters: readonly DeadLetter[], start: string): Sha {
  const found = letters.filter(({ sha }) => sha.startsWith(start.toLowerCase()));
  const [letter] = found;
  if (letter && found.length === 1) return letter.sha;
  const what = letter ? `${found.length} dead letters begin with` : 'there is no dead letter that begins with';
  throw new InvalidValueError(`${what} ${JSON.stringify(start)}: look at npx fs-sync job dead-letters`);
}

/** A file that has the object now, where there is one: its project is walked through once. */
async function pathsOf(
  { index, nodes }: Pick<TenantStores['stores'], 'index' | 'nodes'>,
  letters: readonly DeadLetter[],
): Promise<ReadonlyMap<Sha, string>> {
  const wanted = new Map<ProjectName, Set<Sha>>();
  for (const { project, sha } of letters) {
    if (project !== undefined) wanted.set(project, (wanted.get(project) ?? new Set()).add(sha));
  }
  const paths = new Map<Sha, string>();
  for (const [project, shas] of wanted) {
    const at = await readCurrent(index, project);
    if (!at) continue;
    try {
      for await (const entry of walkTree(nodes, at.current.manifest_sha)) {
        if (!isFile(entry) || !shas.delete(entry.sha)) continue;
        paths.set(entry.sha, entry.path);
        if (shas.size === 0) break;
      }
    } catch (error) {
      // The dead letter may be of the manifest itself.
      if (!(error instanceof ObjectAbsentError || error instanceof ObjectCorruptError)) throw error;
    }
  }
  return paths;
}
