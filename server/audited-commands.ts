// Every command of a person, with its entry in the audit log: the same interfaces, each call recorded before it is answered.
// What was asked is written as it was asked, but for passwords.
import type { FileCommands, FileOp } from '../app/file-commands.ts';
import type { JobAsked, JobCommands } from '../app/job-view.ts';
import type { NodeCommands } from '../app/node-view.ts';
import type { ProjectCommands } from '../app/project-view.ts';
import type { PolicyCommands } from '../app/settings-view.ts';
import type { ShareCommands, SharedLinks } from '../app/share-view.ts';
import type { TokenCommands } from '../app/token-view.ts';
import type { WebhookCommands } from '../app/webhook-view.ts';
import type { Audit } from '../core/audit/audit-trail.ts';
import { audited } from '../core/audit/audited.ts';
import type { AuditAction, AuditActor, AuditScope } from '../core/audit/entry.ts';
import { projectOf } from '../core/model/job.ts';
import { type Share, shortShareId } from '../core/model/share.ts';
import type { AskedWebhook } from '../core/webhook/webhooks.ts';

const MOST_CHARACTERS = 200;
const person = (user: string): AuditActor => ({ kind: 'user', id: user.slice(0, MOST_CHARACTERS) || 'unknown' });

/** What one person asks for with one action. */
function asking(audit: Audit) {
  return <T extends { readonly kind: string }>(
    user: string,
    action: AuditAction,
    { asked, ...scope }: AuditScope & { readonly asked?: unknown },
    work: () => Promise<T>,
    made?: (outcome: T) => AuditScope,
  ): Promise<T> => audited(audit, { actor: person(user), action, scope, asked }, work, made);
}

export function auditedProjects(commands: ProjectCommands, audit: Audit): ProjectCommands {
  const ask = asking(audit);
  return {
    create: (user, project) => ask(user, 'project.create', { project }, () => commands.create(user, project)),
    rename: (user, project, to) =>
      ask(user, 'project.rename', { project, asked: { to } }, () => commands.rename(user, project, to)),
    remove: (user, project, seen) =>
      ask(user, 'project.delete', { project, commit: seen }, () => commands.remove(user, project, seen)),
    undelete: (user, project) => ask(user, 'project.undelete', { project }, () => commands.undelete(user, project)),
    pin: (user, project, paths) => {
      const [only, ...others] = paths;
      const what = others.length === 0 ? { path: only } : { asked: { paths } };
      return ask(user, 'project.pin', { project, ...what }, () => commands.pin(user, project, paths));
    },
    unpin: (user, project, path) =>
      ask(user, 'project.unpin', { project, path }, () => commands.unpin(user, project, path)),
    promote: (user, project) => ask(user, 'project.promote', { project }, () => commands.promote(user, project)),
    resync: (user, asked) =>
      ask(user, 'project.resync', { project: asked.project, asked }, () => commands.resync(user, asked)),
  };
}

/** Paths of a commit that its entry names; the commit itself has all. */
const MOST_OPS = 10;

/** Bytes that nobody names yet change nothing that anybody sees. */
export function auditedFiles(commands: FileCommands, audit: Audit): FileCommands {
  return {
    ...commands,
    commit: (actor, asked) => {
      const { project, ops, message, ifMatch } = asked;
      const words = { ops: ops.length, first: ops.slice(0, MOST_OPS).map(told), message, ifMatch };
      return audited(
        audit,
        { actor, action: 'project.commit', scope: { project }, asked: words },
        () => commands.commit(actor, asked),
        (outcome) => (outcome.kind === 'committed' ? { commit: outcome.commit } : {}),
      );
    },
  };
}

const told = (op: FileOp): string => (op.kind === 'move' ? `move ${op.from} to ${op.to}` : `${op.kind} ${op.path}`);

const madeJob = (outcome: JobAsked | { readonly kind: string }): AuditScope =>
  'id' in outcome ? { job: outcome.id } : {};

export function auditedJobs(commands: JobCommands, audit: Audit): JobCommands {
  const ask = asking(audit);
  return {
    start: (user, task, options) => {
      const scope = { project: projectOf(task), asked: { task, ...options } };
      return ask(user, 'job.start', scope, () => commands.start(user, task, options), madeJob);
    },
    cancel: (user, id) => ask(user, 'job.cancel', { job: id }, () => commands.cancel(user, id)),
    retry: (user, id) => ask(user, 'job.retry', { job: id }, () => commands.retry(user, id), again(id)),
    adopt: (user, id) => ask(user, 'job.adopt', { job: id }, () => commands.adopt(user, id), again(id)),
    retryDead: (user, which) =>
      ask(user, 'job.retry-dead', { asked: { which } }, () => commands.retryDead(user, which), madeJob),
  };
}

/** A job that follows from another: the entry is about the new one, by the name of the old one. */
const again =
  (id: string) =>
  (outcome: JobAsked | { readonly kind: string }): AuditScope => ({ job: id, ...madeJob(outcome) });

