// An entry of the audit log in words: what was tried, of what, and how it ended. What a newer version writes is shown by its own
// names.
import { type AuditAction, type AuditEntry, auditActions } from '../core/audit/entry.ts';
import type { Category, Severity } from './category.ts';

export interface AuditLook {
  readonly category: Category;
  readonly word: string;
}

const look = (category: Category, word: string): AuditLook => ({ category, word });

const LOOKS: Readonly<Record<AuditAction, AuditLook>> = {
  'project.create': look('create', 'New project'),
  'project.rename': look('move', 'Rename'),
  'project.delete': look('remove', 'Delete'),
  'project.undelete': look('create', 'Undelete'),
  'project.commit': look('update', 'Commit'),
  'project.pin': look('transfer', 'Pin'),
  'project.unpin': look('transfer', 'Unpin'),
  'project.promote': look('transfer', 'Promote'),
  'project.resync': look('system', 'Resync'),
  'policy.change': look('update', 'Policy'),
  'node.answer': look('system', 'Answer'),
  'node.limits': look('update', 'Limits'),
  'node.rescan': look('system', 'Rescan'),
  'node.assign': look('system', 'Assign'),
  'node.unassign': look('system', 'Unassign'),
  'node.forget': look('remove', 'Forget node'),
  'job.start': look('system', 'Start job'),
  'job.cancel': look('system', 'Cancel job'),
  'job.retry': look('system', 'Retry job'),
  'job.adopt': look('system', 'Run plan'),
  'job.retry-dead': look('system', 'Retry letters'),
  'share.create': look('access', 'Share'),
  'share.revoke': look('access', 'Revoke link'),
  'share.open': look('access', 'Open link'),
  'session.open': look('access', 'Sign in'),
  'session.close': look('access', 'Sign out'),
  'token.create': look('access', 'New token'),
  'token.revoke': look('access', 'Revoke token'),
  'token.use': look('access', 'Use token'),
  'webhook.create': look('create', 'New webhook'),
  'webhook.change': look('update', 'Webhook'),
  'webhook.pause': look('update', 'Pause webhook'),
  'webhook.resume': look('update', 'Resume webhook'),
  'webhook.rotate': look('access', 'Rotate secret'),
  'webhook.delete': look('remove', 'Delete webhook'),
  'webhook.test': look('system', 'Test webhook'),
  'webhook.resend': look('system', 'Resend'),
  'webhook.try': look('system', 'Try now'),
  'webhook.pass': look('system', 'Pass over'),
  'audit.verify': look('system', 'Verify'),
  'audit.missed': look('system', 'Not written'),
};

const isKnown = (action: string): action is AuditAction => Object.hasOwn(LOOKS, action);

export const lookOfAction = (action: string): AuditLook => (isKnown(action) ? LOOKS[action] : look('system', action));

/** By noun, as the filter offers them. */
export const actionGroups: readonly { readonly noun: string; readonly actions: readonly AuditAction[] }[] = [
  ...new Set(auditActions.map(nounOf)),
].map((noun) => ({ noun, actions: auditActions.filter((action) => nounOf(action) === noun) }));

function nounOf(action: AuditAction): string {
  return action.slice(0, action.indexOf('.'));
}

/** What somebody should look at. */
const ODD = new Set([
  'unknown',
  'not-written',
  'wrong-token',
  'wrong-password',
  'no-share',
  'expired',
  'used-up',
  'gone',
]);

export function severityOf({ action, outcome }: AuditEntry): Severity {
  return ODD.has(outcome) || (action === 'share.open' && outcome === 'revoked') ? 'warning' : 'info';
}

const OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['unknown', 'failed on the way: whether it was done is not known'],
  ['no-share', 'no such link'],
  ['commit-moved', 'refused: another commit was current than the one that was named'],
  ['path-taken', 'refused: something else is in its place'],
  ['nothing-there', 'refused: there was nothing'],
  ['job-on-nothing', 'refused: the project had nothing there'],
  ['into-itself', 'refused: it is in what was to be moved'],
  ['reserved-name', 'refused: the name is reserved'],
  ['no-object', 'refused: no tier has its bytes'],
  ['other-size', 'refused: its bytes have another size'],
  ['audit-verifying', 'each entry from the first on'],
  ['audit-verifying-before', 'ran already'],
]);

/** Others say it by their name: `project-created` → `project created`. */
export const outcomeText = (outcome: string): string => OUTCOMES.get(outcome) ?? outcome.replaceAll('-', ' ');

const SHORT = 12;

/** What it is about; '' for nothing that has a name. */
export function subjectText({ scope }: AuditEntry): string {
  const { project, path, node, job, share, token, commit, webhook } = scope;
  const named = [
    path === undefined ? project : `${project ?? ''}/${path}`,
    node,
    job && `job ${job}`,
    share && `link ${share.slice(0, SHORT)}`,
    token && `token ${token}`,
    webhook && `webhook ${webhook}`,
    commit && `commit ${commit.slice(0, SHORT)}`,
  ];
  return named.filter((name) => name !== undefined && name !== '').join(' · ');
}
