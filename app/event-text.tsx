// What an event says, in one line: the thing it is about, and the detail that matters.
import type { Child } from 'hono/jsx';
import { formatBytes, plural } from '../components/format.ts';
import { VisibleText } from '../components/visible-text.tsx';
import { unreachable } from '../core/model/assert.ts';
import type { EventOf, FsEvent } from '../core/model/event.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { shortShareId } from '../core/model/share.ts';
import { jobUrl, nodeUrl, plainFileUrl } from './url.ts';

export interface EventText {
  /** what it is about, as markup */
  readonly subject: Child;
  readonly detail: string;
  /** the path that a link can open; a deleted one has none */
  readonly path?: RelPath;
  /** where it leads: the file, the node, the job */
  readonly href?: string;
}

/** @param name  of an event of an object: the path that has it */
export function eventText(event: FsEvent, name?: RelPath): EventText {
  const text = wordsOf(event);
  if ('sha' in event.payload && name !== undefined) {
    const subject = (
      <span title={event.payload.sha}>
        <VisibleText value={name} />
      </span>
    );
    return { ...text, subject, path: name, ...hrefOf(event, name) };
  }
  return { ...text, ...hrefOf(event, text.path) };
}

function hrefOf(event: FsEvent, path: RelPath | undefined): { href?: string } {
  if (path !== undefined && event.project !== undefined) return { href: plainFileUrl(event.project, path) };
  if ('job' in event.payload) return { href: jobUrl(event.payload.job) };
  return 'node' in event.payload ? { href: nodeUrl(event.payload.node) } : {};
}

function wordsOf(event: FsEvent): Omit<EventText, 'href'> {
  switch (event.type) {
    case 'PathCreated':
    case 'PathUpdated':
      return {
        subject: <VisibleText value={event.payload.path} />,
        detail: entryDetail(event.payload.entry),
        path: event.payload.path,
      };
    case 'PathDeleted':
      return { subject: <VisibleText value={event.payload.path} />, detail: entryDetail(event.payload.was) };
    case 'PathMoved':
      return {
        subject: (
          <>
            <VisibleText value={event.payload.from} />
            <span class="muted"> → </span>
            <VisibleText value={event.payload.path} />
          </>
        ),
        detail: entryDetail(event.payload.entry),
        path: event.payload.path,
      };
    case 'PathConflict':
      return {
        subject: <VisibleText value={event.payload.path} />,
        detail: 'two nodes changed it; the later commit won, the other version is in history',
        path: event.payload.path,
      };
    case 'ObjectCreated':
      return { subject: <Sha value={event.payload.sha} />, detail: `${formatBytes(event.payload.size)} in hot` };
    case 'ObjectArchived':
      return {
        subject: <Sha value={event.payload.sha} />,
        detail: `${formatBytes(event.payload.size)} proven in cold, bucket ${event.payload.cold.bucket}`,
      };
    case 'ObjectRehydrated':
      return { subject: <Sha value={event.payload.sha} />, detail: `${formatBytes(event.payload.size)} back in hot` };
    case 'ObjectEvicted':
      return { subject: <Sha value={event.payload.sha} />, detail: `${formatBytes(event.payload.size)} out of hot` };
    case 'ObjectSwept':
      return {
        subject: <Sha value={event.payload.sha} />,
        detail: `${formatBytes(event.payload.size)} that no kept commit needs, gone from ${event.payload.tier}`,
      };
    case 'ObjectCorrupt':
      return {
        subject: <Sha value={event.payload.sha} />,
        detail: `in ${event.payload.tier}: ${event.payload.detail}`,
      };
    case 'ProjectCreated':
      return { subject: event.payload.name, detail: '' };
    case 'ProjectCurrentChanged': {
      const { counts, files, bytes, message } = event.payload;
      const changes = [
        counts.added > 0 ? `+${counts.added}` : '',
        counts.updated > 0 ? `~${counts.updated}` : '',
        counts.deleted > 0 ? `−${counts.deleted}` : '',
        counts.moved > 0 ? `→${counts.moved}` : '',
      ].filter((part) => part !== '');
      const totals = `${plural(files, 'file')}, ${formatBytes(bytes)}`;
      return {
        subject: <Sha value={event.payload.commit_sha} />,
        detail: [changes.join(' '), totals, message ?? ''].filter((part) => part !== '').join(' · '),
      };
    }
    case 'ProjectPromoted':
    case 'ProjectEvicted':
      return {
        subject: event.project ?? '',
        detail: `${plural(event.payload.objects, 'object')}, ${formatBytes(event.payload.bytes)}`,
      };
    case 'NodeJoined':
      return { subject: event.payload.node, detail: `version ${event.payload.version}` };
    case 'NodeLeft':
      return { subject: event.payload.node, detail: event.payload.reason };
    case 'WorkspaceActivated':
      return { subject: event.payload.node, detail: `holds ${workspaceDetail(event.payload)}` };
    case 'WorkspaceDeactivated':
      return { subject: event.payload.node, detail: `does not hold ${workspaceDetail(event.payload)} any more` };
    case 'ShareCreated':
    case 'ShareUsed':
    case 'ShareRefused':
    case 'ShareRevoked':
      return {
        subject: event.payload.path === undefined ? (event.project ?? '') : <VisibleText value={event.payload.path} />,
        detail: shareDetail(event),
        ...(event.payload.kind === 'file' && event.payload.path !== undefined && { path: event.payload.path }),
      };
    case 'WebhookDisabled':
      return {
        subject: <VisibleText value={event.payload.name} />,
        detail: `${event.payload.host}: ${event.payload.reason}`,
      };
    case 'JobStarted':
    case 'JobFinished':
      return { subject: <VisibleText value={event.payload.kind} />, detail: event.payload.job };
    case 'JobFailed':
      return { subject: <VisibleText value={event.payload.kind} />, detail: event.payload.error };
    default:
      return unreachable(event);
  }
}

