// What came of a form that a person sent. Each outcome has its words in one table: a page without a script gets the
// outcome's name in its address, so no address can put words of its own on the screen.

import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Icon } from '../components/icon.tsx';
import { OWN_FOLDER } from '../core/model/own-folder.ts';
import type { Auditing } from './audit-view.ts';
import type { AppEnv } from './context.ts';
import type { FileOutcome } from './file-outcome.ts';
import type { JobCommands } from './job-view.ts';
import type { NodeCommands } from './node-view.ts';
import { type Block, block, partHtml } from './parts.ts';
import type { ProjectCommands } from './project-view.ts';
import type { PolicyCommands } from './settings-view.ts';
import type { ShareCommands } from './share-view.ts';
import { mergeFragments } from './sse.ts';
import type { TokenCommands } from './token-view.ts';
import { withQuery } from './url.ts';
import type { WebhookCommands } from './webhook-view.ts';

type OutcomesOf<T extends { [K in keyof T]: (...asked: never[]) => Promise<{ readonly kind: string }> }> = Awaited<
  ReturnType<T[keyof T]>
>['kind'];
export type Outcome =
  | OutcomesOf<NodeCommands>
  | OutcomesOf<ProjectCommands>
  | OutcomesOf<JobCommands>
  | OutcomesOf<PolicyCommands>
  | OutcomesOf<ShareCommands>
  | OutcomesOf<WebhookCommands>
  | OutcomesOf<Pick<Auditing, 'verify'>>
  | OutcomesOf<TokenCommands>
  | FileOutcome
  | 'limits-kept'
  | 'selected-none'
  | 'share-one'
  | 'selected-too-many'
  | 'invalid';

interface Words {
  readonly text: string;
  /** it was not done, and the person has something to do */
  readonly failed?: true;
}

