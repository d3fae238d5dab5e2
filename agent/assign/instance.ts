// Which agent this is, among all that ever ran as the node: an id that is made once and kept with the node's state, so that
// an agent that was killed is known again at once, and one with another state is known to be another (`lease.ts`). A lock
// beside it keeps a second process off the same state.
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NodeId } from '../../core/model/ids.ts';
import { SettingsError } from '../../core/settings/env.ts';
import { isDiskError, isDiskFull } from '../disk/disk-error.ts';
import { nodeDisk } from '../disk/node-disk.ts';

/** A second agent on the same state. The message says what to do. */
export class AgentRunsAlreadyError extends Error {
  override name = 'AgentRunsAlreadyError';
}

export interface Instance {
  readonly id: string;
  release(): void;
}

/** @throws AgentRunsAlreadyError, SettingsError  the state cannot be kept there */
export function openInstance(stateDir: string, node: NodeId): Instance {
  try {
    mkdirSync(stateDir, { recursive: true });
  } catch (error) {
    if (isDiskFull(error) || !isDiskError(error)) throw error;
    throw new SettingsError(
      `FS_DATA_DIR: ${stateDir} cannot be made (${error.code}): give a directory that this user may write`,
      { cause: error },
    );
  }
  const lock = nodeDisk.lock(join(stateDir, 'agent.lock'));
  if (!lock) {
    throw new AgentRunsAlreadyError(
      `An agent runs as ${node} with its state in ${stateDir} already: stop it first, or give this one another --node or FS_DATA_DIR.`,
    );
  }
  return { id: keptId(join(stateDir, 'instance')), release: () => lock.release() };
}

function keptId(file: string): string {
  try {
    const kept = readFileSync(file, 'utf8').trim();
    if (/^[0-9a-f-]{36}$/.test(kept)) return kept;
  } catch (error) {
    if (!isDiskError(error, 'ENOENT')) throw error;
  }
  const id = randomUUID();
  writeFileSync(`${file}.new`, `${id}\n`);
  renameSync(`${file}.new`, file);
  return id;
}
