// Gathers what the why page shows: each workspace of the project with what it should have and what it has, as facts for the
// one function that names the cause; and the same as a record that a person can hand on.
import { plural } from '../components/format.ts';
import type { NodeId, ProjectName, Sha } from '../core/model/ids.ts';
import type { Problem } from '../core/model/node-status.ts';
import { isUnder, type RelPath } from '../core/model/rel-path.ts';
import { startCommand } from '../core/model/start-command.ts';
import { NOTES } from '../core/model/verdict.ts';
import { type Why, type WhyFacts, whyNotArchived, whyOf, worstWhyFirst } from '../core/model/why.ts';
import type { AppServices } from './context.ts';
import type { FileDetail } from './file-view.ts';
import type { NodeSummary, NodeWorkspace } from './node-view.ts';
import type { ProjectSummary } from './project-view.ts';

/** What a node has of the file that is asked about. */
export type Has =
  | { readonly kind: 'wanted' }
  | { readonly kind: 'older'; readonly sha: Sha }
  | { readonly kind: 'nothing' }
  /** it is among those that are on their way, or it is not */
  | { readonly kind: 'unknown' };

export interface WhyRow {
  readonly node: NodeId;
  readonly workspace: NodeWorkspace;
  readonly lastSeenAt: number | null;
  readonly version: string | null;
  /** absent: no file is asked about */
  readonly has?: Has;
  readonly facts: WhyFacts;
  readonly why: Why;
}

export interface WhyNow {
  readonly project: ProjectSummary;
  readonly path: RelPath | undefined;
  /** only this node's; undefined: all */
  readonly node: NodeId | undefined;
  /** undefined: no path is asked about, or no file is there */
  readonly file: FileDetail | undefined;
  /** undefined: the server has only just started */
  readonly rows: readonly WhyRow[] | undefined;
  readonly storage: Why;
  /** what has to be known first: the worst workspace's, or of storage, or that all is well */
  readonly first: { readonly why: Why; readonly row: WhyRow | undefined };
  /** when all of them were last compared as a whole: the earliest; undefined: one of them never was */
  readonly verifiedAt: number | undefined;
}

const LETTERS = 100;

/** @returns undefined when there is no such project */
export async function loadWhy(
  { queries }: AppServices,
  asked: { readonly project: ProjectName; readonly path: RelPath | undefined; readonly node: NodeId | undefined },
): Promise<WhyNow | undefined> {
  const { path, node } = asked;
  const [project, nodes, file, letters] = await Promise.all([
    queries.project(asked.project),
    queries.nodes(),
    path === undefined ? undefined : queries.file(asked.project, path),
    queries.deadLetters(LETTERS),
  ]);
  if (!project) return undefined;
  const isColdAway = queries.isColdAway();
  const rows = nodes && (await rowsOf(nodes, { ...asked, file, isColdAway, versionAt: queries.versionAt }));
  const ofProject = letters.letters.filter((letter) => letter.project === asked.project);
  const storage = file
    ? whyOfFile(file)
    : whyNotArchived({
        toArchive: project.toArchive,
        isLate: queries.archiveLag() !== undefined,
        deadLetters: ofProject.length,
        isColdAway,
      });
  const worst = rows?.find(({ why }) => !why.isFine);
  const running = (rows ?? []).filter(({ facts }) => facts.state !== 'removed');
  const looked = running.map(({ workspace }) => workspace.lookedAt);
  const isKnown = running.length > 0 && looked.every((at) => at !== undefined);
  return {
    project,
    path,
    node,
    file,
    rows,
    storage,
    first: worst
      ? { why: worst.why, row: worst }
      : { why: storage.isFine ? fineOf(project, rows, node) : storage, row: undefined },
    verifiedAt: isKnown ? Math.min(...looked.filter((at) => at !== undefined)) : undefined,
  };
}

