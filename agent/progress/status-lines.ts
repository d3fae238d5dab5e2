// A node's status as lines for a person: on a terminal one line a workspace, with a bar while it works; in a pipe a line
// only when something is different from what was said last.
import type { NodeId } from '../../core/model/ids.ts';
import type { NodeStatus, Problem, WorkspaceStatus } from '../../core/model/node-status.ts';
import { NOTES, type Standing, verdictOf, wordOf } from '../../core/model/verdict.ts';
import { nextTryText } from '../state/troubles.ts';
import type { Line } from './live-lines.ts';
import { countText, filesText, paceText, sizeText } from './words.ts';

const BAR_CELLS = 20;

/** @param maxLines  workspaces that would not fit are counted in the last line, those that need a person come first */
export function liveLines({ node, workspaces, trouble }: NodeStatus, maxLines: number): Line[] {
  const head: Line[] = trouble === undefined ? [] : [[{ text: trouble, color: 'red' }]];
  if (workspaces.length === 0 && trouble === undefined) return [[{ text: waitsForOne(node) }]];
  const sorted = [...workspaces].sort((a, b) => urgency(b) - urgency(a));
  const room = Math.max(1, maxLines - head.length);
  const shown = sorted.length > room ? sorted.slice(0, room - 1) : sorted;
  const left = sorted.length - shown.length;
  const names = shown.map(nameOf);
  const width = Math.min(24, Math.max(0, ...names.map((name) => name.length)));
  const lines = shown.map(
    (workspace, i): Line => [{ text: `${(names[i] ?? '').padEnd(width)}  ` }, ...stateOf(workspace)],
  );
  return [...head, ...lines, ...(left > 0 ? [[{ text: `and ${countText(left)} more`, color: 'dim' } as const]] : [])];
}

/** Of a node that has no workspace. */
const waitsForOne = (node: NodeId): string =>
  `${node} runs and has no workspace: it waits until one is assigned to it, on its page or with npx fs-sync activate ` +
  `--node ${node} --project <name>. One of its own is named with --workspace <project>=<directory>.`;

const URGENCY: Readonly<Record<Standing, number>> = {
  blocked: 3,
  syncing: 2,
  starting: 2,
  waiting: 2,
  skipping: 1,
  removing: 0,
  'in-sync': 0,
  removed: 0,
};
const urgency = (workspace: WorkspaceStatus): number => URGENCY[verdictOf(workspace).state];

const nameOf = ({ project, prefix }: WorkspaceStatus): string =>
  prefix === undefined ? project : `${project}/${prefix}`;

function stateOf(workspace: WorkspaceStatus): Line {
  const { sentence, progress, files, bytes } = workspace;
  const verdict = verdictOf(workspace);
  const word = uncapitalized(wordOf(verdict));
  const size = { text: `  ${filesText(files)}, ${sizeText(bytes)}` };
  const problems: Line =
    workspace.problem_count === 0 ? [] : [{ text: `  ${problemsText(workspace)}`, color: 'yellow' }];
  switch (verdict.state) {
    case 'in-sync':
      return [{ text: word, color: 'green' }, size, ...problems];
    case 'skipping':
      return [{ text: word, color: 'yellow' }, size, { text: `  ${firstSkipped(workspace)}` }];
    case 'syncing':
      if (progress) return [...barOf(progress), ...problems];
  }
  return [
    { text: word, color: verdict.state === 'blocked' ? 'red' : 'yellow' },
    { text: `  ${sentence}` },
    ...problems,
  ];
}

const problemsText = ({ problem_count: count, problems }: WorkspaceStatus): string => {
  const what = problems.length === count && problems.every(({ code }) => NOTES.has(code)) ? 'note' : 'problem';
  return count === 1 ? `1 ${what}` : `${countText(count)} ${what}s`;
};

/** Why, and when it is tried again. */
export const whyOf = ({ reason, next_try }: Problem): string =>
  `${reason}${nextTryText(next_try === undefined ? undefined : Date.parse(next_try))}`;

function firstSkipped({ problems }: WorkspaceStatus): string {
  const first = problems.find(({ code }) => !NOTES.has(code));
  return first ? `${first.path}: ${whyOf(first)}` : '';
}

