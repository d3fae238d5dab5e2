// Commands that ask agents of this machine over their sockets, once: how their workspaces are and why, and a person's answer
// to what one of them asks. They work while NATS and the server are away.
import { request } from 'node:http';
import { dirname } from 'node:path';
import { z } from 'zod';
import { assert } from '../../core/model/assert.ts';
import { thresholdSentence } from '../../core/model/delete-threshold.ts';
import { quote } from '../../core/model/ids.ts';
import type { Answer, NodeStatus, Question, WorkspaceStatus } from '../../core/model/node-status.ts';
import { nodeStatusSchema } from '../../core/model/node-status.ts';
import { answersTo } from '../../core/node/answer-question.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { KEPT_DAYS, keptFolder } from '../kept.ts';
import { whyOf } from '../progress/status-lines.ts';
import { AgentAwayError, AgentRefusedError } from './read-events.ts';
import { findAgentSockets } from './socket-path.ts';
import { shown } from './watch-command.ts';

export interface StatusArgs {
  readonly node?: string;
  readonly json?: boolean;
}

const problemSchema = z.object({ detail: z.string() });

export interface ShownStatus {
  /** to print */
  readonly lines: readonly string[];
  /** of each node whose agent does not answer while another does, for the person */
  readonly away: readonly string[];
}

/** Of one node, or of all that have agents on this machine.
 *  @throws SettingsError, AgentAwayError  none answers */
export async function statusCommand(args: StatusArgs, env: Env = process.env): Promise<ShownStatus> {
  const sockets = findAgentSockets(args.node, env);
  const { answering, away } = await askAll(sockets);
  const statuses = answering.map(({ status }) => status);
  const lines = args.json
    ? statuses.map((status) => JSON.stringify(status))
    : sockets.length === 1
      ? statuses.flatMap(statusLines)
      : statuses.flatMap((status) => [`${status.node}:`, ...statusLines(status).map((line) => `  ${line}`)]);
  return {
    lines,
    away: away.map(
      ({ error, socketPath }) => `${error.message}. If that node is gone for good: remove ${dirname(socketPath)}`,
    ),
  };
}

interface Answering {
  readonly socketPath: string;
  readonly status: NodeStatus;
}

interface Away {
  readonly socketPath: string;
  readonly error: AgentAwayError;
}

/** @throws AgentAwayError  none answers */
async function askAll(sockets: readonly string[]): Promise<{ answering: Answering[]; away: Away[] }> {
  const answering: Answering[] = [];
  const away: Away[] = [];
  for (const socketPath of sockets) {
    try {
      answering.push({ socketPath, status: await askStatus(socketPath) });
    } catch (error) {
      if (!(error instanceof AgentAwayError)) throw error;
      away.push({ socketPath, error });
    }
  }
  const [first] = away;
  if (first && answering.length === 0) throw first.error;
  return { answering, away };
}

/** @param beginning  of the question's id, as much of it as leaves no doubt; the id finds its agent
 *  @returns the lines to print
 *  @throws SettingsError, AgentAwayError, AgentRefusedError  the question is not asked (any more) */
export async function answerCommand(
  beginning: string,
  answer: string,
  args: { readonly node?: string },
  env: Env = process.env,
): Promise<readonly string[]> {
  if (!isAnswer(answer)) throw new SettingsError(`the answer is ${JSON.stringify(answer)}: give allow or restore`);
  const { answering } = await askAll(findAgentSockets(args.node, env));
  const asked = answering
    .flatMap(asksOf)
    .filter(({ question }) => beginning !== '' && question.id.startsWith(beginning));
  const exact = asked.filter(({ question }) => question.id === beginning);
  const [about, ...others] = exact.length > 0 ? exact : asked;
  if (about && others.length > 0) {
    const which = [about, ...others].map(({ question, node, project }) => `${question.id} (${project} on ${node})`);
    throw new SettingsError(`several questions begin with ${quote(beginning)}: give more of one: ${which.join(', ')}`);
  }
  const [only, ...more] = answering;
  if (!about && more.length > 0) {
    const nodes = answering.map(({ status }) => status.node).join(', ');
    throw new AgentRefusedError(
      `none of ${nodes} asks ${quote(beginning)} (any more). What they ask: npx fs-sync status`,
    );
  }
  // The only one says what it asks instead.
  const socketPath = (about ?? only)?.socketPath;
  assert(socketPath !== undefined, 'an agent answers');
  const query = new URLSearchParams({ question: about?.question.id ?? beginning, answer });
  await ask('POST', `/v1/answer?${query}`, socketPath);
  if (about?.question.kind === 'local-changes') {
    return [
      `The project's versions come back. What was changed here is kept for ${KEPT_DAYS} days in ${keptFolder(about.root)}`,
    ];
  }
  return [answer === 'allow' ? 'Allowed.' : 'The files are brought back.'];
}

