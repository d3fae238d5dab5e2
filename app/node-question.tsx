// What a workspace asks a person (I9): how many files, which, and what each answer does, before it is given. The answer names
// the question, so that it can hold for no other one.
import { formatCount, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { NodeId } from '../core/model/ids.ts';
import type { Answer, Question } from '../core/model/node-status.ts';
import { answersTo } from '../core/node/answer-question.ts';
import type { NodeWorkspace } from './node-view.ts';
import { nodeUrl } from './url.ts';

export function QuestionBox(props: {
  readonly node: NodeId;
  readonly workspace: NodeWorkspace;
  readonly question: Question;
}) {
  const { node, workspace, question } = props;
  const { answer, state } = workspace;
  const more = question.count - question.examples.length;
  const offered = answersTo(question).filter((one) => one !== answer);
  return (
    <div class="question" data-question={question.kind}>
      <p class="question-sentence">
        <Icon name="circle-question-mark" />
        <strong>
          <VisibleText value={question.sentence} />
        </strong>
        <span class="muted">
          Asked <When at={Date.parse(question.since)} />
        </span>
      </p>
      <ul class="question-examples">
        {question.examples.map((path) => (
          <li>
            <code>
              <VisibleText value={path} />
            </code>
          </li>
        ))}
        {more > 0 ? <li class="muted">and {formatCount(more)} more</li> : null}
      </ul>
      {answer === undefined ? null : (
        <p class="question-answered">
          <Icon name="clock" />
          <span>
            Answered: {answer === 'allow' ? 'allowed' : 'to be restored'}.{' '}
            {state === 'offline' || state === 'unheard'
              ? `${node} reads it when it is back.`
              : `${node} is about to act on it.`}
          </span>
        </p>
      )}
      {offered.length === 0 ? null : (
        <div class="question-answers">
          {offered.map((one) => (
            <AnswerForm {...props} answer={one} />
          ))}
        </div>
      )}
    </div>
  );
}

function AnswerForm(props: {
  readonly node: NodeId;
  readonly workspace: NodeWorkspace;
  readonly question: Question;
  readonly answer: Answer;
}) {
  const { node, workspace, question, answer } = props;
  const { word, consequence } = wordsOf(node, workspace, question, answer);
  return (
    <form method="post" action={`${nodeUrl(node)}/answer`} data-send="">
      <input type="hidden" name="question" value={question.id} />
      <input type="hidden" name="seen" value={workspace.answer ?? ''} />
      <button
        type="submit"
        name="answer"
        value={answer}
        class={answer === 'allow' ? 'button button-danger' : 'button button-primary'}
      >
        <Icon name={answer === 'allow' ? 'trash-2' : 'undo-2'} />
        {word}
      </button>
      <p class="muted">{consequence}</p>
    </form>
  );
}

/** On its button, wherever it stands. */
export const restoreWord = (count: number): string => `Restore ${plural(count, 'file')}`;

function wordsOf(
  node: NodeId,
  { project }: NodeWorkspace,
  { kind, count, files, already = 0 }: Question,
  answer: Answer,
): { readonly word: string; readonly consequence: string } {
  if (kind === 'local-changes') {
    return {
      word: restoreWord(count),
      consequence: `${node} has the project’s versions again. What was changed there is kept for 30 days in .fs-sync/kept of the workspace.`,
    };
  }
  return answer === 'allow'
    ? {
        word: `Allow ${plural(count, 'deletion')}`,
        consequence: `${formatCount(count)} of ${plural(files, 'file')} are deleted from ${project}, and so from every node that holds it. They stay in its history: npx fs-sync history ${project} lists its commits, npx fs-sync restore ${project} <path> --to <commit> brings them back.`,
      }
    : {
        word: restoreWord(count),
        consequence:
          already === 0
            ? `They come back to this directory on ${node}. Nothing changes in ${project} or on other nodes.`
            : `They come back to this directory on ${node}. ${plural(already, 'file')} of them ${already === 1 ? 'is' : 'are'} gone from ${project} already: a commit brings them back to it, and so to every node that holds it.`,
      };
}