const WORDS: Readonly<Record<Outcome, Words>> = {
  answered: { text: 'Answered. The node acts on it when it reads it; how that goes shows below.' },
  'question-gone': {
    text: 'Nothing was changed: that question is gone. The node has settled it, or asks another one now.',
    failed: true,
  },
  'not-offered': { text: 'Nothing was changed: this question cannot be answered like that.', failed: true },
  'answered-otherwise': {
    text: 'Nothing was changed: somebody else has answered otherwise meanwhile. Look again, then answer anew if you still want to.',
    failed: true,
  },
  'limits-changed': { text: 'The limits were changed. The node uses them at once, also for transfers under way.' },
  'limits-kept': {
    text: 'The limits were changed. The node does not run now, or cannot be reached: it uses them when it is back.',
  },
  'limits-unchanged': { text: 'The limits were so already.' },
  'limits-moved': {
    text: 'Nothing was changed: somebody else has changed the marked limits meanwhile. Look at them, then save again.',
    failed: true,
  },
  'limits-too-small': {
    text: 'Nothing was changed: with so little the node could carry nothing. Give more, or leave the limit empty.',
    failed: true,
  },
  'rescan-asked': { text: 'Asked. The node looks through the whole directory again.' },
  'rescan-asked-before': { text: 'It was asked for already; the node looks through the whole directory again.' },
  'resync-asked': { text: 'Asked. Its nodes compare their directories with the project; what they find shows below.' },
  'policy-changed': { text: 'Saved. It holds from now on; what was committed before stays as it is.' },
  'policy-unchanged': { text: 'It was so already.' },
  'policy-moved': {
    text: 'Nothing was changed: somebody else has changed the marked fields meanwhile. Look at them, then save again.',
    failed: true,
  },
  'audit-verifying': { text: 'Verifying: each entry from the first on. What comes of it shows below.' },
  'audit-verifying-before': { text: 'It is being verified already; what comes of it shows below.' },
  'no-holder': { text: 'Nothing was asked: no node that runs holds any of it.', failed: true },
  assigned: { text: 'Assigned. The node says below whether it takes the workspace, and how far it is.' },
  'assignment-changed': { text: 'The assignment was changed. The node runs the workspace the new way.' },
  'assigned-before': { text: 'It was assigned just so already.' },
  'too-many': { text: 'Nothing was changed: a node takes at most 1,000 assigned workspaces.', failed: true },
  unassigned: {
    text: 'The assignment has ended. The workspace is removed from the node when that is proven to be safe; until then it says below why it stays. Of a project that is gone the files stay on the node.',
  },
  'not-assigned': { text: 'It is not assigned any more. What the node’s own configuration names is changed there.' },
  forgotten: { text: 'Forgotten. Should its agent run again, the node is back, and nobody has asked it for anything.' },
  'node-lives': {
    text: 'Nothing was changed: the node lives. Stop its agent first; 15 s after its last word it can be forgotten.',
    failed: true,
  },
  'no-node': { text: 'Nothing was changed: there is no such node.', failed: true },
  unreadable: {
    text: 'Nothing was changed: what the node is asked to be cannot be read. Correct or delete the record first.',
    failed: true,
  },
  'project-created': {
    text: 'Created. It is empty until a node holds it: open one in the list of nodes and assign it there.',
  },
  'project-exists': { text: 'Nothing was changed: there is a project of that name already.', failed: true },
  'promotion-asked': { text: 'Asked. Its files come back to hot storage; until then each comes with its first read.' },
  'no-project': { text: 'Nothing was changed: there is no such project (any more).', failed: true },
  'project-renamed': {
    text: 'Renamed. Its history goes on, and so do its assignments; a node whose own configuration has the old name says what to do.',
  },
  'project-deleted': {
    text: 'Deleted. Nodes keep their files and stop. It can be brought back below for as long as it is kept.',
  },
  'project-moved': {
    text: 'Nothing was deleted: somebody has just changed the project. Look at it again, then delete it if you still want to.',
    failed: true,
  },
  'project-restored': { text: 'It is back as it was, and its workspaces go on by themselves.' },
  'project-name-taken': {
    text: 'Nothing was changed: there is a project of that name now. Rename that one first.',
    failed: true,
  },
  'project-not-kept': { text: 'Nothing was changed: no deleted project of that name is kept.', failed: true },
  pinned: { text: 'Pinned: it stays in hot storage.' },
  'too-many-pins': {
    text: 'Nothing was changed: a project has at most 1,000 pins. Pin a directory above them instead.',
    failed: true,
  },
  unpinned: { text: 'Not pinned any more: it may leave hot storage.' },
  'job-asked': { text: 'Asked for. The first server that is free takes it; the page of the job says how far it is.' },
  'job-asked-before': { text: 'Nothing new was asked for: this job does the same, and is not over yet.' },
  'no-job': { text: 'Nothing was changed: there is no such job (any more).', failed: true },
  'job-cancelled': { text: 'Cancelled.' },
  'job-stopping': { text: 'Asked to stop. It ends after the step that it is at; what it did stays done.' },
  'job-over': { text: 'Nothing was changed: the job is over already.', failed: true },
  'job-not-failed': { text: 'Nothing was changed: only what failed or was cancelled is done again.', failed: true },
  'plan-old': {
    text: 'Nothing was changed: the plan is older than an hour. Plan it again, and read what would go now.',
    failed: true,
  },
  'job-on-nothing': {
    text: 'Nothing was asked for: the project has nothing at this path. Give a file or a folder of it.',
    failed: true,
  },
  'job-not-planned': { text: 'Nothing was changed: only a dry run that is done can be run.', failed: true },
  'no-dead-letter': { text: 'Nothing was asked for: it is in cold by now, or no file has it any more.' },
  shared: { text: 'The link is made, as it stands below: send it to those who should open it.' },
  'no-commit': { text: 'No link was made: there is no such commit of this project.', failed: true },
  'nothing-there': { text: 'No link was made: there is nothing at this path (any more).', failed: true },
  'share-revoked': { text: 'Revoked. Whoever opens the link from now on gets nothing.' },
  'share-revoked-before': { text: 'It was revoked already.' },
  'no-share': { text: 'Nothing was changed: there is no such link (any more).', failed: true },
  'token-made': { text: 'The token is made.' },
  'token-end-wrong': { text: 'No token was made: it ends within a year, or never.', failed: true },
  'token-admin-limited': {
    text: 'No token was made: one of scope Admin is for all projects.',
    failed: true,
  },
  'token-revoked': { text: 'Revoked. Whatever sends it gets nothing from now on.' },
  'token-revoked-before': { text: 'It was revoked already.' },
  'no-token': { text: 'Nothing was changed: there is no such token (any more).', failed: true },
  'webhook-made': { text: 'The webhook is made.' },
  'webhook-url-refused': { text: 'Nothing was changed: see what is marked.', failed: true },
  'too-many-webhooks': {
    text: 'No webhook was made: there are 50, and more there cannot be. Delete one first.',
    failed: true,
  },
  'webhook-changed': { text: 'Saved. It holds from now on; what waits is tried at once.' },
  'no-webhook': { text: 'Nothing was changed: there is no such webhook (any more).', failed: true },
  'webhook-paused': { text: 'Paused. It goes on where it was when it is resumed.' },
  'webhook-off': { text: 'Nothing was changed: it is off already.' },
  'webhook-resumed': { text: 'Resumed. What waits is sent now, in order.' },
  'webhook-on': { text: 'It was on already.' },
  'webhook-rotated': { text: 'It has a new secret.' },
  'webhook-removed': { text: 'Deleted. Nothing more is sent.' },
  'webhook-delivered': { text: 'Sent, and the receiver took it.' },
  'webhook-refused': { text: 'It was not taken: the newest of the deliveries says why.', failed: true },
  'no-delivery': { text: 'Nothing was sent: this delivery is not kept any more.', failed: true },
  'webhook-nudged': { text: 'What waits is tried now.' },
  'webhook-passed': { text: 'Passed over. What is behind it is sent now.' },
  'selected-none': { text: 'Nothing was done: nothing is selected. Tick files or folders first.', failed: true },
  'share-one': {
    text: 'No link was made: one file or folder at a time. Select the folder that has all of them.',
    failed: true,
  },
  'selected-too-many': {
    text: 'Nothing was done: at most 1,000 files and folders are taken at once. Select the folder above them instead.',
    failed: true,
  },
  'files-changed': { text: 'Done, by one commit. Nodes get it by themselves.' },
  'files-unchanged': { text: 'All was so already.' },
  'files-moved-on': { text: 'Nothing was changed: somebody has just changed it. Look again.', failed: true },
  'files-busy': { text: 'Nothing was changed: too many changes are under way. Try again in a moment.', failed: true },
  'files-taken': {
    text: 'Nothing was changed: there is something else of that name. Choose another name, or delete it before.',
    failed: true,
  },
  'files-gone': { text: 'Nothing was changed: it is not there any more. Look again.', failed: true },
  'files-reserved': {
    text: `Nothing was changed: ${OWN_FOLDER} is a reserved name, where agents keep their own things. Choose another.`,
    failed: true,
  },
  'files-into-itself': { text: 'Nothing was changed: a folder cannot be moved into itself.', failed: true },
  'files-bad-name': {
    text: 'Nothing was changed: a name cannot be used. A name is relative, and has no empty part and no “.” or “..”.',
    failed: true,
  },
  'files-none': { text: 'Nothing was changed: no file was chosen.', failed: true },
  'files-too-many': { text: 'Nothing was changed: at most 1,000 files come at once.', failed: true },
  'files-cut-off': { text: 'Nothing was changed: the upload was cut off. Send it again.', failed: true },
  invalid: { text: 'Nothing was changed: see what is marked.', failed: true },
};

