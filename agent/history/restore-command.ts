// `fs-sync restore`: a file, a directory or a whole project as it was at a commit, as a new commit. What is only in cold comes
// back first, through a server.
import type { PathOp } from '../../core/commit/path-op.ts';
import { planRestore, type RestoreRequest, type RestoreResult, restore } from '../../core/history/restore.ts';
import { unreachable } from '../../core/model/assert.ts';
import { InvalidValueError, type ProjectName, parseProjectName, type Sha } from '../../core/model/ids.ts';
import { parseRelPath, type RelPath } from '../../core/model/rel-path.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { findCommit, missingProject } from '../job/find-commit.ts';
import { readConnectSettings } from '../job/job-settings.ts';
import { thisPerson } from '../job/person.ts';
import { withStores } from '../job/with-stores.ts';
import { countText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';

export interface RestoreArgs {
  readonly to?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const DIGITS = 12;
export const PATHS_SHOWN = 20;

/** @param path  a file, or a directory with all below it; undefined: the whole project
 *  @returns what to print
 *  @throws InvalidValueError, SettingsError; StoreUnavailableError  nothing has changed */
export async function restoreCommand(
  name: string,
  path: string | undefined,
  args: RestoreArgs,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const scope = path === undefined ? '' : parseRelPath(path);
  const { to } = args;
  if (to === undefined) {
    throw withoutCommit(project);
  }
  return withStores({ ...readConnectSettings(env), project }, 'restore', async ({ stores, contents, onRecord }) => {
    const { commitSha } = await findCommit(stores, project, to);
    const request: RestoreRequest = { project, to: commitSha, path: scope, actor: thisPerson() };
    const what = whatOf(project, scope, commitSha);
    if (args.dryRun) {
      const plan = await planRestore(stores, request);
      if (typeof plan === 'string') throw refusal({ kind: plan, paths: [] }, request);
      return args.json
        ? JSON.stringify(plan)
        : planText(plan.ops.slice(0, PATHS_SHOWN).map(lineOf), plan.ops.length, what);
    }
    const result = await onRecord(
      'project.commit',
      { project, path: scope, asked: { restore: commitSha } },
      () => restore(stores, request, contents.objects),
      (made) => (made.kind === 'committed' ? { commit: made.commitSha } : {}),
    );
    if (args.json && (result.kind === 'committed' || result.kind === 'unchanged')) {
      return JSON.stringify({ project, commit: result.at.current.commit_sha, kind: result.kind });
    }
    switch (result.kind) {
      case 'committed':
        return restoredText(what, result.commitSha);
      case 'unchanged':
        return unchangedText(what);
      default:
        throw refusal(result, request);
    }
  });
}

/** `docs of site to 3fa2b1c4d5e6` */
export const whatOf = (project: ProjectName, scope: RelPath | '', to: Sha): string =>
  `${scope === '' ? project : `${shown(scope)} of ${project}`} to ${to.slice(0, DIGITS)}`;

export const restoredText = (what: string, commit: Sha): string =>
  `Restored ${what}: commit ${commit.slice(0, DIGITS)}. Nodes get it by themselves.`;

export const unchangedText = (what: string): string => `Nothing to restore: ${what} is what is current already.`;

export const withoutCommit = (project: ProjectName): SettingsError =>
  new SettingsError(`give --to <commit>: npx fs-sync history ${project} lists them`);

/** @param paths  those whose bytes are gone, as far as they are known */
export function notKept(project: ProjectName, to: Sha, paths: readonly string[]): InvalidValueError {
  const names = paths.length === 0 ? '' : `: ${paths.slice(0, PATHS_SHOWN).map(shown).join(', ')}`;
  return new InvalidValueError(
    `what ${project} had at ${to.slice(0, DIGITS)} is not kept any more${names}. Nothing was restored: give a newer commit, or single paths`,
  );
}

type Refused = Exclude<RestoreResult['kind'], 'committed' | 'unchanged'>;

function refusal(
  { kind, paths = [] }: { readonly kind: Refused; readonly paths?: readonly string[] },
  { project, to }: RestoreRequest,
): InvalidValueError {
  const short = to.slice(0, DIGITS);
  switch (kind) {
    case 'no-project':
      return missingProject(project);
    case 'foreign':
      return new InvalidValueError(`${short} is no commit of ${project}: npx fs-sync history ${project} lists them`);
    case 'mismatch':
      return new InvalidValueError(`${project} has just changed, so nothing was restored: say it again`);
    case 'not-kept':
      return notKept(project, to, paths);
    default:
      return unreachable(kind);
  }
}

/** @param lines  of the first paths that it changes @param count  of all of them */
export function planText(lines: readonly string[], count: number, what: string): string {
  if (count === 0) return `Would restore nothing: ${what} is what is current already.`;
  const more = count - lines.length;
  const paths = `${countText(count)} ${count === 1 ? 'path' : 'paths'}`;
  return [`Would restore ${what}, which changes ${paths}:`, ...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join(
    '\n',
  );
}

function lineOf(op: PathOp): string {
  switch (op.kind) {
    case 'put':
      return `  put     ${shown(op.entry.path)}`;
    case 'delete':
      return `  delete  ${shown(op.path)}`;
    case 'move':
      return `  move    ${shown(op.from)} to ${shown(op.to)}`;
    default:
      return unreachable(op);
  }
}
