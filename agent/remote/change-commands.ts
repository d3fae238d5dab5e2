// `fs-sync rm` and `mv`: paths of a project are deleted, or get another name, in one commit; history keeps what was.
import { InvalidValueError, type ProjectName, parseProjectName } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Env } from '../../core/settings/env.ts';
import { parsePart } from '../job/job-settings.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { commitOps } from './put-command.ts';
import { expectedCommit } from './remote-commit.ts';
import { findAt } from './remote-tree.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface ChangeArgs extends ServerArgs {
  readonly message?: string;
  readonly ifMatch?: string;
  readonly json?: boolean;
}

/** Both: @returns what to print
 *  @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws; nothing has changed */
export async function rmCommand(
  name: string,
  paths: readonly string[],
  args: ChangeArgs & { readonly recursive?: boolean },
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const client = new ApiClient(whichServer(args, env));
  const parts: RelPath[] = paths.map(parsePart);
  for (const path of parts) {
    const { kind } = await findAt(client, project, path);
    if (kind === 'dir' && !args.recursive) {
      throw new InvalidValueError(
        `${shown(path)} is a directory: give --recursive to delete it with all that is in it`,
      );
    }
  }
  const ops = parts.map((path) => ({ op: 'delete', path }) as const);
  const done = await commitOps(client, project, ops, await commitArgs(client, project, args));
  if (args.json) return JSON.stringify({ project, ...done });
  const to = done.commit.slice(0, 12);
  return `Deleted ${parts.map(shown).join(', ')} of ${project}, in commit ${to}; history has ${parts.length === 1 ? 'it' : 'them'}.`;
}

export async function mvCommand(
  name: string,
  from: string,
  to: string,
  args: ChangeArgs & { readonly force?: boolean },
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const [old, next] = [parsePart(from), parsePart(to)];
  const client = new ApiClient(whichServer(args, env));
  const op = { op: 'move', from: old, to: next, replace: args.force ?? false } as const;
  const done = await commitOps(client, project, [op], await commitArgs(client, project, args));
  if (args.json) return JSON.stringify({ project, ...done });
  return `Moved ${shown(old)} to ${shown(next)} in ${project}, in commit ${done.commit.slice(0, 12)}.`;
}

const commitArgs = async (client: ApiClient, project: ProjectName, { message, ifMatch }: ChangeArgs) => ({
  message,
  ifMatch: await expectedCommit(client, project, ifMatch),
});
