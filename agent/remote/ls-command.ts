// `fs-sync ls`: what a project has at a path, as its server lists it; without a project, which projects there are.
import { projectPageSchema } from '../../core/api/project.ts';
import type { ApiTreeRow } from '../../core/api/tree.ts';
import { isoTime } from '../../core/model/clock.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { parsePart } from '../job/job-settings.ts';
import { countText, filesText, sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';
import type { Paint } from '../terminal/paint.ts';
import { ApiClient } from './api-client.ts';
import { findAt, listAt, walkAt } from './remote-tree.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface LsArgs extends ServerArgs {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly json?: boolean;
}

/** @returns the lines, as they come
 *  @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function* lsCommand(
  name: string | undefined,
  path: string | undefined,
  args: LsArgs,
  paint: Paint,
  env: Env = process.env,
): AsyncGenerator<string> {
  const client = new ApiClient(whichServer(args, env));
  if (name === undefined) return yield* listProjects(client, args);
  const project = parseProjectName(name);
  const found = await findAt(client, project, path === undefined ? '' : parsePart(path));
  const lineOf = (row: ApiTreeRow, label: string) =>
    args.json ? JSON.stringify(row) : args.long ? longLine(row, label, paint) : shortLine(row, label, paint);
  if (found.kind === 'file') {
    const label = found.path.slice(found.path.lastIndexOf('/') + 1);
    for await (const row of listAt(client, project, found.path.slice(0, -label.length - 1) as typeof found.path | '')) {
      if (row.path === found.path) return yield lineOf(row, found.path);
    }
    return;
  }
  const below = found.path === '' ? 0 : found.path.length + 1;
  const rows = args.recursive ? walkAt(client, project, found.path) : listAt(client, project, found.path);
  for await (const row of rows) yield lineOf(row, row.path.slice(below));
}

async function* listProjects(client: ApiClient, { json, long }: LsArgs): AsyncGenerator<string> {
  for await (const projects of client.pages(projectPageSchema, '/projects')) {
    for (const project of projects) {
      const { name, files, bytes, sentence } = project;
      if (json) yield JSON.stringify(project);
      else
        yield long
          ? `${name.padEnd(20)}  ${countText(files).padStart(9)} ${files === 1 ? 'file ' : 'files'}  ${sizeText(bytes).padStart(7)}  ${sentence}`
          : name;
    }
  }
}

const shortLine = (row: ApiTreeRow, label: string, paint: Paint): string =>
  row.kind === 'dir' ? paint('green', `${shown(label)}/`) : shown(label);

/** `rw-r--r--   1.2 MB  2026-06-01 12:00 UTC  cold  name` */
function longLine(row: ApiTreeRow, label: string, paint: Paint): string {
  if (row.kind === 'dir') {
    return `${filesText(row.files).padStart(9)}  ${sizeText(row.bytes).padStart(7)}  ${' '.repeat(20)}       ${shortLine(row, label, paint)}`;
  }
  const { mode, size, mtime, hot, cold } = row;
  const time = `${isoTime(mtime).slice(0, 16).replace('T', ' ')} UTC`;
  const tier = hot ? (cold ? 'both' : 'hot') : 'cold';
  return `${bitsOf(mode)}  ${sizeText(size).padStart(7)}  ${time}  ${paint('dim', tier.padEnd(4))}  ${shown(label)}`;
}

const bitsOf = (mode: number): string =>
  [6, 3, 0].flatMap((shift) => [4, 2, 1].map((bit, i) => ((mode >> shift) & bit ? 'rwx'[i] : '-'))).join('');
