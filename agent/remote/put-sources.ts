// What `fs-sync put` is told to bring: files and directories of this disk, or its own input, each at its path in the project. The
// input waits in a file of its own, because its hash and its length come before its bytes, and a cut line goes on in it. That file
// has no name from the start, so that nothing of it is left when the command is ended.
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { InvalidValueError, quote } from '../../core/model/ids.ts';
import { ancestorsOf, type RelPath } from '../../core/model/rel-path.ts';
import { SettingsError } from '../../core/settings/env.ts';
import { parsePart } from '../job/job-settings.ts';
import { shown } from '../subscribe/watch-command.ts';
import { type LocalEntry, localEntries, localFile } from './local-files.ts';

/** What stands for the input of the program. */
const INPUT = '-';

export interface PutSources {
  /** what they have in common: the directory that all of them become or go into; '' for the top, and for one file */
  readonly at: RelPath | '';
  /** where each of them goes; a directory takes all that is in it along */
  readonly roots: readonly { readonly kind: 'file' | 'dir'; readonly path: RelPath | '' }[];
  /** with their paths in the project */
  readonly entries: readonly LocalEntry[];
  /** Lets go of what was read from the input. */
  end(): Promise<void>;
}

/** @param to  as a person types it: the path of one source, the directory of several; absent: each keeps its name
 *  @throws SettingsError, InvalidValueError  nothing was read that stays */
export async function putSources(
  sources: readonly string[],
  to: string | undefined,
  input: Readable,
): Promise<PutSources> {
  const [only, second] = sources;
  if (sources.includes(INPUT)) {
    if (second !== undefined) throw new SettingsError('- is the input, and comes alone: put the files by another put');
    return fromInput(to, input);
  }
  if (only === undefined) throw new SettingsError('name a file or a directory, or - for the input');
  if (second === undefined) return together(await fromDisk(only, to));
  const into = dirOf(to ?? '');
  const found = [];
  for (const source of sources) {
    const from = resolve(source);
    found.push(await fromDisk(source, into === '' ? basename(from) : `${into}/${basename(from)}`));
  }
  return together({
    at: into,
    roots: found.flatMap(({ roots }) => roots),
    entries: found.flatMap(({ entries }) => entries),
  });
}

type FromDisk = Pick<PutSources, 'at' | 'roots' | 'entries'>;

async function fromDisk(source: string, to: string | undefined): Promise<FromDisk> {
  const from = resolve(source);
  const stat = statSync(from, { throwIfNoEntry: false });
  if (!stat) throw new SettingsError(`there is nothing at ${quote(source)}: name a file or a directory`);
  if (stat.isFile()) {
    const path = parsePart(to === undefined || to.endsWith('/') ? `${to ?? ''}${basename(from)}` : to);
    // Who names a link means what it leads to.
    return { at: '', roots: [{ kind: 'file', path }], entries: [await localFile(realpathSync(from), path)] };
  }
  if (!stat.isDirectory()) throw new SettingsError(`${source} is neither a file nor a directory: name one`);
  const at = dirOf(to ?? basename(from));
  const entries: LocalEntry[] = [];
  for await (const entry of localEntries(from)) entries.push(below(at, entry));
  return { at, roots: [{ kind: 'dir', path: at }], entries };
}

/** @throws InvalidValueError */
function dirOf(to: string): RelPath | '' {
  const part = to.replace(/\/+$/, '');
  return part === '' || part === '.' ? '' : parsePart(part);
}

function below<T extends LocalEntry>(at: RelPath | '', entry: T): T {
  return at === '' ? entry : { ...entry, path: `${at}/${entry.path}` };
}

function together(found: FromDisk): PutSources {
  const files = new Set(found.entries.filter(({ kind }) => kind === 'file').map(({ path }) => path));
  for (const entry of found.entries) {
    const above = entry.kind === 'left-out' ? undefined : ancestorsOf(entry.path).find((dir) => files.has(dir));
    if (above !== undefined) {
      throw new InvalidValueError(
        `${shown(above)} would be a file of one source and a directory of another: put one of them elsewhere (--to)`,
      );
    }
  }
  const seen = new Set<string>();
  for (const { path } of found.entries) {
    if (seen.has(path)) {
      throw new InvalidValueError(
        `${shown(path)} would come from two of the sources: put one of them elsewhere (--to)`,
      );
    }
    seen.add(path);
  }
  return { ...found, end: async () => {} };
}

async function fromInput(to: string | undefined, input: Readable): Promise<PutSources> {
  if (to === undefined || to === '.' || to.endsWith('/')) {
    throw new SettingsError('the input has no name: give --to <path>, the file that it becomes');
  }
  const path = parsePart(to);
  const from = openNameless();
  const end = async () => closeSync(from);
  try {
    for await (const bytes of input) writeFileSync(from, bytes);
    return { at: '', roots: [{ kind: 'file', path }], entries: [await localFile(from, path)], end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @returns the descriptor of an empty file; its space is free again when that is closed, or the process ends in whatever way */
function openNameless(): number {
  const dir = mkdtempSync(join(tmpdir(), 'fs-sync-put-'));
  try {
    return openSync(join(dir, 'input'), 'wx+');
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