function fineOf(project: ProjectSummary, rows: readonly WhyRow[] | undefined, node: NodeId | undefined): Why {
  if (rows === undefined)
    return { isFine: false, sentence: 'The server has just started, and has not heard of all nodes yet.' };
  if (rows.length > 0) {
    const names = [...new Set(rows.map((row) => row.node))];
    return { isFine: true, sentence: `In sync on ${names.length === 1 ? names[0] : `${names.length} nodes`}` };
  }
  if (node !== undefined)
    return { isFine: false, sentence: `${node} does not hold any of it`, fix: { kind: 'node-page' } };
  return { isFine: project.state === 'cold', sentence: project.sentence };
}

/** Where the file's bytes are, and whether that is where they should be. */
function whyOfFile({ file, pinnedBy }: FileDetail): Why {
  const { hot, cold, inStrangeCold } = file.tiers;
  if (!hot && !cold) {
    return inStrangeCold
      ? { isFine: false, sentence: 'Its bytes are on record in a cold storage that is not the one connected now.' }
      : { isFine: false, sentence: 'Its bytes are in no tier.', fix: { kind: 'job', job: 'repair' } };
  }
  if (!hot && pinnedBy !== undefined)
    return { isFine: false, sentence: 'It is pinned in hot, and only in cold.', fix: { kind: 'job', job: 'promote' } };
  if (!hot) return { isFine: true, sentence: 'Its bytes are in cold storage; the first read brings them back.' };
  if (cold) return { isFine: true, sentence: 'Its bytes are in hot, and proven in cold storage.' };
  return { isFine: true, sentence: 'Its bytes are in hot, and wait to be archived.' };
}

interface RowsAsked {
  readonly project: ProjectName;
  readonly path: RelPath | undefined;
  readonly node: NodeId | undefined;
  readonly file: FileDetail | undefined;
  readonly isColdAway: boolean;
  readonly versionAt: AppServices['queries']['versionAt'];
}

async function rowsOf(nodes: readonly NodeSummary[], asked: RowsAsked): Promise<WhyRow[]> {
  const rows = await Promise.all(
    nodes
      .filter(({ node }) => asked.node === undefined || node === asked.node)
      .flatMap((summary) =>
        summary.workspaces
          .filter((one) => one.project === asked.project && holds(one, asked.path))
          .map((workspace) => rowOf(summary, workspace, asked)),
      ),
  );
  return rows.toSorted((a, b) => worstWhyFirst(a.facts, b.facts));
}

const holds = ({ prefix }: NodeWorkspace, path: RelPath | undefined): boolean =>
  path === undefined || prefix === undefined || prefix === path || isUnder(path, prefix) || isUnder(prefix, path);

async function rowOf(summary: NodeSummary, told: NodeWorkspace, asked: RowsAsked): Promise<WhyRow> {
  // Of one path it is said which version the node has.
  const { path, file } = asked;
  const problems = path === undefined ? told.problems : told.problems.filter((one) => isAbout(told, one, path));
  const workspace = path === undefined ? sinceTold(summary.node, told) : withTryOf(problems, told);
  const { state, question, answer, pendingDown } = workspace;
  const isSilent = state === 'offline' || state === 'unheard' || state === 'left';
  // What holds a workspace up that has no problem at this path holds up nothing of it.
  const isElsewhere = path !== undefined && problems.length === 0 && (state === 'skipping' || state === 'waiting');
  const has = file && (await hasOf(workspace, file, isElsewhere, asked));
  const facts: WhyFacts = {
    node: summary.node,
    project: workspace.project,
    state: isElsewhere && has?.kind !== 'unknown' ? 'in-sync' : state,
    sentence: isSilent ? summary.sentence : workspace.sentence,
    start: startCommand(summary.node, summary.workspaces),
    ...(question && { question }),
    ...(answer && { answer }),
    problems,
    problemCount: path === undefined ? workspace.problemCount : problems.length,
    pendingDown: path === undefined ? pendingDown : Math.min(pendingDown, Math.max(1, problems.length)),
    hasBase: workspace.base !== null,
    leftOut: path === undefined ? (workspace.leftOut ?? 0) : 0,
    isColdAway: asked.isColdAway,
  };
  return {
    node: summary.node,
    workspace,
    lastSeenAt: summary.lastSeenAt,
    version: summary.version,
    ...(has && { has }),
    facts,
    why: whyOf(facts),
  };
}

