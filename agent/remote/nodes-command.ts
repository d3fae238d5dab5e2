// `fs-sync nodes`: the nodes of a fleet, how each is, and what each workspace says, as the server knows it.
import { type ApiNode, type ApiWorkspace, nodePageSchema } from '../../core/api/node.ts';
import type { Env } from '../../core/settings/env.ts';
import type { Color } from '../progress/live-lines.ts';
import { shown } from '../subscribe/watch-command.ts';
import type { Paint } from '../terminal/paint.ts';
import { ApiClient } from './api-client.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface NodesArgs extends ServerArgs {
  readonly json?: boolean;
}

/** @returns the lines @throws SettingsError, and what `ApiClient.json` throws */
export async function nodesCommand(args: NodesArgs, paint: Paint, env: Env = process.env): Promise<string[]> {
  const client = new ApiClient(whichServer(args, env));
  const nodes = await client.all(nodePageSchema, '/nodes');
  if (args.json) return nodes.map((node) => JSON.stringify(node));
  if (nodes.length === 0)
    return ['There is no node yet. Start one: npx fs-sync agent --node <id> --workspace <project>=<directory>'];
  return nodes.flatMap((node) => nodeLines(node, paint));
}

const COLORS: Readonly<Record<ApiNode['state'], Color>> = {
  ...{
    live: 'green',
    skipping: 'yellow',
    blocked: 'red',
    offline: 'red',
    unheard: 'yellow',
    left: 'dim',
    never: 'dim',
  },
};

const nodeLines = ({ name, state, sentence, workspaces }: ApiNode, paint: Paint): string[] => [
  `${name}  ${paint(COLORS[state], state)}  ${sentence}`,
  ...workspaces.map((workspace) => `  ${placeOf(workspace)} in ${shown(workspace.root)}: ${workspace.sentence}`),
];

const placeOf = ({ project, prefix }: ApiWorkspace): string =>
  prefix === null ? project : shown(`${project}/${prefix}`);
