// Whether the chain of the audit log is whole, as this server last saw it, and the button that has it looked at again.
import { CopyButton } from '../components/copy-button.tsx';
import { formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { verdictSentence } from '../core/audit/verdict-words.ts';
import type { Verification } from './audit-view.ts';
import { type Block, block } from './parts.ts';

export const chainPart = (verification: Verification): Block =>
  block('audit-chain', <Chain verification={verification} />);

function Chain({ verification: { running, last } }: { verification: Verification }) {
  return (
    <section class="head" id="audit-chain" aria-label="Chain" data-state={stateOf(running, last)}>
      <p role="status">{running ? <Running {...running} /> : <Last last={last} />}</p>
      <form method="post" action="/audit/verify" data-send="">
        <button type="submit" class="button" disabled={running !== undefined}>
          <Icon name="check" />
          Verify
        </button>
      </form>
    </section>
  );
}

function stateOf(running: Verification['running'], last: Verification['last']): string {
  if (running) return 'running';
  if (!last || isOfNothing(last)) return 'unknown';
  return 'verdict' in last ? last.verdict.kind : 'failed';
}

/** The log was empty then, and need not be now. */
const isOfNothing = (last: NonNullable<Verification['last']>): boolean =>
  'verdict' in last && last.verdict.kind === 'whole' && last.verdict.count === 0;

function Running({ done, total }: NonNullable<Verification['running']>) {
  return (
    <span class="state">
      <Icon name="circle-dashed" />
      {total === 0 ? 'Verifying…' : `Verifying: ${formatCount(done)} of ${formatCount(total)} entries.`}
    </span>
  );
}

function Last({ last }: { last: Verification['last'] }) {
  if (!last || isOfNothing(last)) {
    return (
      <span class="state">
        <Icon name="circle-question-mark" />
        Not verified since this server started.
      </span>
    );
  }
  if ('failed' in last) {
    return (
      <span class="state bad">
        <Icon name="triangle-alert" />
        <span>
          Not verified: <VisibleText value={last.failed} /> (<When at={last.at} />)
        </span>
      </span>
    );
  }
  const { verdict } = last;
  const isWhole = verdict.kind === 'whole';
  const witness = isWhole && verdict.count > 0 ? `${verdict.head.seq}:${verdict.head.hash}` : undefined;
  return (
    <span class={`state ${isWhole ? 'good' : 'bad'}`}>
      <Icon name={isWhole ? 'circle-check' : 'triangle-alert'} />
      <span>
        {verdictSentence(verdict, formatCount)}{' '}
        <span class="muted">
          Verified <When at={last.at} />.
        </span>
      </span>
      {witness === undefined ? null : (
        <CopyButton value={witness} label="Copy the newest entry’s number and hash, to hold the log against later" />
      )}
    </span>
  );
}
