// `fs-sync activate` and `fs-sync deactivate`: change what a node is asked to be. The node carries it out when it hears of
// it, also when it is away now, and says in its status how that goes. Where it lives, what it does not take is told at once.
import { readCurrent } from '../../core/commit/current.ts';
import { kindAt } from '../../core/manifest/kind-at.ts';
import { unreachable } from '../../core/model/assert.ts';
import { systemClock } from '../../core/model/clock.ts';
import { type DeleteThreshold, readDeleteThreshold } from '../../core/model/delete-threshold.ts';
import { InvalidValueError, type NodeId, type ProjectName, parseNodeId, quote } from '../../core/model/ids.ts';
import {
  type DesiredWorkspace,
  NOTHING_DESIRED,
  type NodeDesired,
  type WorkspaceMode,
} from '../../core/model/node-desired.ts';
import { askRescan } from '../../core/node/ask-rescan.ts';
import { assignWorkspace, unassignWorkspace } from '../../core/node/assign-workspace.ts';
import { type AssignmentAnswer, assignmentAnswer } from '../../core/node/assignment-answer.ts';
import { type Desiring, readDesired } from '../../core/node/change-desired.ts';
import { requireKnown } from '../../core/node/known-nodes.ts';
import { readStatus } from '../../core/node/read-status.ts';
import { plainRoot, readRoot } from '../../core/node/workspace-root.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { missingProject } from '../job/find-commit.ts';
import { type ProjectArgs, readJobSettings } from '../job/job-settings.ts';
import { withStores } from '../job/with-stores.ts';

interface PlaceArgs extends ProjectArgs {
  readonly node: string;
  readonly root?: string;
}

export interface ActivateArgs extends PlaceArgs {
  readonly mode?: WorkspaceMode;
  /** seconds */
  readonly idleRemove?: string;
  readonly deleteThreshold?: string;
}

export type DeactivateArgs = PlaceArgs;

/** @throws SettingsError, InvalidValueError  among others, the node does not take it; StoreUnavailableError */
export async function activateCommand(args: ActivateArgs, env: Env = process.env): Promise<void> {
  const settings = readJobSettings(args, env);
  const node = parseNodeId(args.node);
  const root = readRoot(args.root ?? settings.project);
  if (root.kind === 'fault') throw new SettingsError(`--root is ${quote(args.root ?? '')}: ${root.fault}`);
  const asked: DesiredWorkspace = {
    project: settings.project,
    ...(settings.prefix !== undefined && { prefix: settings.prefix }),
    root: root.root,
    ...(args.mode !== undefined && { mode: args.mode }),
    ...(args.idleRemove !== undefined && { idle_remove_ms: idleMs(args.idleRemove) }),
    ...(args.deleteThreshold !== undefined && { delete_threshold: thresholdOf(args.deleteThreshold) }),
  };
  const { project, prefix } = asked;
  const line = await withStores(settings, 'activate', async ({ stores, nodes, onRecord }) => {
    await requireKnown(nodes, node);
    const at = await readCurrent(stores.index, project);
    if (!at) throw missingProject(project);
    const held = prefix === undefined ? 'directory' : await kindAt(stores.nodes, at.current.manifest_sha, prefix);
    if (held === 'file')
      throw new InvalidValueError(`${prefix} is a file of ${project}: give the directory that it is in`);
    await onRecord('node.assign', { node, project, asked }, () => askToHold(nodes, node, asked, systemClock.now()));
    const answer = await assignmentAnswer(nodes, node, asked, AbortSignal.timeout(ANSWER_MS));
    // Its first files may be made there; or it was mistyped.
    const empty = held === 'nothing' ? ` ${project} has nothing at ${prefix} yet.` : '';
    return `${answerLine(node, asked, answer)}${empty}`;
  });
  print(line);
}

/** A node that lives answers within a moment; one that does not by then is looked at in its status. */
const ANSWER_MS = 5_000;

/** @throws InvalidValueError  the node does not take it */
export function answerLine(node: NodeId, asked: DesiredWorkspace, answer: AssignmentAnswer): string {
  const what = `${nameOf(asked)} in ${asked.root}`;
  switch (answer.kind) {
    case 'taken':
      return `${node} holds ${nameOf(asked)} in ${answer.status.root}; its status says how that goes.`;
    case 'silent':
      return `${node} is asked to hold ${what}; its status says how that goes.`;
    case 'away':
      return `${node} is asked to hold ${what}; it is away, and does when it is back.`;
    case 'refused':
      throw new InvalidValueError(
        `${node} does not hold ${what}: ${answer.status.sentence} Until that is mended it waits; to take it back: ${takeBack(node, asked)}`,
      );
    default:
      return unreachable(answer);
  }
}

