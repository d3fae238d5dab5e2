// `fs-sync diff`: what differs between two commits of a project, in the order of the paths, as its server tells it.
import { type ApiDifference, type ApiVersion, diffPageSchema } from '../../core/api/diff.ts';
import { unreachable } from '../../core/model/assert.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { countText, sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { remoteCommit } from './remote-commit.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface DiffArgs extends ServerArgs {
  readonly json?: boolean;
}

/** rows that are asked for at once */
const PAGE = 1_000;

/** @param until  undefined: what is current
 *  @returns the lines, as they come
 *  @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function* diffCommand(
  name: string,
  since: string,
  until: string | undefined,
  args: DiffArgs,
  env: Env = process.env,
): AsyncGenerator<string> {
  const project = parseProjectName(name);
  const client = new ApiClient(whichServer(args, env));
  const from = await remoteCommit(client, project, since);
  const ask = (to: string | undefined, cursor: string | undefined) =>
    client.json(diffPageSchema, 'GET', `/projects/${project}/diff`, { query: { from, to, cursor, limit: PAGE } });
  const to = until === undefined ? undefined : await remoteCommit(client, project, until);
  let page = await ask(to, undefined);
  const { totals } = page;
  for (;;) {
    for (const one of page.items) yield args.json ? JSON.stringify(one) : lineOf(one);
    if (page.next === null) break;
    page = await ask(to, page.next);
  }
  if (args.json || !totals) return;
  const { added, updated, removed, moved, put_bytes, gone_bytes } = totals;
  const counts = Object.entries({ added, updated, removed, moved }).filter(([, count]) => count > 0);
  yield counts.length === 0
    ? 'Nothing differs.'
    : `${counts.map(([word, count]) => `${countText(count)} ${word}`).join(', ')}; ${sizeText(put_bytes)} came, ${sizeText(gone_bytes)} went.`;
}

function lineOf(one: ApiDifference): string {
  switch (one.kind) {
    case 'added':
      return `added    ${shown(one.path)}, ${sizeOf(one.now)}`;
    case 'updated':
      return `updated  ${shown(one.path)}, ${sizeOf(one.was)} to ${sizeOf(one.now)}`;
    case 'removed':
      return `removed  ${shown(one.path)}, ${sizeOf(one.was)}`;
    case 'moved':
      return `moved    ${shown(one.from)} to ${shown(one.path)}`;
    default:
      return unreachable(one);
  }
}

const sizeOf = (version: ApiVersion): string => ('dir' in version ? 'a directory' : sizeText(version.size));
