// `fs-sync share`, `shares` and `unshare`: makes links to files and directories, lists them, ends them. The command writes
// the link's record and tells of it; servers open it.
import { unreachable } from '../../core/model/assert.ts';
import { InvalidValueError, type ProjectName, parseProjectName, quote } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import {
  MAX_PASSWORD,
  MAX_SHARE_USES,
  MIN_PASSWORD,
  type Share,
  type ShareScope,
  shareState,
  shortShareId,
} from '../../core/model/share.ts';
import { commonEnv, type Env, httpEnv, readEnv } from '../../core/settings/env.ts';
import { parseLasting } from '../../core/share/lasting.ts';
import { shareable } from '../../core/share/shared-tree.ts';
import { createShare, listShares, type NewShare, revokeShare } from '../../core/share/shares.ts';
import { findCommit, missingProject } from '../job/find-commit.ts';
import { parsePart, readConnectSettings } from '../job/job-settings.ts';
import { thisPerson } from '../job/person.ts';
import { type TenantStores, withStores } from '../job/with-stores.ts';
import { countText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';
import type { AskPassword } from './ask-password.ts';

export interface ShareArgs {
  readonly expires?: string;
  readonly uses?: string;
  readonly password?: boolean;
  /** a commit, or the beginning of its id */
  readonly commit?: string;
  readonly json?: boolean;
}

/** As short as a person may write the id of a link. */
const MIN_DIGITS = 6;

/** All throw SettingsError, InvalidValueError when it cannot be done as asked, and StoreUnavailableError.
 *  @param path  undefined: the whole project
 *  @returns what to print */
export async function shareCommand(
  name: string,
  path: string | undefined,
  args: ShareArgs,
  ask: AskPassword,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? '' : parsePart(path);
  const lastsMs = parseLasting(args.expires ?? '7d');
  const maxUses = args.uses === undefined ? undefined : parseUses(args.uses);
  const base = serverAddress(env);
  return withStores(readConnectSettings(env), 'share', async (io) => {
    const { scope, since } = await seenAt(io, project, at, args.commit);
    const password = args.password ? checked(await ask()) : undefined;
    const expiresAt = lastsMs === undefined ? undefined : io.stores.clock.now() + lastsMs;
    const asked = { scope, since, actor: thisPerson(), expiresAt, maxUses, password };
    const { share, token } = await createShare(io.sharing, asked);
    const link = `${base}/s/${token}`;
    if (args.json) return JSON.stringify({ ...factsOf(share, io.stores.clock.now()), link });
    return `${link}\n${lineOf(share, io.stores.clock.now())}\nIt is shown only now. To end it: npx fs-sync unshare ${shortShareId(share.id)}`;
  });
}

export async function sharesCommand(
  args: { readonly project?: string; readonly all?: boolean; readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  const project = args.project === undefined ? undefined : parseProjectName(args.project);
  return withStores(readConnectSettings(env), 'shares', async ({ stores, sharing }) => {
    const now = stores.clock.now();
    const found = (await listShares(sharing.shares))
      .filter(({ scope }) => project === undefined || scope.project === project)
      .filter((share) => args.all || shareState(share, now) === 'active');
    if (args.json) return JSON.stringify(found.map((share) => factsOf(share, now)));
    if (found.length > 0) return found.map((share) => lineOf(share, now)).join('\n');
    return 'Nothing is shared. Make a link: npx fs-sync share <project> <path>';
  });
}

export async function unshareCommand(
  named: string,
  args: { readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  return withStores(readConnectSettings(env), 'unshare', async ({ stores, sharing }) => {
    const share = await namedShare(sharing, named);
    const outcome = await revokeShare(sharing, share.id, thisPerson());
    switch (outcome.kind) {
      case 'no-share':
        throw noShare(named);
      case 'revoked':
      case 'revoked-before': {
        if (args.json) return JSON.stringify(factsOf(outcome.share, stores.clock.now()));
        const what = `The link to ${placeOf(share.scope)}`;
        return outcome.kind === 'revoked'
          ? `${what} is revoked: whoever opens it from now on gets nothing.`
          : `${what} was revoked before.`;
      }
      default:
        return unreachable(outcome);
    }
  });
}

async function seenAt(
  { stores }: TenantStores,
  project: ProjectName,
  path: RelPath | '',
  commit: string | undefined,
): Promise<Pick<NewShare, 'scope' | 'since'>> {
  const sha = commit === undefined ? undefined : (await findCommit(stores, project, commit)).commitSha;
  const found = await shareable(stores, project, path, sha);
  switch (found.kind) {
    case 'file':
    case 'directory':
      return {
        scope: { project, kind: found.kind, path, ...(sha !== undefined && { commit_sha: sha }) },
        since: found.since,
      };
    case 'no-project':
      throw missingProject(project);
    case 'no-commit':
      throw new InvalidValueError(`${project} has no commit ${commit}: npx fs-sync history ${project} lists them`);
    case 'nothing':
      throw new InvalidValueError(`${project} has nothing at ${quote(path)}: give a file or a directory of it`);
    default:
      return unreachable(found);
  }
}

async function namedShare({ shares }: TenantStores['sharing'], named: string): Promise<Share> {
  if (named.length < MIN_DIGITS || !/^[0-9a-f]{1,32}$/.test(named)) {
    throw new InvalidValueError(
      `${quote(named)} is no id of a link: give at least its first ${MIN_DIGITS} hex digits (npx fs-sync shares lists them)`,
    );
  }
  const [share, second] = (await listShares(shares)).filter(({ id }) => id.startsWith(named));
  if (!share) throw noShare(named);
  if (second) throw new InvalidValueError(`${named} is the beginning of several links: give more digits`);
  return share;
}

const noShare = (named: string): InvalidValueError =>
  new InvalidValueError(`there is no link ${named}: npx fs-sync shares lists them`);

function parseUses(text: string): number {
  const uses = Number(text);
  if (/^\d+$/.test(text) && uses >= 1 && uses <= MAX_SHARE_USES) return uses;
  throw new InvalidValueError(`--uses is ${quote(text)}: give a whole number from 1 to ${countText(MAX_SHARE_USES)}`);
}

function checked(password: string): string {
  if (password.length >= MIN_PASSWORD && password.length <= MAX_PASSWORD) return password;
  throw new InvalidValueError(`no link was made: give a password of ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`);
}

/** What the link begins with: a command does not know where people reach the server unless it is told. */
function serverAddress(env: Env): string {
  const { FS_PUBLIC_URL, HOST, PORT } = readEnv({ ...commonEnv, ...httpEnv }, env);
  if (FS_PUBLIC_URL !== undefined) return FS_PUBLIC_URL;
  const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`;
}

const placeOf = ({ project, path }: ShareScope): string => (path === '' ? project : shown(`${project}/${path}`));

/** `3fa2b1c4d5e6  demo/docs  latest, active until 2026-06-01 12:00 UTC, used 3 of 5 times, password, by ada@host` */
function lineOf(share: Share, now: number): string {
  const { scope, expires, uses, max_uses: most, password, actor } = share;
  const state = shareState(share, now).replace('-', ' ');
  const words = [
    scope.commit_sha === undefined ? 'latest' : `at ${scope.commit_sha.slice(0, 12)}`,
    state === 'active' ? (expires === undefined ? 'until revoked' : `until ${minute(expires)}`) : state,
    `used ${countText(uses)}${most === undefined ? '' : ` of ${countText(most)}`} ${uses === 1 && most === undefined ? 'time' : 'times'}`,
    ...(password ? ['with a password'] : []),
    `by ${shown(actor.id)}`,
  ];
  return `${shortShareId(share.id)}  ${placeOf(scope)}  ${words.join(', ')}`;
}

/** `2026-06-01 12:00 UTC` */
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

function factsOf(share: Share, now: number): object {
  const { v: _, password, sealed: __, since: ___, ...rest } = share;
  return { ...rest, state: shareState(share, now), password: password !== undefined };
}
