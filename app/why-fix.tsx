// The one button that mends what the why page found, as a form that works without a script; or, where only a person at a
// machine can, the command to type there.
import type { Child } from 'hono/jsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Icon, type IconName } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { unreachable } from '../core/model/assert.ts';
import type { NodeId } from '../core/model/ids.ts';
import type { Fix } from '../core/model/why.ts';
import { DEAD_LETTERS_URL } from './dead-letters.tsx';
import { restoreWord } from './node-question.tsx';
import type { NodeWorkspace } from './node-view.ts';
import { manageUrl, nodeUrl, whyUrl } from './url.ts';
import type { WhyNow } from './why-load.ts';

export interface FixProps {
  readonly now: WhyNow;
  /** whose it is; undefined: of storage */
  readonly node: NodeId | undefined;
  readonly workspace: NodeWorkspace | undefined;
  readonly fix: Fix;
  /** of what has to be known first */
  readonly isFirst: boolean;
}

const JOBS = {
  repair: { value: 'repair', word: 'Repair', icon: 'layers' },
  promote: { value: 'promote-fast', word: 'Bring back to hot', icon: 'flame' },
  archive: { value: 'archive', word: 'Archive now', icon: 'snowflake' },
} as const satisfies Readonly<Record<string, { value: string; word: string; icon: IconName }>>;

export function FixForm(props: FixProps) {
  const { now, node, workspace, fix } = props;
  const { project, path } = now;
  const back = whyUrl(project.name, { path, node: now.node });
  switch (fix.kind) {
    case 'look-again':
      return (
        <Form {...props} action={`/p/${project.name}/resync`} word={fix.word} icon="refresh-cw">
          {node === undefined ? null : <input type="hidden" name="node" value={node} />}
          <input type="hidden" name="path" value={path ?? ''} />
          <input type="hidden" name="back" value={back} />
        </Form>
      );
    case 'restore':
      return (
        <>
          <Form
            {...props}
            action={`${node === undefined ? '' : nodeUrl(node)}/answer`}
            word={restoreWord(fix.question.count)}
            icon="undo-2"
          >
            <input type="hidden" name="question" value={fix.question.id} />
            <input type="hidden" name="answer" value="restore" />
            <input type="hidden" name="seen" value={workspace?.answer ?? ''} />
          </Form>
          {node === undefined || fix.question.kind !== 'deletions' ? null : (
            <a class="button button-quiet" href={nodeUrl(node)}>
              Or allow…
            </a>
          )}
        </>
      );
    case 'job': {
      const { value, word, icon } = JOBS[fix.job];
      return (
        <Form {...props} action={manageUrl(project.name)} word={word} icon={icon}>
          <input type="hidden" name="start" value={value} />
          <input type="hidden" name="prefix" value={path ?? ''} />
        </Form>
      );
    }
    case 'retry-dead-letters':
      return (
        <Form {...props} action={DEAD_LETTERS_URL} word="Try again" icon="refresh-cw">
          <input type="hidden" name="sha" value="all" />
        </Form>
      );
    case 'command':
      return (
        <span class="why-command">
          <code>
            <VisibleText value={fix.command} />
          </code>
          <CopyButton value={fix.command} label="Copy the command" />
        </span>
      );
    case 'node-page':
      return (
        <a class={`button${props.isFirst ? ' button-primary' : ''}`} href={node ? nodeUrl(node) : '/nodes'}>
          <Icon name="server" />
          {node ? `Open ${node}` : 'Open nodes'}
        </a>
      );
    default:
      return unreachable(fix);
  }
}

function Form(props: FixProps & { action: string; word: string; icon: IconName; children?: Child }) {
  const { action, word, icon, isFirst, fix } = props;
  const isJob = fix.kind === 'job' || fix.kind === 'retry-dead-letters';
  return (
    // A job is what a person wants to see next: its form leads there.
    <form method="post" action={action} data-send={isJob ? undefined : ''}>
      {props.children}
      <button type="submit" class={`button${isFirst ? ' button-primary' : ''}`}>
        <Icon name={icon} />
        {word}
      </button>
    </form>
  );
}