function entryDetail(entry: { readonly size: number } | { readonly dir: true }): string {
  return 'dir' in entry ? 'directory' : formatBytes(entry.size);
}

const workspaceDetail = ({ root, prefix }: EventOf<'WorkspaceActivated'>['payload']): string =>
  `${prefix === undefined ? 'the project' : `${prefix} of the project`} in ${root}`;

type ShareEvent = EventOf<'ShareCreated' | 'ShareUsed' | 'ShareRefused' | 'ShareRevoked'>;

function shareDetail(event: ShareEvent): string {
  const link = `link ${shortShareId(event.payload.share)}`;
  switch (event.type) {
    case 'ShareCreated': {
      const { expires, max_uses: most, password } = event.payload;
      return [
        link,
        expires === undefined ? 'until it is revoked' : `until ${expires.slice(0, 16).replace('T', ' ')} UTC`,
        most === undefined ? '' : `at most ${plural(most, 'use')}`,
        password ? 'with a password' : '',
      ]
        .filter((part) => part !== '')
        .join(' · ');
    }
    case 'ShareUsed':
      return [link, `use ${event.payload.uses}`, fromText(event.payload.from)]
        .filter((part) => part !== '')
        .join(' · ');
    case 'ShareRefused':
      return [link, REFUSED[event.payload.reason], fromText(event.payload.from)]
        .filter((part) => part !== '')
        .join(' · ');
    case 'ShareRevoked':
      return link;
    default:
      return unreachable(event);
  }
}

const fromText = (from: string | undefined): string => (from === undefined ? '' : `from ${from}`);

const REFUSED: Readonly<Record<EventOf<'ShareRefused'>['payload']['reason'], string>> = {
  revoked: 'it was revoked',
  expired: 'it has expired',
  'used-up': 'it was used as often as it may be',
  'wrong-password': 'the password was wrong',
  gone: 'what it opened is gone',
};

function Sha({ value }: { value: string }) {
  return <span title={value}>{value.slice(0, 12)}</span>;
}