interface Asked {
  readonly socketPath: string;
  readonly node: string;
  readonly project: string;
  readonly root: string;
  readonly question: Question;
}

const asksOf = ({ socketPath, status: { node, workspaces } }: Answering): Asked[] =>
  workspaces.flatMap(({ project, root, question }) =>
    question ? [{ socketPath, node, project, root, question }] : [],
  );

const ASSIGNED_TOO = 'It is assigned by the server, too; the configuration of the node says how it is run.';
const START = 'start it by npm start, or, where that does not run it, by npx fs-sync agent --node <id>';

/** Each as a command of its own, to be pasted; what loses nothing comes first. */
const ORDER: readonly Answer[] = ['restore', 'allow'];
const WAYS: Readonly<Record<Answer, string>> = { restore: 'To restore:', allow: 'To allow:  ' };

const isAnswer = (text: string): text is Answer => text === 'allow' || text === 'restore';

export function statusLines({ node, trouble, workspaces }: NodeStatus): string[] {
  const lines = trouble === undefined ? [] : [`${node}: ${trouble}`];
  for (const workspace of workspaces) lines.push(...workspaceLines(node, workspace));
  return lines.length > 0 ? lines : [`${node} has no workspaces.`];
}

const MODES: Readonly<Record<NonNullable<WorkspaceStatus['mode']>, string>> = {
  receive: ', which only receives',
  send: ', which only sends',
};
const modeOf = ({ mode }: Pick<WorkspaceStatus, 'mode'>): string => (mode === undefined ? '' : MODES[mode]);

function workspaceLines(
  node: string,
  { project, prefix, root, sentence, question, ...rest }: WorkspaceStatus,
): string[] {
  const lines = [`${project}${prefix === undefined ? '' : `/${prefix}`} in ${root}${modeOf(rest)}: ${sentence}`];
  if (rest.assigned_root !== undefined) lines.push(`  ${ASSIGNED_TOO}`);
  if (rest.delete_threshold !== undefined) lines.push(`  ${thresholdSentence(rest.delete_threshold)}`);
  if (question) {
    // Of deletions the workspace's own sentence asks.
    if (question.kind === 'local-changes') lines.push(`  ${question.sentence}`);
    lines.push(...question.examples.map((path) => `  ${shown(path)}`));
    const more = question.count - question.examples.length;
    if (more > 0) lines.push(`  and ${more} more`);
    const answers = answersTo(question).toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
    lines.push(...answers.map((one) => `  ${WAYS[one]} npx fs-sync answer --node ${node} ${question.id} ${one}`));
  }
  // What a question is about was listed with it.
  const isAsked = question?.kind === 'local-changes';
  const problems = isAsked ? rest.problems.filter(({ code }) => code !== 'local-change') : rest.problems;
  for (const problem of problems) lines.push(`  ${problem.path === '' ? '.' : shown(problem.path)}: ${whyOf(problem)}`);
  const unlisted = rest.problem_count - problems.length - (isAsked ? question.count : 0);
  if (unlisted > 0) lines.push(`  and ${unlisted} more`);
  return lines;
}

/** @throws AgentAwayError, AgentRefusedError */
export const askStatus = async (socketPath: string): Promise<NodeStatus> =>
  nodeStatusSchema.parse(JSON.parse(await ask('GET', '/v1/status', socketPath)));

async function ask(method: 'GET' | 'POST', path: string, socketPath: string): Promise<string> {
  const { status, text } = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    const away = (cause: unknown) =>
      reject(new AgentAwayError(`no agent answers at ${socketPath}: ${START}`, { cause }));
    const asked = request({ socketPath, path, method, headers: { host: 'agent' }, agent: false }, async (response) => {
      try {
        let text = '';
        for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
        resolve({ status: response.statusCode, text });
      } catch (error) {
        away(error);
      }
    });
    asked.once('error', away);
    asked.end();
  });
  if (status === 200) return text;
  throw new AgentRefusedError(problemSchema.parse(JSON.parse(text)).detail);
}
