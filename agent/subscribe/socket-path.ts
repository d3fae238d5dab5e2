// Where an agent's socket lies: beside its state, or where FS_AGENT_SOCKET says. The agent and those who ask it find it
// by the same rule.
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
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

/** For those who ask one agent: without a node, the one that runs.
 *  @throws SettingsError, InvalidValueError */
export function findAgentSocket(node: string | undefined, env: Env): string {
  const known = findAgentSockets(node, env);
  // An agent that stopped has taken its socket along.
  const running = known.filter((path) => existsSync(path));
  const sockets = running.length > 0 ? running : known;
  const [only, ...others] = sockets;
  if (only && others.length === 0) return only;
  throw new SettingsError(
    `there are several agents: give one by --node: ${sockets.map((path) => basename(dirname(path))).join(', ')}`,
  );
}

/** Of that node, or of all whose agents have run with this data directory, at least one.
 *  @throws SettingsError, InvalidValueError */
export function findAgentSockets(node: string | undefined, env: Env): readonly string[] {
  const { FS_AGENT_SOCKET } = readEnv(socketEnv, env);
  if (FS_AGENT_SOCKET !== undefined) return [resolve(FS_AGENT_SOCKET)];
  const { agents, known } = knownNodes(env);
  if (known.length === 0) {
    throw new SettingsError(
      `no agent has run with this data directory (there is none in ${agents}): give the FS_DATA_DIR of the agent`,
    );
  }
  if (node !== undefined && !known.includes(parseNodeId(node))) {
    throw new SettingsError(
      `no agent of the node ${node} has run with this data directory (looked in ${agents}): give one by --node: ${known.join(', ')}`,
    );
  }
  return (node === undefined ? known : [node]).map((one) => agentSocketPath(one, env));
}

function knownNodes(env: Env): { readonly agents: string; readonly known: readonly string[] } {
  const agents = join(resolve(readEnv(socketEnv, env).FS_DATA_DIR), 'agents');
  return { agents, known: existsSync(agents) ? readdirSync(agents).sort() : [] };
}
