// From what its nodes say to how a project stands: the word of its worst node, in one sentence. Pure, so that it is tested.
import type { NodeOfProject } from '../app/node-view.ts';
import type { ProjectSummary } from '../app/project-view.ts';
import { skippingWord } from '../core/model/verdict.ts';
import { askingSentence } from '../core/model/why.ts';

/** The one that a person has to know first is said. While one still syncs, it is not said that all but some paths are in sync. */
const SEVERITY: Readonly<Record<NodeOfProject['state'], number>> = {
  blocked: 0,
  offline: 1,
  unheard: 2,
  waiting: 3,
  syncing: 4,
  starting: 5,
  removing: 6,
  skipping: 7,
  'in-sync': 8,
  left: 9,
  removed: 10,
};

/** @param coldSince  when it was taken off hot storage; null: it was not */
export function projectStanding(
  all: readonly NodeOfProject[],
  coldSince: number | null = null,
): Pick<ProjectSummary, 'state' | 'skipped' | 'sentence'> {
  const nodes = all.filter(({ state }) => state !== 'removed');
  const running = nodes.filter(({ state }) => state !== 'left');
  const skipped = nodes.reduce((sum, node) => sum + node.skipped, 0);
  const worst = nodes.toSorted((a, b) => SEVERITY[a.state] - SEVERITY[b.state])[0];
  if (running.length === 0 && coldSince !== null)
    return { state: 'cold', skipped, sentence: 'In cold storage; the first read brings it back' };
  if (!worst) return { state: 'no-nodes', skipped, sentence: 'No node holds this project; assign it to one' };
  switch (worst.state) {
    case 'in-sync':
      return { state: 'in-sync', skipped, sentence: `In sync on ${whereOf(running)}` };
    case 'skipping':
      return {
        state: 'skipping',
        skipped,
        sentence: `${skippingWord(skipped)} on ${whereOf(nodes.filter((node) => node.skipped > 0))}`,
      };
    case 'unheard':
      return { state: 'unheard', skipped, sentence: worst.sentence };
    // A person stopped it, and so stopped nothing of the others.
    case 'left':
      return { state: 'left', skipped, sentence: worst.sentence };
    case 'blocked':
    case 'offline':
      return { state: 'blocked', skipped, sentence: sentenceOf(worst) };
    default:
      return { state: 'syncing', skipped, sentence: sentenceOf(worst) };
  }
}

/** A question speaks of the directory on its node: of the project it says which node waits for the answer. */
const sentenceOf = ({ node, sentence, question }: NodeOfProject): string =>
  question !== undefined && sentence.startsWith(question.sentence) ? askingSentence(node, question) : sentence;

/** `node-a`, `2 nodes` */
function whereOf(nodes: readonly NodeOfProject[]): string {
  const names = [...new Set(nodes.map(({ node }) => node))];
  return names.length === 1 ? `${names[0]}` : `${names.length} nodes`;
}
