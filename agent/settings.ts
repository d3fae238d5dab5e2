// The settings of the `agent` command, from its options and the environment. A bad one stops the start with its name,
// its value and what is accepted.
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { type NodeId, parseNodeId, parseProjectName, quote } from '../core/model/ids.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { commonEnv, type Env, natsEnv, readEnv, SettingsError } from '../core/settings/env.ts';
import type { WorkspaceSpec } from './open-workspace.ts';

export interface AgentArgs {
  readonly node: string;
  /** `project=directory` or `project/sub/path=directory`, each */
  readonly workspace: readonly string[];
}

const agentEnv = {
  ...commonEnv,
  ...natsEnv,
  FS_WATCH: z
    .enum(['auto', 'inotify', 'portable', 'polling'], { error: 'give one of auto, inotify, portable, polling' })
    .default('auto'),
  FS_RESCAN_SECONDS: z.coerce
    .number({ error: 'give a number of seconds, at least 1' })
    .min(1, 'give a number of seconds, at least 1')
    .default(600),
};

export type AgentSettings = ReturnType<typeof readAgentSettings>;

/** @throws SettingsError, InvalidValueError */
export function readAgentSettings(args: AgentArgs, env: Env) {
  const settings = readEnv(agentEnv, env);
  if (settings.NATS_URL === undefined) {
    throw new SettingsError('NATS_URL is not set: give the address of NATS, such as nats://host:4222');
  }
  const node: NodeId = parseNodeId(args.node);
  const workspaces = args.workspace.map(parseWorkspace);
  requireApart(workspaces);
  return {
    node,
    workspaces,
    tenant: settings.FS_TENANT,
    natsUrl: settings.NATS_URL,
    natsCreds: settings.NATS_CREDS,
    stateDir: join(resolve(settings.FS_DATA_DIR), 'agents', node),
    watch: settings.FS_WATCH,
    rescanEveryMs: settings.FS_RESCAN_SECONDS * 1_000,
    logLevel: settings.LOG_LEVEL,
  };
}

function parseWorkspace(text: string): WorkspaceSpec {
  const cut = text.indexOf('=');
  const [left, directory] = [text.slice(0, cut), text.slice(cut + 1)];
  if (cut <= 0 || directory === '') {
    throw new SettingsError(`--workspace is ${quote(text)}: give project=directory, such as demo=/srv/demo`);
  }
  const root = isAbsolute(directory) ? resolve(directory) : resolve(process.cwd(), directory);
  if (root === '/') throw new SettingsError(`--workspace is ${quote(text)}: the whole disk cannot be a workspace`);
  const slash = left.indexOf('/');
  if (slash < 0) return { project: parseProjectName(left), root };
  return { project: parseProjectName(left.slice(0, slash)), prefix: parseRelPath(left.slice(slash + 1)), root };
}

function requireApart(workspaces: readonly WorkspaceSpec[]): void {
  for (const one of workspaces) {
    for (const other of workspaces) {
      if (one !== other && `${one.root}/`.startsWith(`${other.root}/`)) {
        throw new SettingsError(
          `--workspace: ${one.root} lies in ${other.root}: give each workspace a directory of its own`,
        );
      }
    }
  }
}
