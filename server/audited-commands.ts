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
import type { Actor } from '../core/model/commit.ts';
import { projectOf } from '../core/model/job.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { type Share, shortShareId } from '../core/model/share.ts';
import type { AskedWebhook } from '../core/webhook/webhooks.ts';

/** What somebody asks for with one action. */
function asking(audit: Audit) {
  return <T extends { readonly kind: string }>(
    actor: Actor,
    action: AuditAction,
    { asked, ...scope }: AuditScope & { readonly asked?: unknown },
    work: () => Promise<T>,
    made?: (outcome: T) => AuditScope,
  ): Promise<T> => audited(audit, { actor, action, scope, asked }, work, made);
}

export function auditedProjects(commands: ProjectCommands, audit: Audit): ProjectCommands {
  const ask = asking(audit);
  return {
    create: (actor, project) => ask(actor, 'project.create', { project }, () => commands.create(actor, project)),
    rename: (actor, project, to) =>
      ask(actor, 'project.rename', { project, asked: { to } }, () => commands.rename(actor, project, to)),
    remove: (actor, project, seen) =>
      ask(actor, 'project.delete', { project, commit: seen }, () => commands.remove(actor, project, seen)),
    undelete: (actor, project) => ask(actor, 'project.undelete', { project }, () => commands.undelete(actor, project)),
    pin: (actor, project, paths) =>
      ask(actor, 'project.pin', { project, ...named(paths) }, () => commands.pin(actor, project, paths)),
    unpin: (actor, project, paths) =>
      ask(actor, 'project.unpin', { project, ...named(paths) }, () => commands.unpin(actor, project, paths)),
    promote: (actor, project) => ask(actor, 'project.promote', { project }, () => commands.promote(actor, project)),
    resync: (actor, asked) =>
      ask(actor, 'project.resync', { project: asked.project, asked }, () => commands.resync(actor, asked)),
  };
}

/** One path is what the entry is about; several are what was asked. */
function named(paths: readonly (RelPath | '')[]) {
  const [only, ...others] = paths;
  return others.length === 0 ? { path: only } : { asked: { paths } };
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
        (outcome) => {
          if (outcome.kind === 'committed') return { commit: outcome.commit };
          return outcome.kind === 'op-refused' && 'path' in outcome.why ? { path: outcome.why.path } : {};
        },
        (outcome) => (outcome.kind === 'op-refused' ? outcome.why.kind : outcome.kind),
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
    start: (actor, task, options) => {
      const scope = { project: projectOf(task), asked: { task, ...options } };
      return ask(actor, 'job.start', scope, () => commands.start(actor, task, options), madeJob);
    },
    cancel: (actor, id) => ask(actor, 'job.cancel', { job: id }, () => commands.cancel(actor, id)),
    retry: (actor, id) => ask(actor, 'job.retry', { job: id }, () => commands.retry(actor, id), again(id)),
    adopt: (actor, id) => ask(actor, 'job.adopt', { job: id }, () => commands.adopt(actor, id), again(id)),
    retryDead: (actor, which) =>
      ask(actor, 'job.retry-dead', { asked: { which } }, () => commands.retryDead(actor, which), madeJob),
  };
}

/** A job that follows from another: the entry is about the new one, by the name of the old one. */
const again =
  (id: string) =>
  (outcome: JobAsked | { readonly kind: string }): AuditScope => ({ job: id, ...madeJob(outcome) });

export function auditedNodes(commands: NodeCommands, audit: Audit): NodeCommands {
  const ask = asking(audit);
  return {
    answer: (actor, node, asked) =>
      ask(actor, 'node.answer', { node, asked }, () => commands.answer(actor, node, asked)),
    changeLimits: (actor, node, asked) =>
      ask(actor, 'node.limits', { node, asked }, () => commands.changeLimits(actor, node, asked)),
    rescan: (actor, node, asked) =>
      ask(actor, 'node.rescan', { node, project: asked.project, asked }, () => commands.rescan(actor, node, asked)),
    assign: (actor, node, asked) =>
      ask(actor, 'node.assign', { node, project: asked.project, asked }, () => commands.assign(actor, node, asked)),
    unassign: (actor, node, asked) =>
      ask(actor, 'node.unassign', { node, project: asked.project, asked }, () => commands.unassign(actor, node, asked)),
    forget: (actor, node) => ask(actor, 'node.forget', { node }, () => commands.forget(actor, node)),
  };
}

export function auditedPolicies(commands: PolicyCommands, audit: Audit): PolicyCommands {
  const ask = asking(audit);
  return {
    changePolicy: (actor, project, asked) =>
      ask(actor, 'policy.change', { project, asked }, () => commands.changePolicy(actor, project, asked)),
  };
}

export function auditedShares(commands: ShareCommands, audit: Audit): ShareCommands {
  const ask = asking(audit);
  return {
    share: (actor, { password, ...rest }) => {
      const { project, path, commit, lastsMs, maxUses } = rest;
      const asked = { lastsMs: lastsMs ?? null, maxUses: maxUses ?? null, password: password !== undefined };
      const scope = { project, path, commit, asked };
      return ask(
        actor,
        'share.create',
        scope,
        () => commands.share(actor, { password, ...rest }),
        (outcome) => ('id' in outcome ? { share: outcome.id } : {}),
      );
    },
    revoke: (actor, id) => ask(actor, 'share.revoke', { share: id }, () => commands.revoke(actor, id)),
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
    createWebhook: (actor, asked) =>
      ask(
        actor,
        'webhook.create',
        { asked: shown(asked) },
        () => commands.createWebhook(actor, asked),
        (outcome) => ('id' in outcome ? { webhook: outcome.id } : {}),
      ),
    changeWebhook: (actor, id, asked) =>
      ask(actor, 'webhook.change', { webhook: id, asked: shown(asked) }, () =>
        commands.changeWebhook(actor, id, asked),
      ),
    pauseWebhook: (actor, id) => ask(actor, 'webhook.pause', { webhook: id }, () => commands.pauseWebhook(actor, id)),
    resumeWebhook: (actor, id) =>
      ask(actor, 'webhook.resume', { webhook: id }, () => commands.resumeWebhook(actor, id)),
    rotateSecret: (actor, id) => ask(actor, 'webhook.rotate', { webhook: id }, () => commands.rotateSecret(actor, id)),
    removeWebhook: (actor, id) =>
      ask(actor, 'webhook.delete', { webhook: id }, () => commands.removeWebhook(actor, id)),
    testWebhook: (actor, id) => ask(actor, 'webhook.test', { webhook: id }, () => commands.testWebhook(actor, id)),
    resend: (actor, id, n) =>
      ask(actor, 'webhook.resend', { webhook: id, asked: { n } }, () => commands.resend(actor, id, n)),
    tryNow: (actor, id) => ask(actor, 'webhook.try', { webhook: id }, () => commands.tryNow(actor, id)),
    passOver: (actor, id, seq) =>
      ask(actor, 'webhook.pass', { webhook: id, asked: { seq } }, () => commands.passOver(actor, id, seq)),
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