const takeBack = (node: NodeId, { project, prefix, root }: DesiredWorkspace): string =>
  `npx fs-sync deactivate --node ${node} --project ${project}${prefix === undefined ? '' : ` --prefix ${prefix}`} --root ${root}`;

/** @throws SettingsError, InvalidValueError  it is not assigned; StoreUnavailableError */
export async function deactivateCommand(args: DeactivateArgs, env: Env = process.env): Promise<void> {
  const settings = readJobSettings(args, env);
  const node = parseNodeId(args.node);
  const isMeant = ({ project, prefix, root }: Place) =>
    project === settings.project &&
    (settings.prefix === undefined || prefix === settings.prefix) &&
    (args.root === undefined || root === args.root || plainRoot(root) === plainRoot(args.root));
  const { project } = settings;
  const isThere = await withStores(settings, 'deactivate', async ({ stores, nodes, onRecord }) => {
    await requireKnown(nodes, node);
    const desired = (await readDesired(nodes, node)) ?? NOTHING_DESIRED;
    const own = (await readStatus(nodes, node))?.workspaces.find((one) => one.from === 'configuration' && isMeant(one));
    const meant = onlyOne(node, desired, isMeant, { project, ownRoot: own?.root });
    await onRecord('node.unassign', { node, project, asked: meant }, () => unassignWorkspace(nodes, node, meant));
    return (await readCurrent(stores.index, project)) !== undefined;
  });
  print(
    isThere
      ? `${node} is asked to remove its workspace of ${project}; it does when all that it holds is proven to be in the project.`
      : `${node} is asked to let go of its workspace of ${project}, which does not exist (any more); files in it stay on the node.`,
  );
}

/** The same place again is another wish for it, and brings it back when it was removed for being idle.
 *  @throws InvalidValueError  the node takes no more */
export async function askToHold(nodes: Desiring, node: NodeId, asked: DesiredWorkspace, now: number): Promise<void> {
  const outcome = await assignWorkspace(nodes, node, asked);
  if (outcome.kind === 'assigned') return;
  if (outcome.kind === 'too-many') {
    throw new InvalidValueError(
      `${node} has ${outcome.most} workspaces, which is the most: deactivate another one first`,
    );
  }
  const seen = (await readDesired(nodes, node))?.rescan?.[asked.project];
  await askRescan(nodes, node, { project: asked.project, seen }, now);
}

type Place = Pick<DesiredWorkspace, 'project' | 'prefix' | 'root'>;

export interface Sought {
  readonly project: ProjectName;
  /** where the node holds what is meant by its own configuration; undefined: it does not */
  readonly ownRoot: string | undefined;
}

/** @throws InvalidValueError  none is meant, or more than one */
export function onlyOne(
  node: NodeId,
  { workspaces }: Pick<NodeDesired, 'workspaces'>,
  isMeant: (one: DesiredWorkspace) => boolean,
  { project, ownRoot }: Sought,
): DesiredWorkspace {
  const [meant, ...others] = workspaces.filter(isMeant);
  if (!meant && ownRoot !== undefined) {
    throw new InvalidValueError(
      `${node} holds ${project} in ${ownRoot} by its own configuration, which is changed only there: stop its agent, and start it without --workspace ${project}=${ownRoot}; the files stay`,
    );
  }
  if (!meant) {
    const here = workspaces.map((one) => `${nameOf(one)} in ${one.root}`).join(', ');
    const choice = here === '' ? 'none of any project is' : `give --project, --prefix and --root of one of ${here}`;
    throw new InvalidValueError(`no such workspace of ${project} is assigned to ${node}: ${choice}`);
  }
  if (others.length > 0) {
    const roots = [meant, ...others].map(({ root }) => root).join(', ');
    throw new InvalidValueError(
      `${others.length + 1} workspaces of ${project} are assigned to the node (${roots}): give --root`,
    );
  }
  return meant;
}

const nameOf = ({ project, prefix }: DesiredWorkspace): string =>
  prefix === undefined ? project : `${project}/${prefix}`;

function thresholdOf(text: string): DeleteThreshold {
  const read = readDeleteThreshold(text);
  if (read.kind === 'threshold') return read.threshold;
  throw new SettingsError(`--delete-threshold is ${quote(text)}: ${read.fault}`);
}

function idleMs(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds <= 0) {
    throw new SettingsError(`--idle-remove is ${JSON.stringify(text)}: give a number of seconds above 0`);
  }
  return Math.max(1, Math.round(seconds * 1_000));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
