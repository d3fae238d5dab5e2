// `fs-sync project` for people who reach a server and no NATS: the same words, the same results.
import {
  changedProjectSchema,
  deletedProjectPageSchema,
  policySchema,
  projectPageSchema,
  projectSchema,
} from '../../core/api/project.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { filesText, sizeText } from '../progress/words.ts';
import type { AskName } from '../project/ask-name.ts';
import { type PolicyArgs, patchOf, textOf } from '../project/policy-command.ts';
import { ApiClient } from './api-client.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

type Args = ServerArgs & { readonly json?: boolean };

/** All: @returns what to print @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function remoteCreate(name: string, args: Args, env: Env = process.env): Promise<string> {
  const project = parseProjectName(name);
  const made = await clientOf(args, env).json(projectSchema, 'POST', '/projects', { json: { name: project } });
  if (args.json) return JSON.stringify({ project, commit: made.commit });
  return `Created ${project}. Put files into it: npx fs-sync put ${project} <file or directory>`;
}

export async function remoteList(args: Args, env: Env = process.env): Promise<string> {
  const client = clientOf(args, env);
  const projects = await client.all(projectPageSchema, '/projects');
  const deleted = await client.all(deletedProjectPageSchema, '/deleted-projects');
  if (args.json) return JSON.stringify({ projects, deleted });
  const lines = [
    ...projects.map(({ name, files, bytes, sentence }) => `${name}  ${sizeOf(files, bytes)}: ${sentence}`),
    ...deleted.map(
      ({ name, files, bytes, kept_until }) =>
        `${name}  deleted, ${sizeOf(files, bytes)}, kept until ${minute(kept_until)}: npx fs-sync project undelete ${name}`,
    ),
  ];
  return lines.length > 0 ? lines.join('\n') : 'There is no project yet. Create one: npx fs-sync project create <name>';
}

export async function remoteRename(from: string, to: string, args: Args, env: Env = process.env): Promise<string> {
  const [old, next] = [parseProjectName(from), parseProjectName(to)];
  await clientOf(args, env).json(changedProjectSchema, 'PATCH', `/projects/${old}`, { json: { name: next } });
  if (args.json) return JSON.stringify({ project: next, from: old });
  return `Renamed ${old} to ${next}; its history and its assignments go on.`;
}

/** @param ask  for the name, where `--yes` does not say that it is meant */
export async function remoteDelete(
  name: string,
  args: Args & { readonly yes?: boolean },
  ask: AskName,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const client = clientOf(args, env);
  const { files, bytes, commit } = await client.json(projectSchema, 'GET', `/projects/${project}`);
  const size = sizeOf(files, bytes);
  if (!args.yes) await ask(project, `${project} has ${size}.`);
  // What came while the person thought about it was not decided on.
  await client.done('DELETE', `/projects/${project}`, { headers: { 'if-match': `"${commit}"` } });
  if (args.json) return JSON.stringify({ project, commit });
  return `Deleted ${project} (${size}). Workspaces keep their files and stop. For 30 days it can be brought back: npx fs-sync project undelete ${project}`;
}

export async function remoteUndelete(name: string, args: Args, env: Env = process.env): Promise<string> {
  const project = parseProjectName(name);
  const back = await clientOf(args, env).json(projectSchema, 'POST', `/projects/${project}/undelete`);
  if (args.json) return JSON.stringify({ project, commit: back.commit });
  return `${project} is back; its workspaces go on by themselves.`;
}

/** Shows it, and changes before what is given. */
export async function remotePolicy(
  name: string,
  args: PolicyArgs & ServerArgs,
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const patch = patchOf(args);
  const client = clientOf(args, env);
  const policy =
    patch === undefined
      ? await client.json(policySchema, 'GET', `/projects/${project}/policy`)
      : (await client.json(changedProjectSchema, 'PATCH', `/projects/${project}`, { json: { policy: patch } })).policy;
  return args.json ? JSON.stringify({ project, policy }) : textOf(policy);
}

const clientOf = (args: ServerArgs, env: Env): ApiClient => new ApiClient(whichServer(args, env));

const sizeOf = (files: number, bytes: number): string => `${filesText(files)} (${sizeText(bytes)})`;

/** `2026-06-01 12:00 UTC` */
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;