export function auditedNodes(commands: NodeCommands, audit: Audit): NodeCommands {
  const ask = asking(audit);
  return {
    answer: (user, node, asked) => ask(user, 'node.answer', { node, asked }, () => commands.answer(user, node, asked)),
    changeLimits: (user, node, asked) =>
      ask(user, 'node.limits', { node, asked }, () => commands.changeLimits(user, node, asked)),
    rescan: (user, node, asked) =>
      ask(user, 'node.rescan', { node, project: asked.project, asked }, () => commands.rescan(user, node, asked)),
    assign: (user, node, asked) =>
      ask(user, 'node.assign', { node, project: asked.project, asked }, () => commands.assign(user, node, asked)),
    unassign: (user, node, asked) =>
      ask(user, 'node.unassign', { node, project: asked.project, asked }, () => commands.unassign(user, node, asked)),
    forget: (user, node) => ask(user, 'node.forget', { node }, () => commands.forget(user, node)),
  };
}

export function auditedPolicies(commands: PolicyCommands, audit: Audit): PolicyCommands {
  const ask = asking(audit);
  return {
    changePolicy: (user, project, asked) =>
      ask(user, 'policy.change', { project, asked }, () => commands.changePolicy(user, project, asked)),
  };
}

export function auditedShares(commands: ShareCommands, audit: Audit): ShareCommands {
  const ask = asking(audit);
  return {
    share: (user, { password, ...rest }) => {
      const { project, path, commit, lastsMs, maxUses } = rest;
      const asked = { lastsMs: lastsMs ?? null, maxUses: maxUses ?? null, password: password !== undefined };
      const scope = { project, path, commit, asked };
      return ask(
        user,
        'share.create',
        scope,
        () => commands.share(user, { password, ...rest }),
        (outcome) => ('id' in outcome ? { share: outcome.id } : {}),
      );
    },
    revoke: (user, id) => ask(user, 'share.revoke', { share: id }, () => commands.revoke(user, id)),
  };
}

export function auditedTokens(commands: TokenCommands, audit: Audit): TokenCommands {
  return {
    createToken: (actor, asked) =>
      audited(
        audit,
        { actor, action: 'token.create', scope: {}, asked },
        () => commands.createToken(actor, asked),
        (outcome) => (outcome.kind === 'token-made' ? { token: outcome.token.id } : {}),
      ),
    revokeToken: (actor, id) =>
      audited(audit, { actor, action: 'token.revoke', scope: { token: id } }, () => commands.revokeToken(actor, id)),
  };
}

/** Of an address only its host is written: the rest is often all that keeps others out of the receiver. */
export function auditedWebhooks(commands: WebhookCommands, audit: Audit): WebhookCommands {
  const ask = asking(audit);
  const shown = ({ url, ...rest }: AskedWebhook) => ({ ...rest, host: URL.canParse(url) ? new URL(url).host : null });
  return {
    createWebhook: (user, asked) =>
      ask(
        user,
        'webhook.create',
        { asked: shown(asked) },
        () => commands.createWebhook(user, asked),
        (outcome) => ('id' in outcome ? { webhook: outcome.id } : {}),
      ),
    changeWebhook: (user, id, asked) =>
      ask(user, 'webhook.change', { webhook: id, asked: shown(asked) }, () => commands.changeWebhook(user, id, asked)),
    pauseWebhook: (user, id) => ask(user, 'webhook.pause', { webhook: id }, () => commands.pauseWebhook(user, id)),
    resumeWebhook: (user, id) => ask(user, 'webhook.resume', { webhook: id }, () => commands.resumeWebhook(user, id)),
    rotateSecret: (user, id) => ask(user, 'webhook.rotate', { webhook: id }, () => commands.rotateSecret(user, id)),
    removeWebhook: (user, id) => ask(user, 'webhook.delete', { webhook: id }, () => commands.removeWebhook(user, id)),
    testWebhook: (user, id) => ask(user, 'webhook.test', { webhook: id }, () => commands.testWebhook(user, id)),
    resend: (user, id, n) =>
      ask(user, 'webhook.resend', { webhook: id, asked: { n } }, () => commands.resend(user, id, n)),
    tryNow: (user, id) => ask(user, 'webhook.try', { webhook: id }, () => commands.tryNow(user, id)),
    passOver: (user, id, seq) =>
      ask(user, 'webhook.pass', { webhook: id, asked: { seq } }, () => commands.passOver(user, id, seq)),
  };
}

/** Who has a link is known by the link and by where they come from, and nobody waits for what is written of them. */
export function auditedLinks(links: SharedLinks, audit: Audit): SharedLinks {
  const note = ({ id, scope }: Share, from: string, outcome: string) =>
    audit.note({
      actor: { kind: 'token', id: `link ${shortShareId(id)}` },
      action: 'share.open',
      scope: { project: scope.project, path: scope.path, commit: scope.commit_sha, share: id },
      asked: { from },
      outcome,
    });
  return {
    ...links,
    async find(token, from) {
      const share = await links.find(token, from);
      // What was typed may be a right token with one letter wrong: it is in no record.
      const actor: AuditActor = { kind: 'address', id: from };
      if (!share) audit.note({ actor, action: 'share.open', scope: {}, outcome: 'no-share' });
      return share;
    },
    async use(share, from) {
      const used = await links.use(share, from);
      if (used.kind === 'used') note(used.share, from, 'opened');
      return used;
    },
    refuse(share, reason, from) {
      links.refuse(share, reason, from);
      note(share, from, reason);
    },
  };
}
