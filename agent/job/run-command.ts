// `fs-sync run`: a workspace for one command. The project as it is current is written into a directory of its own, the
// command runs there, what it changed becomes one commit, and the directory goes. Where something could be lost by that
// (nothing was committed, or not all could be) the directory stays, and the person is told where.
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { totalsUnder } from '../../core/manifest/totals.ts';
import { systemClock } from '../../core/model/clock.ts';
import { InvalidValueError } from '../../core/model/ids.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from '../../core/store/store-errors.ts';
import { isDiskError, isDiskFull } from '../disk/disk-error.ts';
import { fileClock } from '../disk/fingerprint.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { openState } from '../state/open-state.ts';
import type { WorkspaceState } from '../state/state.ts';
import { IncompleteError, requireDirectory } from './checkout-command.ts';
import { commitJob, JobNotCommittedError } from './commit-job.ts';
import { findChanges, rulesFor } from './find-changes.ts';
import { type FoundCommit, findCommit } from './find-commit.ts';
import { openDirectory } from './job-directory.ts';
import { type JobSettings, type ProjectArgs, readJobSettings } from './job-settings.ts';
import { materialize } from './materialize.ts';
import { thisPerson } from './person.ts';
import { Progress } from './progress.ts';
import { type ChildEnd, runChild } from './run-child.ts';
import { type Ended, EndedBySignalError, untilSignal } from './signals.ts';
import { type TenantStores, withStores } from './with-stores.ts';

export interface RunArgs extends ProjectArgs {
  /** default: a new one in `$FS_DATA_DIR/jobs` */
  readonly dir?: string;
  /** the directory stays in any case */
  readonly keep?: boolean;
  /** false: what the command changed is thrown away */
  readonly commit?: boolean;
  /** what a command changed that ended with another exit code than 0 is thrown away too */
  readonly discardFailed?: boolean;
  /** I9: also a commit that deletes most of the project is made */
  readonly allowDeletions?: boolean;
}

interface Job {
  readonly settings: JobSettings;
  readonly args: RunArgs;
  readonly command: readonly [string, ...string[]];
  readonly io: TenantStores;
  readonly root: string;
  readonly state: WorkspaceState;
  readonly from: FoundCommit;
}

/** The exit code of a job whose command ended well and whose work could not be committed. */
const NOT_COMMITTED = 2;
/** More than a tick of any file system's clock. */
const FILE_TICK_MS = 25;

/** @returns the exit code: the command's own, 128 + n when signal n ended it, 2 when its work could not be committed
 *  @throws SettingsError, InvalidValueError, IncompleteError, StoreUnavailableError, EndedBySignalError  before it ran */
export async function runCommand(words: readonly string[], args: RunArgs, env: Env = process.env): Promise<number> {
  const [program, ...rest] = words;
  if (program === undefined) throw new SettingsError('give the command to run after --, such as: -- make all');
  const settings = readJobSettings(args, env);
  return withStores(settings, 'run', async (io) => {
    const from = await findCommit(io.stores, settings.project, undefined);
    await requireDirectory(io.stores, settings, from);
    const place = openDirectory(nodeDisk, jobDirectory(settings, args), undefined);
    const { state } = openState(nodeDisk, ':memory:');
    const job: Job = { settings, args, command: [program, ...rest], io, root: place.root, state, from };
    try {
      return await run(job, place.made);
    } finally {
      state.close();
    }
  });
}

function jobDirectory({ dataDir, project }: JobSettings, { dir }: RunArgs): string {
  if (dir !== undefined) return resolve(dir);
  return join(dataDir, 'jobs', `${project}-${randomBytes(6).toString('hex')}`);
}

async function run(job: Job, made: boolean): Promise<number> {
  const before = untilSignal();
  try {
    await write(job, before.signal);
  } catch (error) {
    removeDirectory(job, made);
    if (before.signal.aborted) throw new EndedBySignalError(before.by, 'the command was not run');
    throw error;
  } finally {
    before.release();
  }
  const end = await runChild({ command: job.command, cwd: job.root, env: environment(job) });
  const after = untilSignal();
  try {
    const kept = await conclude(job, end, after);
    if (!kept && !job.args.keep) removeDirectory(job, made);
    else if (!kept) say(`the directory stays: ${job.root}`);
    return after.by === undefined || !kept ? exitCode(end, kept) : new EndedBySignalError(after.by, '').exitCode;
  } finally {
    after.release();
  }
}

const exitCode = (end: ChildEnd, kept: boolean): number => (end.code === 0 && kept ? NOT_COMMITTED : end.code);

