// `fs-sync share`, `shares` and `unshare` for people who reach a server and no NATS: the same words, the same results.
import { type ApiShare, sharePageSchema, shareViewSchema } from '../../core/api/share.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { parseLasting } from '../../core/share/lasting.ts';
import { parsePart } from '../job/job-settings.ts';
import type { AskPassword } from '../share/ask-password.ts';
import type { ShareArgs } from '../share/share-command.ts';
import {
  checkedPassword,
  checkShareId,
  listText,
  madeText,
  onlyShare,
  parseUses,
  revokedText,
  type ShownShare,
} from '../share/share-words.ts';
import { ApiClient } from './api-client.ts';
import { StrangeServerError } from './api-errors.ts';
import { remoteCommit } from './remote-commit.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

/** All: @returns what to print @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function remoteShare(
  name: string,
  path: string | undefined,
  args: ShareArgs & ServerArgs,
  ask: AskPassword,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? '' : parsePart(path);
  const lastsMs = parseLasting(args.expires ?? '7d');
  const maxUses = args.uses === undefined ? undefined : parseUses(args.uses);
  const client = clientOf(args, env);
  const commit = args.commit === undefined ? undefined : await remoteCommit(client, project, args.commit);
  const password = args.password ? checkedPassword(await ask()) : undefined;
  const made = await client.json(shareViewSchema, 'POST', '/shares', {
    json: { project, path: at, commit, lasts_s: lastsMs && lastsMs / 1_000, max_uses: maxUses, password },
  });
  if (args.json) return JSON.stringify({ ...made, link: made.url });
  if (made.url === null) throw new StrangeServerError(`${client.server.url} made a link and does not say where it is`);
  return madeText(made.url, shownOf(made));
}

export async function remoteShares(
  args: ServerArgs & { readonly project?: string; readonly all?: boolean; readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  const project = args.project === undefined ? undefined : parseProjectName(args.project);
  const client = clientOf(args, env);
  const found = args.all
    ? await allShares(client, project)
    : await client.all(sharePageSchema, '/shares', { project, state: 'active' });
  return args.json ? JSON.stringify(found) : listText(found.map(shownOf));
}

export async function remoteUnshare(
  named: string,
  args: ServerArgs & { readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  checkShareId(named);
  const client = clientOf(args, env);
  const share = onlyShare(await allShares(client, undefined), named);
  const isNow = share.state !== 'revoked';
  if (isNow) await client.done('DELETE', `/shares/${share.id}`);
  if (args.json) return JSON.stringify(await client.json(shareViewSchema, 'GET', `/shares/${share.id}`));
  return revokedText(share, isNow);
}

/** The newest first, whether they open anything or not. */
async function allShares(client: ApiClient, project: string | undefined): Promise<ApiShare[]> {
  const found: ApiShare[] = [];
  for (const state of ['active', 'ended']) {
    found.push(...(await client.all(sharePageSchema, '/shares', { project, state })));
  }
  return found.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
}

const clientOf = (args: ServerArgs, env: Env): ApiClient => new ApiClient(whichServer(args, env));

const shownOf = (share: ApiShare): ShownShare => ({
  ...{ id: share.id, project: share.project, path: share.path, commit: share.commit_sha, state: share.state },
  ...{ expires: share.expires_at, uses: share.uses, most: share.max_uses },
  ...{ hasPassword: share.has_password, by: share.by },
});
