// `fs-sync project`: creates, lists, renames and deletes projects, and brings deleted ones back while their grace lasts.
import { readCurrent } from '../../core/commit/current.ts';
import { deleteProject, listDeleted, undeleteProject } from '../../core/commit/delete-project.ts';
import { createProject, listProjects } from '../../core/commit/project.ts';
import { renameProject } from '../../core/commit/rename-project.ts';
import { unreachable } from '../../core/model/assert.ts';
import { isoTime } from '../../core/model/clock.ts';
import { isFile } from '../../core/model/entry.ts';
import { InvalidValueError, parseProjectName } from '../../core/model/ids.ts';
import { followRename } from '../../core/node/follow-rename.ts';
import type { Env } from '../../core/settings/env.ts';
import { followRenameOfShares } from '../../core/share/shares.ts';
import { readTier } from '../../core/tier/project-tier.ts';
import { missingProject } from '../job/find-commit.ts';
import { readConnectSettings } from '../job/job-settings.ts';
import { thisPerson } from '../job/person.ts';
import { type TenantStores, withStores } from '../job/with-stores.ts';
import { countText, filesText, sizeText } from '../progress/words.ts';
import { shown } from '../subscribe/watch-command.ts';
import type { AskName } from './ask-name.ts';
import { type Followed, forgetIgnored } from './forget-ignored.ts';

export interface ProjectCommandArgs {
  readonly json?: boolean;
}

/** What was done: a line or more for a person, and the same as one JSON object. */
interface Done {
  readonly text: string;
  readonly facts: object;
}

/** All throw SettingsError, InvalidValueError when it cannot be done as asked, and StoreUnavailableError.
 *  @returns what to print */
export async function createCommand(name: string, args: ProjectCommandArgs, env: Env = process.env): Promise<string> {
  const project = parseProjectName(name);
  return inStores(args, env, async ({ stores, onRecord }) => {
    const { kind, at } = await onRecord('project.create', { project }, () =>
      createProject(stores, project, thisPerson()),
    );
    if (kind === 'exists') throw new InvalidValueError(`there is a project ${project} already: choose another name`);
    const text = `Created ${project}. Put it on a node: npx fs-sync activate --node <id> --project ${project}`;
    return { text, facts: { project, commit: at.current.commit_sha } };
  });
}

export async function listCommand(args: ProjectCommandArgs, env: Env = process.env): Promise<string> {
  return inStores(args, env, async ({ stores }) => {
    const names = await listProjects(stores.index);
    const found = await Promise.all(names.map((name) => readCurrent(stores.index, name)));
    // One that is deleted at this moment is in neither list, or in both.
    const tiers = await Promise.all(names.map((name) => readTier(stores.index, name)));
    const projects = found.flatMap((at, i) => {
      const tier = tiers[i];
      return at ? [{ name: at.project, ...at.current, ...(tier?.tier === 'cold' && { cold_since: tier.since }) }] : [];
    });
    const deleted = (await listDeleted(stores.index))
      .map(({ name, deleted: { current, deleted_at, purge_after } }) => ({ name, ...current, deleted_at, purge_after }))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    const lines = [
      ...projects.map(({ name, files, bytes, ts, cold_since }) => {
        const line = `${name}  ${sizeOf(files, bytes)}, changed ${minute(ts)}`;
        if (cold_since === undefined) return line;
        return `${line}, in cold since ${minute(cold_since)}: npx fs-sync job start promote --project ${name}`;
      }),
      ...deleted.map(
        ({ name, files, bytes, purge_after }) =>
          `${name}  deleted, ${sizeOf(files, bytes)}, kept until ${minute(purge_after)}: npx fs-sync project undelete ${name}`,
      ),
    ];
    const none = 'There is no project yet. Create one: npx fs-sync project create <name>';
    return {
      text: lines.length === 0 ? none : lines.join('\n'),
      facts: { projects: projects.map(listed), deleted: deleted.map(listed) },
    };
  });
}

export async function renameCommand(
  from: string,
  to: string,
  args: ProjectCommandArgs,
  env: Env = process.env,
): Promise<string> {
  const [old, next] = [parseProjectName(from), parseProjectName(to)];
  if (old === next) throw new InvalidValueError(`${old} has that name: give another one`);
  return inStores(args, env, async ({ stores, nodes, sharing, onRecord }) => {
    const result = await onRecord('project.rename', { project: old, asked: { to: next } }, () =>
      renameProject(stores, old, next, thisPerson()),
    );
    switch (result.kind) {
      case 'renamed': {
        const followed = await followRename(nodes, old, next);
        await followRenameOfShares({ ...sharing, index: stores.index }, old, next);
        const where = followed.length === 0 ? '' : ` Its assignments follow on ${followed.join(', ')}.`;
        const text =
          `Renamed ${old} to ${next}; its history goes on.${where} A node whose own configuration names ${old} keeps its ` +
          `files and waits until its agent is started with --workspace ${next}=<the same directory>.`;
        return { text, facts: { project: next, from: old, commit: result.at.current.commit_sha, nodes: followed } };
      }
      case 'exists':
        throw new InvalidValueError(`there is a project ${next} already: choose another name`);
      case 'no-project':
        throw missingProject(old);
      default:
        return unreachable(result);
    }
  });
}