/** What is asked for is tried again when its own problem says so, not when the first of all others is. */
function withTryOf([first]: readonly Problem[], told: NodeWorkspace): NodeWorkspace {
  if (told.state === 'blocked' || first?.next_try === undefined) return told;
  return { ...told, nextTryAt: Date.parse(first.next_try) };
}

/** "In sync" is with the commit that the node knew when it said so: of those since, it has not said anything yet. */
function sinceTold(node: NodeId, told: NodeWorkspace): NodeWorkspace {
  const { state, lag } = told;
  if (state !== 'in-sync' || lag.kind !== 'behind') return told;
  const commits = lag.commits === null ? 'the newest commits' : `the newest ${plural(lag.commits, 'commit')}`;
  return { ...told, state: 'syncing', sentence: `${node} has not said yet that it has ${commits}.` };
}

/** From the commit that the node last matched: what it has at this path, as far as nothing is under way. */
async function hasOf(
  workspace: NodeWorkspace,
  { file }: FileDetail,
  isElsewhere: boolean,
  { versionAt }: RowsAsked,
): Promise<Has> {
  const { state, base, lag, pendingDown, problems } = workspace;
  const { path } = file;
  if (base === null) return { kind: 'nothing' };
  if (problems.some((one) => !NOTES.has(one.code) && isHeldBackBy(workspace, one, path))) return { kind: 'unknown' };
  if (lag.kind === 'current') {
    const isAllHere = pendingDown === 0 || isElsewhere || state === 'in-sync' || state === 'skipping';
    return isAllHere ? { kind: 'wanted' } : { kind: 'unknown' };
  }
  const version = await versionAt(base, path);
  if (!version) return { kind: 'nothing' };
  return version.sha === file.sha ? { kind: 'wanted' } : { kind: 'older', sha: version.sha };
}

/** Problems are told by their path in the workspace. */
const pathOf = ({ prefix }: NodeWorkspace, { path }: Problem): string =>
  prefix === undefined ? path : `${prefix}/${path}`;

/** One of a directory is one of all that is in it. */
const isHeldBackBy = (workspace: NodeWorkspace, problem: Problem, path: RelPath): boolean =>
  path === pathOf(workspace, problem) || isUnder(path, pathOf(workspace, problem));

const isAbout = (workspace: NodeWorkspace, problem: Problem, path: RelPath): boolean =>
  isHeldBackBy(workspace, problem, path) || isUnder(pathOf(workspace, problem), path);

const PROBLEMS_TOLD = 20;

/** For whoever is asked for help: all that the page knows, and no secret. */
export function diagnosticsOf(now: WhyNow, trouble: string | undefined): object {
  const { project, path, file, rows, storage, first } = now;
  return {
    project: project.name,
    ...(path !== undefined && { path }),
    why: first.why.sentence,
    storage: storage.sentence,
    ...(trouble !== undefined && { server: trouble }),
    wanted: {
      commit: project.commitSha,
      files: project.files,
      bytes: project.bytes,
      ...(file && { sha: file.file.sha, tiers: file.file.tiers }),
    },
    nodes: (rows ?? []).map(({ node, version, lastSeenAt, workspace, has, why }) => ({
      node,
      version,
      seen: isoOf(lastSeenAt),
      state: workspace.state,
      why: why.sentence,
      says: workspace.sentence,
      mode: workspace.mode,
      prefix: workspace.prefix,
      base: workspace.base,
      lag: workspace.lag,
      has: has?.kind,
      to_send: workspace.pendingUp,
      to_fetch: workspace.pendingDown,
      oldest_waits_since: isoOf(workspace.oldestPendingAt),
      last_try: isoOf(workspace.lastTryAt),
      next_try: isoOf(workspace.nextTryAt),
      looked: isoOf(workspace.lookedAt),
      resync: workspace.resync,
      question: workspace.question?.sentence,
      problems: workspace.problems.slice(0, PROBLEMS_TOLD),
      problem_count: workspace.problemCount,
    })),
  };
}

const isoOf = (at: number | null | undefined): string | undefined =>
  at === null || at === undefined ? undefined : new Date(at).toISOString();
