// `fs-sync put`: a file or a directory of this disk becomes part of a project, in one commit. What the project has already at its place
// is not sent, and the server verifies what is (I6); nothing is visible before all of it is there (I1).
import { realpathSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type ApiCommitDone, type ApiCommitOp, commitDoneSchema } from '../../core/api/commit.ts';
import { MAX_OPS } from '../../core/api/limits.ts';
import { systemClock } from '../../core/model/clock.ts';
import {
  InvalidValueError,
  type ProjectName,
  parseProjectName,
  parseSha,
  quote,
  type Sha,
} from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { atOnce } from '../../core/tier/at-once.ts';
import { parsePart } from '../job/job-settings.ts';
import { Progress } from '../job/progress.ts';
import { countText, filesText, sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { ApiRefusedError } from './api-errors.ts';
import { type LocalEntry, type LocalFile, localEntries, localFile, shaOfFile } from './local-files.ts';
import { walkAt } from './remote-tree.ts';
import { type SendIo, sendFile } from './send-file.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface PutArgs extends ServerArgs {
  readonly to?: string;
  readonly message?: string;
  /** only on this commit */
  readonly ifMatch?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const AT_ONCE = 6;
const MOST_TRIES = 5;

export interface PutIo {
  /** for the person: what is left out */
  readonly warn: (line: string) => void;
}

/** @returns what to print
 *  @throws InvalidValueError, SettingsError, and what `sendFile` throws */
export async function putCommand(
  name: string,
  source: string,
  args: PutArgs,
  { warn }: PutIo,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const ifMatch = args.ifMatch === undefined ? undefined : parseSha(args.ifMatch);
  const { at, entries } = await readSource(source, args.to);
  const client = new ApiClient(whichServer(args, env));
  const files = entries.filter((entry) => entry.kind === 'file');
  for (const entry of entries) if (entry.kind === 'left-out') warn(`${shown(entry.path)} is left out: ${entry.reason}`);
  const empty = entries.filter((entry) => entry.kind === 'empty');
  if (files.length + empty.length > MAX_OPS) {
    throw new InvalidValueError(
      `${countText(files.length + empty.length)} paths are more than one commit takes (${countText(MAX_OPS)}): put its directories one by one, or sync it with an agent (npx fs-sync agent)`,
    );
  }
  const there = await shasThere(client, project, at);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const progress = process.stderr.isTTY
    ? new Progress(process.stderr, systemClock, 'put', { files: files.length, bytes })
    : { add: () => {}, end: () => {} };
  const sent = { files: 0, bytes: 0 };
  const ops: ApiCommitOp[] = empty
    .filter(({ path }) => !there.has(below(at, path)))
    .map(({ path }) => ({ op: 'mkdir', path: below(at, path) }));
  const io: SendIo = { client, project, moved: (moved) => progress.add({ files: 0, bytes: moved }) };
  try {
    await atOnce(files, AT_ONCE, new AbortController().signal, async (file) => {
      const path = below(at, file.path);
      const { sha, size, mode, mtime, isSent } = await bring(io, file, args.dryRun ? 'all' : there.get(path));
      progress.add({ files: 1, bytes: 0 });
      if (isSent) sent.files++;
      if (isSent) sent.bytes += size;
      if (there.get(path) !== sha) ops.push({ op: 'put', path, sha, size, mode, mtime });
    });
  } finally {
    progress.end();
  }
  const what = `${filesText(files.length)} (${sizeText(bytes)})`;
  const where = at === '' ? project : `${shown(at)} of ${project}`;
  if (ops.length === 0) {
    return args.json ? JSON.stringify({ project, path: at, changed: false, sent }) : `${what} are in ${where} already.`;
  }
  if (args.dryRun) {
    if (args.json) return JSON.stringify({ project, path: at, dry_run: true, ops });
    return [`${countText(ops.length)} of ${what} would change ${where}:`, ...ops.map(opLine)].join('\n');
  }
  const done = await commitOps(client, project, ops, { message: args.message, ifMatch });
  if (args.json) return JSON.stringify({ project, path: at, ...done, sent });
  return `Put ${what} into ${where}, in commit ${done.commit.slice(0, 12)}; ${sizeText(sent.bytes)} were sent.${conflictText(done)}`;
}

/** Also for who deletes and moves. @throws ApiRefusedError  nothing has changed */
export async function commitOps(
  client: ApiClient,
  project: ProjectName,
  ops: readonly ApiCommitOp[],
  { message, ifMatch }: { readonly message: string | undefined; readonly ifMatch: Sha | undefined },
): Promise<ApiCommitDone> {
  return client.json(commitDoneSchema, 'POST', `/projects/${project}/commits`, {
    json: { ops, ...(message !== undefined && { message }) },
    ...(ifMatch !== undefined && { headers: { 'if-match': `"${ifMatch}"` } }),
  });
}

export const conflictText = ({ conflicts }: ApiCommitDone): string =>
  conflicts.length === 0
    ? ''
    : ` ${countText(conflicts.length)} changed meanwhile and were replaced; history has them.`;

async function readSource(
  source: string,
  to: string | undefined,
): Promise<{ at: RelPath | ''; entries: LocalEntry[] }> {
  const from = resolve(source);
  const stat = statSync(from, { throwIfNoEntry: false });
  if (!stat) throw new SettingsError(`there is nothing at ${quote(source)}: name a file or a directory`);
  if (stat.isFile()) {
    const name = to === undefined ? basename(from) : to.endsWith('/') ? `${to}${basename(from)}` : to;
    const path = parsePart(name);
    // Who names a link means what it leads to.
    return { at: '', entries: [await localFile(realpathSync(from), path)] };
  }
  if (!stat.isDirectory()) throw new SettingsError(`${source} is neither a file nor a directory: name one`);
  const entries: LocalEntry[] = [];
  for await (const entry of localEntries(from)) entries.push(entry);
  const part = to?.replace(/\/+$/, '') ?? basename(from);
  return { at: part === '' || part === '.' ? '' : parsePart(part), entries };
}

const below = (at: RelPath | '', path: RelPath): RelPath => (at === '' ? path : (`${at}/${path}` as RelPath));

async function shasThere(
  client: ApiClient,
  project: ProjectName,
  at: RelPath | '',
): Promise<Map<string, Sha | undefined>> {
  const found = new Map<string, Sha | undefined>();
  for await (const row of walkAt(client, project, at)) found.set(row.path, row.kind === 'file' ? row.sha : undefined);
  return found;
}

/** A file that changes while it is read is read again (I7): what is committed is what the server has verified.
 *  @param there  what need not be sent: what its path has. A token for some projects may not name by its sha what other paths have */
async function bring(io: SendIo, file: LocalFile, there: Sha | 'all' | undefined) {
  for (let tries = 1; ; tries++) {
    const { size, mode, mtime } = await localFile(file.from, file.path);
    const sha = await shaOfFile(file.from);
    const facts = { sha, size, mode, mtime };
    if (there === 'all' || there === sha) {
      io.moved(size);
      return { ...facts, isSent: false };
    }
    try {
      await sendFile(io, { from: file.from, sha, size });
      return { ...facts, isSent: true };
    } catch (error) {
      const hasChanged = error instanceof ApiRefusedError && error.problem.code === 'hash-mismatch';
      if (!hasChanged || tries === MOST_TRIES) throw error;
    }
  }
}

function opLine(op: ApiCommitOp): string {
  return op.op === 'move' ? `  move ${shown(op.from)} to ${shown(op.to)}` : `  ${op.op} ${shown(op.path)}`;
}
