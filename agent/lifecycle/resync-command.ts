// `fs-sync resync`: asks the nodes of a project to compare their directories anew, and waits for what each of them found. A
// node that is away looks when it is back, which its start does anyway.
import { readCurrent } from '../../core/commit/current.ts';
import { unreachable } from '../../core/model/assert.ts';
import { systemClock } from '../../core/model/clock.ts';
import { InvalidValueError, type NodeId, parseNodeId, parseProjectName } from '../../core/model/ids.ts';
import type { WorkspaceStatus } from '../../core/model/node-status.ts';
import { requireKnown } from '../../core/node/known-nodes.ts';
import { type ResyncAsked, resync } from '../../core/node/resync.ts';
import { type ResyncAnswer, resyncAnswer } from '../../core/node/resync-answer.ts';
import type { Env } from '../../core/settings/env.ts';
import { missingProject } from '../job/find-commit.ts';
import { parsePart, readConnectSettings } from '../job/job-settings.ts';
import { withStores } from '../job/with-stores.ts';

export interface ResyncArgs {
  readonly node?: string;
  readonly json?: boolean;
}

/** A million files take about this long; a longer look goes on without the command. */
const ANSWER_MS = 60_000;

/** @param path  only what is at and below it; undefined: the whole project
 *  @returns what to print
 *  @throws SettingsError, InvalidValueError  among others, no node holds any of it; StoreUnavailableError */
export async function resyncCommand(
  name: string,
  path: string | undefined,
  args: ResyncArgs,
  env: Env = process.env,
): Promise<readonly string[]> {
  const project = parseProjectName(name);
  const node = args.node === undefined ? undefined : parseNodeId(args.node);
  const asked: ResyncAsked = {
    project,
    ...(path !== undefined && { path: parsePart(path) }),
    ...(node !== undefined && { node }),
  };
  return withStores(readConnectSettings(env), 'resync', async ({ stores, nodes, onRecord }) => {
    if (node !== undefined) await requireKnown(nodes, node);
    if (!(await readCurrent(stores.index, project))) throw missingProject(project);
    const outcome = await onRecord('project.resync', { project, asked }, () => resync(nodes, asked, systemClock.now()));
    if (outcome.kind === 'no-holder') throw new InvalidValueError(noHolder(asked));
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answers = await Promise.all(
      outcome.nodes.map(async (one) => ({ node: one.node, answer: await resyncAnswer(nodes, one, asked, signal) })),
    );
    if (args.json) return answers.map((one) => JSON.stringify({ node: one.node, ...one.answer }));
    return answers.flatMap((one) => answerLines(one.node, one.answer));
  });
}

function noHolder({ project, path, node }: ResyncAsked): string {
  const what = path === undefined ? project : `${path} of ${project}`;
  const who = node === undefined ? 'no node that runs holds' : `${node} does not hold`;
  return `${who} any of ${what}: assign it by npx fs-sync activate --node ${node ?? '<id>'} --project ${project}`;
}

export function answerLines(node: NodeId, answer: ResyncAnswer): readonly string[] {
  switch (answer.kind) {
    case 'looked':
      return answer.workspaces.map((one) => `${node}: ${foundIn(one)} ${one.sentence}`);
    case 'away':
      return [`${node} is away: it looks at everything when it is back.`];
    case 'looking':
      return [`${node} is still looking; its status says how that goes: npx fs-sync status --node ${node}`];
    default:
      return unreachable(answer);
  }
}

/** Of a look that the agent's start answered, what was found is not counted. */
function foundIn({ root, resync }: WorkspaceStatus): string {
  const { found } = resync ?? {};
  if (found === undefined) return `${root} was looked at.`;
  if (found === 0) return `${root} is as the node remembers it.`;
  return `in ${root} ${found.toLocaleString('en-US')} ${found === 1 ? 'path was' : 'paths were'} not as the node remembers, and ${found === 1 ? 'is' : 'are'} compared with the project.`;
}
