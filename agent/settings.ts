// The settings of the `agent` command, from its options and the environment. A bad one stops the start with its name,
// its value and what is accepted.
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { type DeleteThreshold, deleteThresholdText, readDeleteThreshold } from '../core/model/delete-threshold.ts';
import { type NodeId, parseNodeId, parseProjectName, quote } from '../core/model/ids.ts';
import { LEAST_LIMITS } from '../core/model/node-desired.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { byteAmount } from '../core/settings/byte-amount.ts';
import { commonEnv, type Env, natsEnv, readEnv, SettingsError } from '../core/settings/env.ts';
import { whichNats } from '../core/settings/which-nats.ts';
import type { LimitValues } from './assign/limits.ts';
import type { WorkspaceSpec } from './workspace-spec.ts';

export interface AgentArgs {
  readonly node: string;
  /** `project=directory` or `project/sub/path=directory`, each */
  readonly workspace: readonly string[];
  /** `project=20,100,50%`, with the name as in `workspace` */
  readonly deleteThreshold?: readonly string[];
}

const rate = byteAmount.pipe(
  z
    .number()
    .min(LEAST_LIMITS.up_bytes_per_s, 'give at least 1kB, or nothing would ever arrive, such as 500kB or 10MiB'),
);
const memory = byteAmount.pipe(
  z.number().min(LEAST_LIMITS.memory_bytes, 'give at least 8MiB, which one large file takes, such as 96MiB'),
);
const OPEN_FILES = `give a whole number, at least ${LEAST_LIMITS.open_files}, such as 64`;
const openFiles = z.coerce.number({ error: OPEN_FILES }).int(OPEN_FILES).min(LEAST_LIMITS.open_files, OPEN_FILES);

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
  FS_WORKSPACE_DIRS: z.string().optional(),
  FS_UP_BYTES_PER_SECOND: rate.optional(),
  FS_DOWN_BYTES_PER_SECOND: rate.optional(),
  FS_MEMORY_BYTES: memory.optional(),
  FS_OPEN_FILES: openFiles.optional(),
  FS_DELETE_THRESHOLD: deleteThresholdText.optional(),
};

export type AgentSettings = ReturnType<typeof readAgentSettings>;

/** @throws SettingsError, InvalidValueError */
export function readAgentSettings(args: AgentArgs, env: Env) {
  const settings = readEnv(agentEnv, env);
  const node: NodeId = parseNodeId(args.node);
  const workspaces = withThresholds(args.workspace.map(parseWorkspace), args.deleteThreshold ?? []);
  requireApart(workspaces);
  const dataDir = resolve(settings.FS_DATA_DIR);
  return {
    node,
    workspaces,
    tenant: settings.FS_TENANT,
    nats: whichNats(settings),
    stateDir: join(dataDir, 'agents', node),
    workspaceDirs: allowedDirs(settings.FS_WORKSPACE_DIRS) ?? [join(dataDir, 'workspaces')],
    limits: {
      upBytesPerSecond: settings.FS_UP_BYTES_PER_SECOND,
      downBytesPerSecond: settings.FS_DOWN_BYTES_PER_SECOND,
      memoryBytes: settings.FS_MEMORY_BYTES,
      openFiles: settings.FS_OPEN_FILES,
    } satisfies LimitValues,
    deleteThreshold: settings.FS_DELETE_THRESHOLD,
    watch: settings.FS_WATCH,
    rescanEveryMs: settings.FS_RESCAN_SECONDS * 1_000,
    logLevel: settings.LOG_LEVEL,
  };
}

/** @returns undefined when none is named */
function allowedDirs(text: string | undefined): readonly string[] | undefined {
  return text?.split(':').map((dir) => {
    if (!isAbsolute(dir) || resolve(dir) === '/') {
      throw new SettingsError(
        `FS_WORKSPACE_DIRS is ${quote(text)}: give absolute directories below /, separated by colons, such as /srv/workspaces:/data`,
      );
    }
    return resolve(dir);
  });
}

function parseWorkspace(text: string): WorkspaceSpec {
  const cut = text.indexOf('=');
  const [left, directory] = [text.slice(0, cut), text.slice(cut + 1)];
  if (cut <= 0 || directory === '') {
    throw new SettingsError(`--workspace is ${quote(text)}: give project=directory, such as demo=/srv/demo`);
  }
  const root = isAbsolute(directory) ? resolve(directory) : resolve(process.cwd(), directory);
  if (root === '/')
    throw new SettingsError(
      `--workspace is ${quote(text)}: the whole disk cannot be a workspace; give a directory below it`,
    );
  const slash = left.indexOf('/');
  if (slash < 0) return { project: parseProjectName(left), root };
  return { project: parseProjectName(left.slice(0, slash)), prefix: parseRelPath(left.slice(slash + 1)), root };
}

/** @param texts  of `--delete-threshold` */
function withThresholds(workspaces: readonly WorkspaceSpec[], texts: readonly string[]): readonly WorkspaceSpec[] {
  const names = workspaces.map(nameOf);
  const thresholds = new Map(texts.map((text) => thresholdOf(text, names)));
  return workspaces.map((one) => {
    const deleteThreshold = thresholds.get(nameOf(one));
    return deleteThreshold === undefined ? one : { ...one, deleteThreshold };
  });
}

function thresholdOf(text: string, names: readonly string[]): readonly [string, DeleteThreshold] {
  const name = text.slice(0, Math.max(0, text.indexOf('=')));
  const read = readDeleteThreshold(text.slice(text.indexOf('=') + 1));
  const shown = `--delete-threshold is ${quote(text)}`;
  if (!names.includes(name)) {
    const known =
      names.length === 0 ? 'no --workspace has one' : `give ${names.join(' or ')}, such as ${names[0]}=20,100,50%`;
    throw new SettingsError(`${shown}: ${quote(name)} is no workspace of this agent: ${known}`);
  }
  if (read.kind === 'fault') throw new SettingsError(`${shown}: ${read.fault}`);
  return [name, read.threshold];
}

const nameOf = ({ project, prefix }: WorkspaceSpec): string =>
  prefix === undefined ? project : `${project}/${prefix}`;

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
