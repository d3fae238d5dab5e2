// The entries of the audit log as rows, and the detail of one: in words, and all of it as JSON.
import { CategoryChip } from '../components/chip.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { Icon } from '../components/icon.tsx';
import { legibleJson } from '../components/legible-json.ts';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { AuditEntry } from '../core/audit/entry.ts';
import { actorText } from './actor-text.ts';
import { type AuditAsked, auditUrl } from './audit-query.ts';
import { lookOfAction, outcomeText, severityOf, subjectText } from './audit-text.ts';
import { categoryLooks } from './category.ts';
import { type Block, block, type List, listRow } from './parts.ts';
import { jobUrl } from './url.ts';

export const auditRows = (asked: AuditAsked, entries: readonly AuditEntry[]): List => ({
  kind: 'list',
  tag: 'tbody',
  id: 'audit-rows',
  rows: entries.map((entry) => listRow(`a-${entry.seq}`, <AuditLine asked={asked} entry={entry} />)),
});

function AuditChip({ entry }: { entry: AuditEntry }) {
  const { category, word } = lookOfAction(entry.action);
  const { icon } = categoryLooks[category];
  return <CategoryChip category={category} icon={icon} word={word} severity={severityOf(entry)} />;
}

function AuditLine({ asked, entry }: { asked: AuditAsked; entry: AuditEntry }) {
  const narrowed = { ...asked, before: undefined, open: undefined };
  const { seq, ts, actor, outcome, scope } = entry;
  const subject = subjectText(entry);
  return (
    <tr id={`a-${seq}`} data-seq={seq} data-action={entry.action} data-row="" tabindex={-1}>
      <td class="cell-clock num">
        <a href={auditUrl({ ...asked, open: seq })} data-soft="" data-open="" tabindex={-1}>
          <When at={Date.parse(ts)} />
        </a>
      </td>
      <td class="cell-kind">
        <AuditChip entry={entry} />
      </td>
      <td class="cell-subject">
        {subject === '' ? null : (
          <span class="mono subject">
            <VisibleText value={subject} />
          </span>
        )}
        <span class={`muted${subject === '' ? '' : ' detail'}`}>
          <VisibleText value={outcomeText(outcome)} />
        </span>
      </td>
      <td class="cell-project">
        {scope.project === undefined ? (
          <span class="muted">–</span>
        ) : (
          <a
            href={auditUrl({ ...narrowed, project: projectOf(scope.project) })}
            tabindex={-1}
            title="Only this project"
          >
            <VisibleText value={scope.project} />
          </a>
        )}
      </td>
      <td class="cell-actor muted">
        <a href={auditUrl({ ...narrowed, actor: actor.id })} tabindex={-1} title="Only what they did">
          <VisibleText value={actorText(actor)} />
        </a>
      </td>
    </tr>
  );
}

/** Only ever written into an address, and read from it again as what it is. */
const projectOf = (name: string) => name as NonNullable<AuditAsked['project']>;

/** @param found  undefined: none is there */
export function auditDrawer(asked: AuditAsked, found: AuditEntry | undefined): Block {
  if (asked.open === undefined) return block('drawer', <div id="drawer" />);
  if (found) return block('drawer', <Drawer asked={asked} entry={found} />);
  return block(
    'drawer',
    <aside id="drawer" class="pane" aria-label={`Entry ${asked.open}`}>
      <header>
        <h2 class="num">Entry {asked.open}</h2>
        <CloseLink asked={asked} />
      </header>
      <p>There is no such entry, or what is there is none.</p>
    </aside>,
  );
}

function Drawer({ asked, entry }: { asked: AuditAsked; entry: AuditEntry }) {
  const { seq, ts, actor, action, outcome, scope, hash, prev } = entry;
  return (
    <aside id="drawer" class="pane" aria-label={`Entry ${seq}`}>
      <header>
        <AuditChip entry={entry} />
        <h2 class="num">Entry {seq}</h2>
        <CloseLink asked={asked} />
      </header>
      <p class="drawer-subject mono">
        <VisibleText value={subjectText(entry)} />
      </p>
      <p class="muted">
        <VisibleText value={outcomeText(outcome)} />
      </p>
      <Facts>
        <Fact name="Action">
          <code>{action}</code>
        </Fact>
        <Fact name="Time">
          <When at={Date.parse(ts)} />
        </Fact>
        <Fact name="By">
          {actor.kind} <VisibleText value={actor.id} />
        </Fact>
        <Fact name="Hash">
          <code class="num">{hash.slice(0, 16)}…</code>
          <CopyButton value={`${seq}:${hash}`} label="Copy number and hash" />
        </Fact>
        <Fact name="Follows">
          <code class="num">{prev.slice(0, 16)}…</code>
        </Fact>
      </Facts>
      {scope.job === undefined ? null : (
        <p class="pane-actions">
          <a class="button" href={jobUrl(scope.job)}>
            <Icon name="layers" />
            Open job
          </a>
        </p>
      )}
      <figure class="preview preview-text" aria-label="The entry as JSON">
        <pre tabindex={0}>{`\n${legibleJson(entry)}`}</pre>
        <CopyButton value={JSON.stringify(entry, null, 2)} label="Copy JSON" />
      </figure>
    </aside>
  );
}

function CloseLink({ asked }: { asked: AuditAsked }) {
  return (
    <a
      class="icon-button"
      href={auditUrl({ ...asked, open: undefined })}
      data-soft=""
      data-close=""
      aria-label="Close"
      title="Close (Esc)"
    >
      <Icon name="x" />
    </a>
  );
}
