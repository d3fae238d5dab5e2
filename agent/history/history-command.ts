// `fs-sync history`: the commits of a project, newest first, page by page; those that changed one path where one is given.
// What it shows of a commit is what `checkout --commit` takes.
import type { ChainedCommit } from '../../core/commit/chain.ts';
import { listCommits } from '../../core/history/list-commits.ts';
import { type PathVersion, pathVersions } from '../../core/history/path-versions.ts';
import type { CommitCounts } from '../../core/model/commit.ts';
import { isFile } from '../../core/model/entry.ts';
import { InvalidValueError, type ProjectName, parseProjectName, type Sha } from '../../core/model/ids.ts';
import { parseRelPath, type RelPath } from '../../core/model/rel-path.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { findCommit } from '../job/find-commit.ts';
import { readConnectSettings } from '../job/job-settings.ts';
import { type TenantStores, withStores } from '../job/with-stores.ts';
import { countText, sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';

export interface HistoryArgs {
  readonly limit: string;
  /** the first commit of the page; default: what is current */
  readonly from?: string;
  readonly json?: boolean;
}

const MOST = 1_000;
/** Commits that are looked at for one page of a path, which may have changed long ago. */
const LOOKED_AT = 10_000;

interface Page {
  readonly lines: readonly string[];
  readonly commits: readonly object[];
  readonly next: Sha | undefined;
}

/** @param path  a file, or an empty directory
 *  @returns what to print
 *  @throws SettingsError, InvalidValueError, StoreUnavailableError */
export async function historyCommand(
  name: string,
  path: string | undefined,
  args: HistoryArgs,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? undefined : parseRelPath(path);
  const limit = readLimit(args.limit);
  const { lines, commits, next } = await withStores(readConnectSettings(env), 'history', async (io) => {
    const { commitSha } = await findCommit(io.stores, project, args.from);
    return at === undefined ? ofProject(io, commitSha, limit) : ofPath(io, project, at, commitSha, limit);
  });
  if (args.json) {
    return JSON.stringify({ project, ...(at !== undefined && { path: at }), commits, next: next ?? null });
  }
  return historyText(project, at, lines, next);
}

/** A page, and how to read on. */
export function historyText(
  project: ProjectName,
  path: RelPath | undefined,
  lines: readonly string[],
  next: Sha | undefined,
): string {
  const what = path === undefined ? project : `${project} ${quotedWord(path)}`;
  const older = next === undefined ? [] : [`Older ones: npx fs-sync history ${what} --from ${next.slice(0, DIGITS)}`];
  return [...lines, ...older].join('\n');
}

export const neverThere = (project: ProjectName, path: RelPath): InvalidValueError =>
  new InvalidValueError(
    `${project} never had a file ${shown(path)} in the commits that are kept: npx fs-sync history ${project} lists them`,
  );

/** @throws SettingsError */
export function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST) return limit;
  throw new SettingsError(`--limit is ${JSON.stringify(text)}: give a whole number from 1 to ${MOST}`);
}

async function ofProject({ stores }: TenantStores, from: Sha, limit: number): Promise<Page> {
  const { commits, next } = await listCommits(stores.objects, from, { limit });
  return {
    lines: commits.map((one) => lineOf(told(one), countsText(one.commit.counts))),
    commits: commits.map((one) => ({ ...factsOf(one), counts: one.commit.counts })),
    next,
  };
}

async function ofPath(
  { stores }: TenantStores,
  project: ProjectName,
  path: RelPath,
  from: Sha,
  limit: number,
): Promise<Page> {
  const { versions, next } = await pathVersions(stores, from, path, { limit, maxCommits: LOOKED_AT });
  if (versions.length === 0 && next === undefined) {
    throw neverThere(project, path);
  }
  return {
    lines: versions.map((one) => lineOf(told(one), versionText(one))),
    commits: versions.map((one) => ({ ...factsOf(one), entry: one.entry ?? null })),
    next,
  };
}

const DIGITS = 12;

type Told = Pick<ChainedCommit, 'sha'> &
  Pick<ChainedCommit['commit'], 'ts' | 'actor'> & { readonly message: string | undefined };

const told = ({ sha, commit: { ts, actor, message } }: ChainedCommit): Told => ({ sha, ts, actor, message });

/** `3fa2b1c4d5e6  2026-06-01 12:00:07 UTC  node-a  1 added  run: make all` */
export function lineOf({ sha, ts, actor, message }: Told, what: string): string {
  const time = `${ts.slice(0, 19).replace('T', ' ')} UTC`;
  const words = [sha.slice(0, DIGITS), time, shown(actor.id), what];
  return [...words, ...(message === undefined ? [] : [oneLine(message)])].join('  ');
}

const factsOf = ({ sha, commit: { ts, actor, message, files, bytes } }: ChainedCommit): object => ({
  commit: sha,
  ts,
  actor,
  files,
  bytes,
  ...(message !== undefined && { message }),
});

function versionText({ entry }: PathVersion): string {
  if (!entry) return 'deleted';
  return isFile(entry) ? `${sizeText(entry.size)}, ${entry.sha.slice(0, DIGITS)}` : 'an empty directory';
}

export function countsText({ added, updated, deleted, moved }: CommitCounts): string {
  const all = Object.entries({ added, updated, deleted, moved }).filter(([, count]) => count > 0);
  return all.length === 0 ? 'nothing changed' : all.map(([word, count]) => `${countText(count)} ${word}`).join(', ');
}

const MESSAGE_CHARACTERS = 72;

/** What somebody else wrote stays one line, and does nothing to a terminal. */
function oneLine(message: string): string {
  const text = message.replace(/[\p{Cc}\p{Cf}]+/gu, ' ');
  return text.length > MESSAGE_CHARACTERS ? `${text.slice(0, MESSAGE_CHARACTERS)}…` : text;
}

/** As it can be typed into a shell again. */
const quotedWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
