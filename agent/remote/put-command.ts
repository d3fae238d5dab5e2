// `fs-sync put`: files and directories of this disk, or the input, become part of a project, in one commit. What the project has already at its place
// is not sent, and the server verifies what is (I6); nothing is visible before all of it is there (I1).
import type { Readable } from 'node:stream';
import { type ApiCommitDone, type ApiCommitOp, commitDoneSchema } from '../../core/api/commit.ts';
import { MAX_OPS } from '../../core/api/limits.ts';
import { systemClock } from '../../core/model/clock.ts';
import { InvalidValueError, type ProjectName, parseProjectName, type Sha } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { atOnce } from '../../core/tier/at-once.ts';
import { Progress } from '../job/progress.ts';
import { countText, filesText, sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { ApiRefusedError } from './api-errors.ts';
import { type LocalFile, localFile, shaOfFile } from './local-files.ts';
import { type PutSources, putSources } from './put-sources.ts';
import { expectedCommit } from './remote-commit.ts';
import { lookAt, walkAt } from './remote-tree.ts';
import { type SendIo, sendFile } from './send-file.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface PutArgs extends ServerArgs {
  readonly to?: string;
  readonly message?: string;
  /** only on this commit: its id, or the beginning of it */
  readonly ifMatch?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const AT_ONCE = 6;
const MOST_TRIES = 5;

export interface PutIo {
  /** for the person: what is left out */
  readonly warn: (line: string) => void;
  /** what `-` stands for */
  readonly input: Readable;
}

/** @returns what to print
 *  @throws InvalidValueError, SettingsError, and what `sendFile` throws */
export async function putCommand(
  name: string,
  named: readonly string[],
  args: PutArgs,
  { warn, input }: PutIo,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const client = new ApiClient(whichServer(args, env));
  const ifMatch = await expectedCommit(client, project, args.ifMatch);
  const sources = await putSources(named, args.to, input);
  try {
    return await put(client, project, sources, { ...args, ifMatch }, warn);
  } finally {
    await sources.end();
  }
}

async function put(
  client: ApiClient,
  project: ProjectName,
  { at, roots, entries }: PutSources,
  args: Omit<PutArgs, 'ifMatch'> & { readonly ifMatch: Sha | undefined },
  warn: PutIo['warn'],
): Promise<string> {
  const files = entries.filter((entry) => entry.kind === 'file');
  for (const entry of entries) if (entry.kind === 'left-out') warn(`${shown(entry.path)} is left out: ${entry.reason}`);
  const empty = entries.filter((entry) => entry.kind === 'empty');
  if (files.length + empty.length > MAX_OPS) {
    throw new InvalidValueError(
      `${countText(files.length + empty.length)} paths are more than one commit takes (${countText(MAX_OPS)}): put its directories one by one, or sync it with an agent (npx fs-sync agent)`,
    );
  }
  const there = await shasThere(client, project, roots);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const progress = process.stderr.isTTY
    ? new Progress(process.stderr, systemClock, 'put', { files: files.length, bytes })
    : { add: () => {}, end: () => {} };
  const sent = { files: 0, bytes: 0 };
  const ops: ApiCommitOp[] = empty.filter(({ path }) => !there.has(path)).map(({ path }) => ({ op: 'mkdir', path }));
  const io: SendIo = { client, project, moved: (moved) => progress.add({ files: 0, bytes: moved }) };
  try {
    await atOnce(files, AT_ONCE, new AbortController().signal, async (file) => {
      const { path } = file;
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
  const done = await commitOps(client, project, ops, args);
  if (args.json) return JSON.stringify({ project, path: at, ...done, sent });
  return `Put ${what} into ${where}, in commit ${done.commit.slice(0, 12)}; ${sizeText(sent.bytes)} were sent.${conflictText(done)}`;
}

/** Also for who deletes and moves. @throws ApiRefusedError  nothing has changed */
export async function commitOps(
  client: ApiClient,
  project: ProjectName,
  ops: readonly ApiCommitOp[],
  { message, ifMatch }: { readonly message?: string | undefined; readonly ifMatch: Sha | undefined },
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

async function shasThere(
  client: ApiClient,
  project: ProjectName,
  roots: PutSources['roots'],
): Promise<Map<string, Sha | undefined>> {
  const found = new Map<string, Sha | undefined>();
  for (const { kind, path } of roots) {
    if (kind === 'file') {
      const at = await lookAt(client, project, path);
      if (at) found.set(path, at.kind === 'file' ? at.facts.sha : undefined);
      continue;
    }
    for await (const row of walkAt(client, project, path))
      found.set(row.path, row.kind === 'file' ? row.sha : undefined);
  }
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
