// `fs-sync get`: a file or a directory of a project on this disk, several files at a time, each verified. Done again, it goes on where
// it was.
import { mkdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { treePageSchema } from '../../core/api/tree.ts';
import { systemClock } from '../../core/model/clock.ts';
import { InvalidValueError, type ProjectName, parseProjectName, type Sha } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { atOnce } from '../../core/tier/at-once.ts';
import { isDiskError, isDiskFull, writeFault } from '../disk/disk-error.ts';
import { childOf } from '../disk/disk-path.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { makeParents } from '../incoming/parents.ts';
import { IncompleteError } from '../job/checkout-command.ts';
import { parsePart } from '../job/job-settings.ts';
import { Progress } from '../job/progress.ts';
import { filesText, sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { type FetchIo, fetchFile } from './fetch-file.ts';
import { remoteCommit } from './remote-commit.ts';
import { type FileFacts, factsOf } from './remote-file.ts';
import { findAt, walkAt } from './remote-tree.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface GetArgs extends ServerArgs {
  readonly to?: string;
  readonly commit?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface Wanted {
  readonly path: RelPath;
  /** below the root */
  readonly as: RelPath;
  readonly facts: FileFacts;
}

interface Plan {
  readonly root: string;
  readonly files: number;
  readonly bytes: number;
  wanted(): AsyncIterable<Wanted>;
}

/** Small files wait for the line most of the time. */
const AT_ONCE = 8;

/** @returns what to print
 *  @throws IncompleteError with the paths that are not there; InvalidValueError, SettingsError, and what `readFile` throws */
export async function getCommand(
  name: string,
  path: string | undefined,
  args: GetArgs,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? '' : parsePart(path);
  const client = new ApiClient(whichServer(args, env));
  const commit = args.commit === undefined ? undefined : await remoteCommit(client, project, args.commit);
  const { root, files, bytes, wanted } = await planOf(client, project, at, commit, args.to);
  const progress = process.stderr.isTTY
    ? new Progress(process.stderr, systemClock, 'get', { files, bytes })
    : { add: () => {}, end: () => {} };
  const done = { fetched: 0, there: 0, bytes: 0 };
  const left: { path: RelPath; reason: string }[] = [];
  const io: FetchIo = {
    client,
    root,
    force: args.force ?? false,
    moved: (moved) => progress.add({ files: 0, bytes: moved }),
  };
  try {
    await atOnce(wanted(), AT_ONCE, new AbortController().signal, async ({ path, as, facts }) => {
      const outcome = await fetchFile(io, { project, path, commit }, facts, as).catch((error: unknown) => {
        const fault = isDiskFull(error) ? undefined : writeFault(error);
        if (fault) return { kind: 'left' as const, reason: fault.reason };
        throw error;
      });
      progress.add({ files: 1, bytes: 0 });
      if (outcome.kind === 'left') left.push({ path: as, reason: outcome.reason });
      else done[outcome.kind === 'fetched' ? 'fetched' : 'there']++;
      if (outcome.kind === 'fetched') done.bytes += facts.size;
    });
  } finally {
    progress.end();
  }
  const what = at === '' ? project : `${shown(at)} of ${project}`;
  if (left.length > 0) throw new IncompleteError(`${root} does not hold all of ${what}`, left);
  if (args.json) return JSON.stringify({ project, path: at, directory: root, ...done });
  const before = done.there === 0 ? '' : ` ${filesText(done.there)} ${done.there === 1 ? 'was' : 'were'} there before.`;
  return `Got ${filesText(done.fetched)} (${sizeText(done.bytes)}) of ${what} into ${root}, verified.${before}`;
}

async function planOf(
  client: ApiClient,
  project: ProjectName,
  at: RelPath | '',
  commit: Sha | undefined,
  to: string | undefined,
): Promise<Plan> {
  const found =
    commit !== undefined && at !== ''
      ? ({ kind: 'file', path: at, facts: await factsOf(client, { project, path: at, commit }) } as const)
      : await findAt(client, project, at);
  if (found.kind === 'file') return ofFile(found.path, found.facts, to);
  if (commit !== undefined) {
    throw new InvalidValueError(
      '--commit is for one file: give its path, or use npx fs-sync checkout for all of a commit',
    );
  }
  const { listed } = await client.json(treePageSchema, 'GET', `/projects/${project}/tree`, {
    query: { prefix: at, limit: 1 },
  });
  const root = madeDirectory(to ?? (at === '' ? project : basename(at)));
  return {
    root,
    files: listed?.files ?? 0,
    bytes: listed?.bytes ?? 0,
    wanted: () => filesBelow(client, project, at, root),
  };
}

function ofFile(path: RelPath, facts: FileFacts, to: string | undefined): Plan {
  const given =
    to === undefined ? basename(path) : to.endsWith('/') || isDirectory(to) ? `${to}/${basename(path)}` : to;
  const as = basename(given) as RelPath;
  const root = madeDirectory(dirname(resolve(given)));
  return {
    ...{ root, files: 1, bytes: facts.size },
    async *wanted() {
      yield { path, as, facts };
    },
  };
}

/** Empty directories are made on the way. */
async function* filesBelow(
  client: ApiClient,
  project: ProjectName,
  at: RelPath | '',
  root: string,
): AsyncGenerator<Wanted> {
  const below = at === '' ? 0 : at.length + 1;
  for await (const row of walkAt(client, project, at)) {
    const as = row.path.slice(below) as RelPath;
    if (row.kind === 'file') yield { path: row.path, as, facts: row };
    // As if a file were to be put into it: nothing above it is a link.
    else if (row.files === 0) makeParents({ disk: nodeDisk, root }, childOf(as, 'file'));
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** As its own path says: what leads there is the person's. @throws SettingsError */
function madeDirectory(path: string): string {
  try {
    mkdirSync(path, { recursive: true });
    return realpathSync(path);
  } catch (cause) {
    if (!isDiskError(cause)) throw cause;
    throw new SettingsError(`${path} cannot be made (${cause.code}): name a directory that you may write to by --to`, {
      cause,
    });
  }
}