function barOf({ up, down }: NonNullable<WorkspaceStatus['progress']>): Line {
  const done = up.done + down.done;
  const total = up.total + down.total;
  const bytesTotal = up.bytes_total + down.bytes_total;
  const share = bytesTotal > 0 ? (up.bytes_done + down.bytes_done) / bytesTotal : total > 0 ? done / total : 0;
  const full = Math.floor(Math.min(1, share) * BAR_CELLS);
  const etas = [up, down].filter((one) => one.done < one.total).map(({ eta_ms }) => eta_ms);
  const pace = paceText({
    done,
    total,
    bytes_done: up.bytes_done + down.bytes_done,
    bytes_total: bytesTotal,
    bytes_per_s: up.bytes_per_s + down.bytes_per_s,
    // Both directions go at once: the slower one says when all is done.
    eta_ms: etas.includes(null) ? null : Math.max(0, ...etas.filter((eta) => eta !== null)),
  });
  const arrows = `${up.done < up.total ? '↑' : ''}${down.done < down.total ? '↓' : ''}`.padEnd(2);
  return [
    { text: `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}`, color: 'yellow' },
    { text: ` ${arrows} ${countText(done)}/${countText(total)}${pace === '' ? '' : `  ${pace}`}` },
  ];
}

/** Shorter work than this is not worth a line in a pipe. */
const SYNCING_SAID_AFTER_MS = 2_000;

export class PlainLines {
  readonly #said = new Map<string, string>();
  readonly #busySince = new Map<string, number>();
  #trouble: string | undefined;
  #waits = false;

  /** @returns what is new since the last look, one line each
   *  @param now  milliseconds, steady */
  look({ node, workspaces, trouble }: NodeStatus, now: number): string[] {
    const lines: string[] = [];
    if (trouble !== this.#trouble) lines.push(trouble ?? 'The node is well again.');
    this.#trouble = trouble;
    const here = new Set<string>();
    for (const workspace of workspaces) {
      const key = `${nameOf(workspace)}\0${workspace.root}`;
      here.add(key);
      const line = this.#lineOf(key, workspace, now);
      if (line === undefined || line.kind === this.#said.get(key)) continue;
      this.#said.set(key, line.kind);
      lines.push(`${nameOf(workspace)}: ${line.text}`);
    }
    for (const key of [...this.#said.keys()]) {
      if (here.has(key)) continue;
      this.#said.delete(key);
      lines.push(`${key.slice(0, key.indexOf('\0'))}: no workspace of this node any more`);
    }
    const waits = workspaces.length === 0 && trouble === undefined;
    if (waits && !this.#waits) lines.push(waitsForOne(node));
    this.#waits = waits;
    return lines;
  }

  /** `kind` is what has to differ for it to be said again. */
  #lineOf(key: string, workspace: WorkspaceStatus, now: number): { kind: string; text: string } | undefined {
    const { sentence, problem_count, files, question } = workspace;
    const verdict = verdictOf(workspace);
    const { state } = verdict;
    if (state !== 'syncing') this.#busySince.delete(key);
    switch (state) {
      case 'in-sync': {
        const problems = problem_count === 0 ? '' : `, ${problemsText(workspace)}`;
        return { kind: `in-sync ${problem_count}`, text: `in sync, ${filesText(files)}${problems}` };
      }
      case 'skipping': {
        const word = uncapitalized(wordOf(verdict));
        return { kind: word, text: `${word}, ${filesText(files)}. ${firstSkipped(workspace)}` };
      }
      case 'waiting':
        return { kind: `${uncapitalized(wordOf(verdict))} ${sentence}`, text: sentence };
      case 'syncing': {
        const since = this.#busySince.get(key) ?? now;
        this.#busySince.set(key, since);
        return now - since < SYNCING_SAID_AFTER_MS ? undefined : { kind: 'syncing', text: uncapitalized(sentence) };
      }
      case 'blocked':
        return { kind: `blocked ${question?.id ?? withoutTimes(sentence)}`, text: `blocked: ${sentence}` };
      case 'starting':
        return { kind: 'starting', text: 'starting' };
      case 'removing':
      case 'removed':
        return { kind: `${state} ${withoutTimes(sentence)}`, text: uncapitalized(sentence) };
    }
  }
}

/** When it is tried again is no news. */
const withoutTimes = (sentence: string): string => sentence.replace(/ (Since|Next try at) \d\d:\d\d:\d\d UTC\./g, '');

const uncapitalized = (sentence: string): string => `${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`;
