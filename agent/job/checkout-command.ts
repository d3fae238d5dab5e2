// `fs-sync checkout`: the files of a commit in a directory of a person's choice, verified, and not synced from then on.
import { resolve } from 'node:path';
import { kindAt } from '../../core/manifest/kind-at.ts';
import { totalsUnder } from '../../core/manifest/totals.ts';
import { systemClock } from '../../core/model/clock.ts';
import { InvalidValueError } from '../../core/model/ids.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { fileClock } from '../disk/fingerprint.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { sizeText } from '../progress/words.ts';
import { type FoundCommit, findCommit } from './find-commit.ts';
import { openDirectory } from './job-directory.ts';
import { type JobSettings, type ProjectArgs, readJobSettings } from './job-settings.ts';
import { materialize, type Unwritten } from './materialize.ts';
import { Progress } from './progress.ts';
import { EndedBySignalError, untilSignal } from './signals.ts';
import { type TenantStores, withStores } from './with-stores.ts';

export interface CheckoutArgs extends ProjectArgs {
  readonly commit?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Some paths of the commit are not in the directory. */
export class IncompleteError extends Error {
  override name = 'IncompleteError';
  constructor(what: string, unwritten: readonly Unwritten[]) {
    super(
      `${what}: ${unwritten.length} ${unwritten.length === 1 ? 'path' : 'paths'} could not be written\n${list(unwritten)}`,
    );
  }
}

const LISTED = 20;

function list(unwritten: readonly Unwritten[]): string {
  const lines = unwritten.slice(0, LISTED).map(({ path, reason }) => `  ${path}: ${reason}`);
  return [...lines, ...(unwritten.length > LISTED ? [`  and ${unwritten.length - LISTED} more`] : [])].join('\n');
}

/** @throws SettingsError, InvalidValueError, IncompleteError, StoreUnavailableError, EndedBySignalError */
export async function checkoutCommand(directory: string, args: CheckoutArgs, env: Env = process.env): Promise<void> {
  const settings = readJobSettings(args, env);
  if (resolve(directory) === '/')
    throw new SettingsError('the whole disk cannot be checked out into: name a directory');
  const ended = untilSignal();
  try {
    await withStores(settings, 'checkout', (io) => checkOut(io, settings, directory, args, ended.signal));
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    throw new EndedBySignalError(ended.by, `${directory} is incomplete: check it out again, with --force`);
  } finally {
    ended.release();
  }
}

async function checkOut(
  { stores, contents }: TenantStores,
  settings: JobSettings,
  directory: string,
  args: CheckoutArgs,
  signal: AbortSignal,
): Promise<void> {
  const { project, prefix } = settings;
  const commit = await findCommit(stores, project, args.commit);
  const total = await totalsUnder(stores.nodes, commit.manifestSha, prefix ?? '');
  if (prefix !== undefined) await requireDirectory(stores, settings, commit);
  const { root } = openDirectory(nodeDisk, resolve(directory), args.force ?? false);
  const progress = new Progress(process.stderr, systemClock, 'checkout', total);
  const done = { files: 0, bytes: 0 };
  let unwritten: readonly Unwritten[];
  try {
    unwritten = await materialize(
      {
        disk: nodeDisk,
        root,
        fileClock: fileClock(false),
        stores: contents,
        signal,
        overwrite: args.force ?? false,
        placed: () => {},
        progress(amount) {
          done.files += amount.files;
          done.bytes += amount.bytes;
          progress.add(amount);
        },
      },
      commit.manifestSha,
      prefix,
    );
  } finally {
    progress.end();
  }
  const name = `${project}${prefix === undefined ? '' : `/${prefix}`} at ${commit.commitSha.slice(0, 12)}`;
  if (unwritten.length > 0) throw new IncompleteError(`${root} does not hold all of ${name}`, unwritten);
  const facts = {
    project,
    ...(prefix !== undefined && { prefix }),
    commit: commit.commitSha,
    directory: root,
    ...done,
  };
  const text = `${done.files} ${done.files === 1 ? 'file' : 'files'} (${sizeText(done.bytes)}) of ${name} are in ${root}.`;
  process.stdout.write(`${args.json ? JSON.stringify(facts) : text}\n`);
}

/** @throws InvalidValueError  the part that is meant is a file, or is not there: most likely its name was mistyped */
export async function requireDirectory(
  stores: TenantStores['stores'],
  { project, prefix }: JobSettings,
  { manifestSha }: FoundCommit,
): Promise<void> {
  if (prefix === undefined) return;
  const kind = await kindAt(stores.nodes, manifestSha, prefix);
  if (kind === 'file')
    throw new InvalidValueError(`${prefix} is a file of ${project}: give the directory that it is in`);
  if (kind === 'nothing')
    throw new InvalidValueError(`${project} has no directory ${prefix} in that commit: look at its files`);
}
