// What an agent offers to the programs of its node: the socket and the hook. Neither is needed to sync, so that a socket
// that cannot be had is said, and the agent goes on without it.
import type { Log } from '../../core/model/log.ts';
import type { Env } from '../../core/settings/env.ts';
import { isDiskError } from '../disk/disk-error.ts';
import { agentApi, type ServedAgent } from './agent-api.ts';
import { type HookSettings, startAgentHook } from './agent-hook.ts';
import { type AgentSocket, AgentSocketError, openAgentSocket } from './agent-socket.ts';

export interface SubscribersOptions {
  readonly agent: ServedAgent;
  readonly socketPath: string;
  readonly hook: HookSettings | undefined;
  readonly stateDir: string;
  readonly env: Env;
  readonly log: Log;
}

/** @returns what ends them, after the agent has said its last */
export async function startSubscribers(options: SubscribersOptions): Promise<() => Promise<void>> {
  const { agent, hook, stateDir, env, log } = options;
  const stop = new AbortController();
  const stopHook = hook && startAgentHook({ feeds: agent.feeds, settings: hook, stateDir, env, log });
  const socket = await tryOpen(options.socketPath, agentApi({ agent, log, signal: stop.signal }), log);
  return async () => {
    stop.abort();
    await socket?.close();
    await stopHook?.();
  };
}

async function tryOpen(
  path: string,
  listener: ReturnType<typeof agentApi>,
  log: Log,
): Promise<AgentSocket | undefined> {
  try {
    const socket = await openAgentSocket(path, listener);
    log.info({ socket: path }, 'programs of this node can follow the agent');
    return socket;
  } catch (error) {
    if (!(error instanceof AgentSocketError || isDiskError(error))) throw error;
    log.warn({}, `programs of this node cannot follow the agent: ${error.message}`);
    return undefined;
  }
}
