// Where an agent's socket lies: beside its state, or where FS_AGENT_SOCKET says. The agent and those who ask it find it
// by the same rule.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { parseNodeId } from '../../core/model/ids.ts';
import { commonEnv, type Env, readEnv, SettingsError } from '../../core/settings/env.ts';

const socketEnv = { FS_DATA_DIR: commonEnv.FS_DATA_DIR, FS_AGENT_SOCKET: z.string().optional() };

/** @throws SettingsError */
export function agentSocketPath(node: string, env: Env): string {
  const { FS_DATA_DIR, FS_AGENT_SOCKET } = readEnv(socketEnv, env);
  if (FS_AGENT_SOCKET !== undefined) return resolve(FS_AGENT_SOCKET);
  return join(resolve(FS_DATA_DIR), 'agents', node, 'agent.sock');
}

/** For those who ask: without a node, the one agent that there is.
 *  @throws SettingsError, InvalidValueError */
export function findAgentSocket(node: string | undefined, env: Env): string {
  const { FS_DATA_DIR, FS_AGENT_SOCKET } = readEnv(socketEnv, env);
  if (FS_AGENT_SOCKET !== undefined) return resolve(FS_AGENT_SOCKET);
  const agents = join(resolve(FS_DATA_DIR), 'agents');
  const known = existsSync(agents) ? readdirSync(agents).sort() : [];
  if (known.length === 0) {
    throw new SettingsError(
      `no agent has run with this data directory (there is none in ${agents}): give the FS_DATA_DIR of the agent`,
    );
  }
  const choice = `give one by --node: ${known.join(', ')}`;
  if (node !== undefined && !known.includes(parseNodeId(node))) {
    throw new SettingsError(
      `no agent of the node ${node} has run with this data directory (looked in ${agents}): ${choice}`,
    );
  }
  const [only, other] = node === undefined ? known : [node];
  if (only === undefined || other !== undefined) throw new SettingsError(`there are several agents: ${choice}`);
  return agentSocketPath(only, env);
}