async function write({ settings, io, root, state, from }: Job, signal: AbortSignal): Promise<void> {
  const { project, prefix } = settings;
  const { stores, contents } = io;
  const total = await totalsUnder(stores.nodes, from.manifestSha, prefix ?? '');
  const progress = new Progress(process.stderr, systemClock, 'run', total);
  try {
    const unwritten = await materialize(
      {
        disk: nodeDisk,
        root,
        fileClock: fileClock(false),
        stores: contents,
        signal,
        overwrite: false,
        placed: (entry, fingerprint) => state.rows.put(entry, fingerprint),
        progress: (amount) => progress.add(amount),
      },
      from.manifestSha,
      prefix,
    );
    if (unwritten.length > 0) throw new IncompleteError(`the command was not run, ${project} is not whole`, unwritten);
    // From here on, an edit shows in the times of its file, also where clocks of files are coarse.
    await systemClock.sleep(FILE_TICK_MS, signal);
  } finally {
    progress.end();
  }
}

function environment({ settings, root, from }: Job): NodeJS.ProcessEnv {
  return { ...process.env, FS_PROJECT: settings.project, FS_COMMIT: from.commitSha, FS_WORKSPACE: root };
}

/** @returns whether the directory holds something that is nowhere else */
async function conclude(job: Job, end: ChildEnd, ended: Ended): Promise<boolean> {
  const { args, root } = job;
  if (end.kind === 'not-started') {
    say(end.why);
    return false;
  }
  if (args.commit === false) return false;
  if (args.discardFailed && end.code !== 0) {
    say(`the command ended with ${end.code}, so nothing was committed (--discard-failed)`);
    return false;
  }
  if (end.kind === 'signalled') {
    // It was cut off in the middle of its work, perhaps of a file: nobody else should get that.
    say(`${end.signal} ended the command, so nothing was committed; what it left is in ${root}`);
    return true;
  }
  try {
    await commitChanges(job, end.code, ended.signal);
    if (job.args.keep) return false;
    const late = await writtenSince(job);
    if (late === undefined) return false;
    say(`${late} was written after the command had ended, and is not committed; it is in ${root}`);
    return true;
  } catch (error) {
    const why = ended.signal.aborted ? `ended by ${ended.by}` : error instanceof Error ? error.message : String(error);
    say(`what the command changed could not be committed (${why}); it is in ${root}`);
    if (!isOfTheWorld(error) && !ended.signal.aborted) throw error;
    return true;
  }
}

async function commitChanges(job: Job, code: number, signal: AbortSignal): Promise<void> {
  const { settings, io, root, state, from } = job;
  const { project, prefix } = settings;
  const { stores } = io;
  const rules = await rulesFor(io.contents, from.manifestSha, prefix);
  const changes = findChanges({ disk: nodeDisk, root, state, rules, prefix });
  for (const { path, reason } of changes.leftOut) say(`${path} is ${reason}, which is not carried; it was left out`);
  const done = await commitJob(
    {
      disk: nodeDisk,
      root,
      fileClock: fileClock(false),
      stores,
      project,
      prefix,
      actor: thisPerson(),
      message: messageOf(job.command, code),
      allowDeletions: job.args.allowDeletions ?? false,
      state,
      signal,
    },
    changes,
  );
  if (done.kind === 'committed') say(`committed ${done.commitSha.slice(0, 12)}: ${paths(done.changes)} of ${project}`);
}

/** What a program that the command left behind wrote goes with the directory otherwise.
 *  @returns one of the paths that are not as they were committed */
async function writtenSince({ settings, io, root, state, from }: Job): Promise<string | undefined> {
  const { prefix } = settings;
  const rules = await rulesFor(io.contents, from.manifestSha, prefix);
  const { files, emptyDirectories, gone, unreadable } = findChanges({ disk: nodeDisk, root, state, rules, prefix });
  return files[0] ?? unreadable[0]?.path ?? emptyDirectories[0]?.path ?? gone[0]?.entry.path;
}

const paths = (count: number): string => `${count} ${count === 1 ? 'path' : 'paths'}`;

const MESSAGE_LIMIT = 1_000;

/** `run: make all`, and how it ended when that was not well. */
export function messageOf(command: readonly string[], code: number): string {
  const text = `run: ${command.map(quoted).join(' ')}`;
  const cut = text.length > MESSAGE_LIMIT ? `${text.slice(0, MESSAGE_LIMIT)}…` : text;
  return code === 0 ? cut : `${cut} (exit code ${code})`;
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

function isOfTheWorld(error: unknown): boolean {
  const kinds = [JobNotCommittedError, StoreUnavailableError, StoreFullError, StoreDeniedError, InvalidValueError];
  return isDiskError(error) || kinds.some((kind) => error instanceof kind);
}

/** A directory that was there before stays, empty. */
function removeDirectory({ root }: Job, made: boolean): void {
  try {
    if (made) nodeDisk.removeTree(root);
    else for (const { name } of nodeDisk.readDirectory(root)) nodeDisk.removeTree(join(root, name.toString()));
  } catch (error) {
    if (!isDiskError(error) || isDiskFull(error)) throw error;
    say(`${root} could not be removed (${(error as NodeJS.ErrnoException).code}); its content is not needed any more`);
  }
}

function say(line: string): void {
  process.stderr.write(`fs-sync run: ${line}\n`);
}
