// The programs of a fleet that this machine should reach: the agents that ran with its data directory, and the server.
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { NodeStatus } from '../../core/model/node-status.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { whichServer } from '../remote/which-server.ts';
import { askStatus } from '../subscribe/ask-agent.ts';
import { AgentAwayError } from '../subscribe/read-events.ts';
import { findAgentSockets } from '../subscribe/socket-path.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

export interface SeenAgents {
  readonly statuses: readonly NodeStatus[];
  readonly findings: readonly Finding[];
}

export async function examineAgents(env: Env): Promise<SeenAgents> {
  let sockets: readonly string[];
  try {
    sockets = findAgentSockets(undefined, env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return { statuses: [], findings: [ok('agent', 'no agent has run with this data directory')] };
  }
  const statuses: NodeStatus[] = [];
  const findings: Finding[] = [];
  for (const socketPath of sockets) {
    try {
      const status = await askStatus(socketPath);
      statuses.push(status);
      findings.push(agentFinding(status));
    } catch (error) {
      if (!(error instanceof AgentAwayError)) throw error;
      findings.push(silentAgent(socketPath));
    }
  }
  return { statuses, findings };
}

/** One of those that `up` starts has its workspaces in the same data directory. */
function silentAgent(socketPath: string): Finding {
  const own = dirname(socketPath);
  const node = basename(own);
  const isOfUp = existsSync(join(dirname(dirname(own)), 'nodes', node));
  const start = isOfUp ? 'start the fleet that it is of' : 'start it with the workspaces that it had';
  return warn('agent', `the agent of ${node} does not answer at ${socketPath}`, {
    mend: `${start}, or, if that node is gone for good, remove ${own}`,
    command: isOfUp ? 'npm start' : `npx fs-sync agent --node ${node} --workspace <project>=<directory>`,
  });
}

export function agentFinding({ node, trouble, workspaces }: NodeStatus): Finding {
  const why = { mend: 'each reason is in its status', command: `npx fs-sync status --node ${node}` };
  if (trouble !== undefined) return fail('agent', `${node}: ${trouble}`, why);
  const blocked = workspaces.filter(({ state }) => state === 'blocked');
  const asking = workspaces.filter(({ question }) => question);
  if (asking.length > 0)
    return warn('agent', `${node} waits for an answer about ${asking.map(({ project }) => project).join(', ')}`, why);
  if (blocked.length > 0)
    return warn(
      'agent',
      `${node}: ${blocked.map(({ project, sentence }) => `${project}: ${sentence}`).join('; ')}`,
      why,
    );
  return ok(
    'agent',
    `${node} answers, with ${workspaces.length} ${workspaces.length === 1 ? 'workspace' : 'workspaces'}`,
  );
}

const readyz = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

const PATIENCE_MS = 10_000;

export async function examineServer(env: Env): Promise<Finding[]> {
  let url: string;
  let nextStep: string;
  try {
    ({ url, nextStep } = whichServer({}, env));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return [ok('server', 'none is known here: commands for the fleet’s own machines need none')];
  }
  try {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const { checks } = readyz.parse(await response.json());
    return checks.map(({ name, ok: isWell, detail }) =>
      isWell
        ? ok('server', `${name}: ${detail}`)
        : fail('server', `${name}: ${detail}`, { mend: 'its log says more', command: `curl -s ${url}/readyz` }),
    );
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return [fail('server', `what answers at ${url} is no server of this kind`, { mend: 'check the address' })];
    }
    return [fail('server', `none answers at ${url}`, { mend: nextStep, command: `curl -s ${url}/healthz` })];
  }
}
