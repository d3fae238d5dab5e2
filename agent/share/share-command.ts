// `fs-sync share`, `shares` and `unshare`: makes links to files and directories, lists them, ends them. The command writes
// the link's record and tells of it; servers open it.
import { ProjectCommits } from '../../core/history/project-commits.ts';
import { unreachable } from '../../core/model/assert.ts';
import { InvalidValueError, type ProjectName, parseProjectName, quote } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { type Share, shareState } from '../../core/model/share.ts';
import { commonEnv, type Env, httpEnv, readEnv } from '../../core/settings/env.ts';
import { parseLasting } from '../../core/share/lasting.ts';
import { shareable } from '../../core/share/shared-tree.ts';
import { createShare, listShares, type NewShare, revokeShare } from '../../core/share/shares.ts';
import { findCommit, missingProject } from '../job/find-commit.ts';
import { parsePart, readConnectSettings } from '../job/job-settings.ts';
import { thisPerson } from '../job/person.ts';
import { type TenantStores, withStores } from '../job/with-stores.ts';
import type { AskPassword } from './ask-password.ts';
import {
  checkedPassword,
  checkShareId,
  listText,
  madeText,
  noShare,
  onlyShare,
  parseUses,
  revokedText,
  type ShownShare,
} from './share-words.ts';

export interface ShareArgs {
  readonly expires?: string;
  readonly uses?: string;
  readonly password?: boolean;
  /** a commit, or the beginning of its id */
  readonly commit?: string;
  readonly json?: boolean;
}

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
    const password = args.password ? checkedPassword(await ask()) : undefined;
    const expiresAt = lastsMs === undefined ? undefined : io.stores.clock.now() + lastsMs;
    const asked = { scope, since, actor: thisPerson(), expiresAt, maxUses, password };
    const { share, token } = await io.onRecord(
      'share.create',
      { project, path: at, commit: scope.commit_sha, asked: { lastsMs, maxUses, password: password !== undefined } },
      () => createShare(io.sharing, asked),
      (made) => ({ share: made.share.id }),
    );
    const link = `${base}/s/${token}`;
    if (args.json) return JSON.stringify({ ...factsOf(share, io.stores.clock.now()), link });
    return madeText(link, shownOf(share, io.stores.clock.now()), 'It is shown only now. ');
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
    return listText(found.map((share) => shownOf(share, now)));
  });
}

export async function unshareCommand(
  named: string,
  args: { readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  checkShareId(named);
  return withStores(readConnectSettings(env), 'unshare', async ({ stores, sharing, onRecord }) => {
    const share = onlyShare(await listShares(sharing.shares), named);
    const outcome = await onRecord('share.revoke', { share: share.id }, () =>
      revokeShare(sharing, share.id, thisPerson()),
    );
    switch (outcome.kind) {
      case 'no-share':
        throw noShare(named);
      case 'revoked':
      case 'revoked-before':
        if (args.json) return JSON.stringify(factsOf(outcome.share, stores.clock.now()));
        return revokedText(share.scope, outcome.kind === 'revoked');
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
  const io = { ...stores, commits: new ProjectCommits(stores.objects) };
  const found = await shareable(io, project, path, sha);
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

/** What the link begins with: a command does not know where people reach the server unless it is told. */
function serverAddress(env: Env): string {
  const { FS_PUBLIC_URL, HOST, PORT } = readEnv({ ...commonEnv, ...httpEnv }, env);
  if (FS_PUBLIC_URL !== undefined) return FS_PUBLIC_URL;
  const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${PORT}`;
}

const shownOf = (share: Share, now: number): ShownShare => ({
  ...{ id: share.id, project: share.scope.project, path: share.scope.path, commit: share.scope.commit_sha ?? null },
  ...{ state: shareState(share, now), expires: share.expires ?? null, uses: share.uses, most: share.max_uses ?? null },
  ...{ hasPassword: share.password !== undefined, by: share.actor.id },
});

function factsOf(share: Share, now: number): object {
  const { v: _, password, sealed: __, since: ___, ...rest } = share;
  return { ...rest, state: shareState(share, now), password: password !== undefined };
}