/** Where it goes on. */
export type Link = { readonly href: string; readonly word: string } | undefined;

export function saidPart(outcome: Outcome | undefined, link?: Link): Block {
  if (outcome === undefined) return block('said', <div id="said" role="status" />);
  const { text, failed } = WORDS[outcome];
  return noticePart(
    failed === true,
    <>
      {text} {link ? <a href={link.href}>{link.word}</a> : null}
    </>,
  );
}

/** @param hasFailed  it was not done, and the person has something to do */
export const noticePart = (hasFailed: boolean, words: Child): Block =>
  block(
    'said',
    <div id="said" role={hasFailed ? 'alert' : 'status'}>
      <p class={`notice ${hasFailed ? 'notice-bad' : 'notice-good'}`}>
        <Icon name={hasFailed ? 'triangle-alert' : 'circle-check'} />
        <span>{words}</span>
        <a class="icon-button" href="?" data-act="dismiss" aria-label="Dismiss" title="Dismiss">
          <Icon name="x" />
        </a>
      </p>
    </div>,
  );

/** What the address says; an odd one says nothing. */
export const saidIn = (c: Context<AppEnv>): Outcome | undefined => {
  const name = c.req.query('said') ?? '';
  return isOutcome(name) ? name : undefined;
};

const isOutcome = (name: string): name is Outcome => Object.hasOwn(WORDS, name);

export const hasFailed = (outcome: Outcome): boolean => WORDS[outcome].failed === true;

export const isFromScript = (c: Context<AppEnv>): boolean => c.req.header('datastar-request') !== undefined;

/** With the script: the words, and the form that was sent as it is now. Without: the page again, by a redirect that no
 *  reload sends anew. */
export function answerForm(c: Context<AppEnv>, back: string, outcome: Outcome, form?: Block): Response {
  if (!isFromScript(c)) return c.redirect(withQuery(back, { said: outcome }), 303);
  return patchAnswer(c, [saidPart(outcome), ...(form ? [form] : [])], hasFailed(outcome) ? 409 : 200);
}

export function patchAnswer(c: Context<AppEnv>, parts: readonly Block[], status: ContentfulStatusCode): Response {
  c.header('content-type', 'text/event-stream; charset=utf-8');
  c.header('cache-control', 'no-store');
  return c.body(parts.map(({ html }) => mergeFragments(html)).join(''), status);
}

export const saidHtml = (outcome: Outcome | undefined, link?: Link) => partHtml(saidPart(outcome, link));