/** @param ask  for the name, where `--yes` does not say that it is meant */
export async function deleteCommand(
  name: string,
  args: ProjectCommandArgs & { readonly yes?: boolean },
  ask: AskName,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  return inStores(args, env, async ({ stores, onRecord }) => {
    const seen = await readCurrent(stores.index, project);
    if (!seen) throw missingProject(project);
    const size = sizeOf(seen.current.files, seen.current.bytes);
    if (!args.yes) await ask(project, `${project} has ${size}.`);
    // What came while the person thought about it was not decided on.
    const result = await onRecord('project.delete', { project, commit: seen.current.commit_sha }, () =>
      deleteProject(stores, seen),
    );
    switch (result.kind) {
      case 'deleted': {
        const until = isoTime(result.purgeAfter);
        const text =
          `Deleted ${project} (${size}). Workspaces keep their files and stop. ` +
          `Until ${minute(until)} it can be brought back: npx fs-sync project undelete ${project}`;
        return { text, facts: { project, commit: seen.current.commit_sha, purge_after: until } };
      }
      case 'moved':
        throw new InvalidValueError(`somebody has just changed ${project}, so nothing was deleted: look at it again`);
      case 'no-project':
        throw missingProject(project);
      default:
        return unreachable(result);
    }
  });
}

export async function undeleteCommand(name: string, args: ProjectCommandArgs, env: Env = process.env): Promise<string> {
  const project = parseProjectName(name);
  return inStores(args, env, async ({ stores, onRecord }) => {
    const result = await onRecord('project.undelete', { project }, () => undeleteProject(stores, project));
    switch (result.kind) {
      case 'restored': {
        const { files, bytes, commit_sha } = result.at.current;
        const text = `${project} is back (${sizeOf(files, bytes)}); its workspaces go on by themselves.`;
        return { text, facts: { project, commit: commit_sha } };
      }
      case 'exists':
        throw new InvalidValueError(`there is a project ${project}: rename it first to bring the deleted one back`);
      case 'not-deleted':
        throw new InvalidValueError(`no deleted project ${project} is kept: look at npx fs-sync project list`);
      default:
        return unreachable(result);
    }
  });
}

/** Lists what it would take off with `dryRun`. */
export async function forgetIgnoredCommand(
  name: string,
  args: ProjectCommandArgs & { readonly dryRun?: boolean },
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const dryRun = args.dryRun ?? false;
  return inStores(args, env, async (io) => {
    const forget = () => forgetIgnored(io, project, { actor: thisPerson(), dryRun });
    const { entries, followed, commitSha } = dryRun
      ? await forget()
      : await io.onRecord('project.commit', { project, asked: { forget: 'ignored' } }, forget, (made) => ({
          commit: made.commitSha,
        }));
    const bytes = entries.reduce((sum, entry) => sum + (isFile(entry) ? entry.size : 0), 0);
    const paths = entries.map(({ path }) => path);
    const facts = { project, commit: commitSha ?? null, dry_run: dryRun, bytes, paths, followed };
    const stay = followed.map(stayLine);
    const nothing = followed.length === 0 ? 'has nothing that is ignored' : 'has nothing to take off';
    if (paths.length === 0) return { text: [`${project} ${nothing}.`, ...stay].join('\n'), facts };
    const what = `${pathsText(paths.length)} of ${project} (${sizeText(bytes)})`;
    const listed = paths.slice(0, LISTED).map((path) => `  ${shown(path)}`);
    const more = paths.length > LISTED ? [`  and ${countText(paths.length - LISTED)} more`] : [];
    const head = dryRun
      ? `${what} ${paths.length === 1 ? 'is' : 'are'} ignored and would be taken off; files on nodes stay:`
      : `Took ${what} off, in commit ${commitSha?.slice(0, 12) ?? 'none'}; files on nodes stay, and history has them:`;
    return { text: [head, ...listed, ...more, ...stay].join('\n'), facts };
  });
}

const LISTED = 20;

function stayLine({ prefix, nodes, paths }: Followed): string {
  const [are, stay] = paths === 1 ? ['is', 'stays'] : ['are', 'stay'];
  return `${pathsText(paths)} in ${shown(prefix)} ${are} ignored and ${stay} in the project: a workspace of ${shown(prefix)} follows what is in it (${nodes.join(', ')}).`;
}

const pathsText = (count: number): string => `${countText(count)} ${count === 1 ? 'path' : 'paths'}`;

async function inStores(
  { json }: ProjectCommandArgs,
  env: Env,
  work: (io: TenantStores) => Promise<Done>,
): Promise<string> {
  const { text, facts } = await withStores(readConnectSettings(env), 'project', work);
  return json ? JSON.stringify(facts) : text;
}

const sizeOf = (files: number, bytes: number): string => `${filesText(files)} (${sizeText(bytes)})`;

/** `2026-06-01 12:00 UTC` */
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;

/** A hint for nodes says nothing to people. */
function listed<T extends { readonly manifest_sha: string; readonly changes?: unknown }>({
  manifest_sha: _,
  changes: __,
  ...rest
}: T) {
  return rest;
}
