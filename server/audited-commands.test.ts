// Every command of a person leaves one entry, with who, what about, what was asked and what came of it; no password is in any.
import { expect, test } from 'vitest';
import { FakeAudit } from '../app/testing/fake-audit.ts';
import { FakeServices } from '../app/testing/fake-services.ts';
import { FAKE_NOW } from '../app/testing/fake-time.ts';
import { fakeSha, parseNodeId, parseProjectName } from '../core/model/ids.ts';
import { DEFAULT_POLICY } from '../core/model/policy.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import {
  auditedFiles,
  auditedJobs,
  auditedNodes,
  auditedPolicies,
  auditedProjects,
  auditedShares,
  auditedTokens,
  auditedWebhooks,
} from './audited-commands.ts';

const ADA = { kind: 'user', id: 'ada' } as const;

const [DEMO, OTHER] = [parseProjectName('demo'), parseProjectName('other')];
const NODE = parseNodeId('node-a');
const DOCS = parseRelPath('docs');

function open() {
  const services = new FakeServices();
  const audit = new FakeAudit(FAKE_NOW);
  return {
    services,
    audit,
    files: auditedFiles(services.fileCommands, audit),
    projects: auditedProjects(services.projectCommands, audit),
    jobs: auditedJobs(services.jobCommands, audit),
    nodes: auditedNodes(services.nodeCommands, audit),
    policies: auditedPolicies(services.policyCommands, audit),
    shares: auditedShares(services.shareCommands, audit),
    tokens: auditedTokens(services.tokenCommands, audit),
    webhooks: auditedWebhooks(services.webhookCommands, audit),
  };
}

test('a commit that is refused is on record with the path and the reason', async () => {
  const { services, audit, files } = open();
  services.outcomes.commit = { kind: 'op-refused', op: 0, why: { kind: 'path-taken', path: DOCS } };
  await files.commit(ADA, { project: DEMO, ops: [{ kind: 'directory', path: DOCS }] });
  expect(audit.facts.at(-1)).toMatchObject({
    action: 'project.commit',
    scope: { project: 'demo', path: 'docs' },
    outcome: 'path-taken',
  });
});

test('each command is asked as before, answers as before, and is on record when it answers', async () => {
  const { services, audit, projects, jobs, nodes, policies, shares } = open();
  const change = { seen: DEFAULT_POLICY, next: { ...DEFAULT_POLICY, conflicts: 'keep-both' as const } };
  const task = { kind: 'evict', by: 'hand', project: DEMO } as const;
  const wanted = { project: DEMO, path: DOCS, commit: undefined, lastsMs: 60_000, maxUses: 3, password: 'hunter two' };
  const asked: [() => Promise<unknown>, object][] = [
    [
      () => projects.create(ADA, DEMO),
      { action: 'project.create', scope: { project: 'demo' }, outcome: 'project-created' },
    ],
    [() => projects.rename(ADA, DEMO, OTHER), { action: 'project.rename', asked: { to: 'other' } }],
    [
      () => projects.remove(ADA, DEMO, 'seen'),
      { action: 'project.delete', scope: { project: 'demo', commit: 'seen' } },
    ],
    [() => projects.undelete(ADA, DEMO), { action: 'project.undelete' }],
    [() => projects.pin(ADA, DEMO, [DOCS]), { action: 'project.pin', scope: { project: 'demo', path: 'docs' } }],
    [() => projects.pin(ADA, DEMO, [DOCS, DOCS]), { action: 'project.pin', asked: { paths: ['docs', 'docs'] } }],
    [() => projects.unpin(ADA, DEMO, [DOCS]), { action: 'project.unpin', scope: { project: 'demo', path: 'docs' } }],
    [() => projects.promote(ADA, DEMO), { action: 'project.promote', outcome: 'promotion-asked' }],
    [() => projects.resync(ADA, { project: DEMO }), { action: 'project.resync' }],
    [
      () => jobs.start(ADA, task, { dryRun: true }),
      {
        action: 'job.start',
        scope: { project: 'demo', job: '0mhzzzzzz-aaaa' },
        asked: { task, dryRun: true },
        outcome: 'job-asked',
      },
    ],
    [() => jobs.cancel(ADA, 'j1'), { action: 'job.cancel', scope: { job: 'j1' }, outcome: 'job-stopping' }],
    [() => jobs.retry(ADA, 'j1'), { action: 'job.retry', scope: { job: '0mhzzzzzz-bbbb' } }],
    [() => jobs.adopt(ADA, 'j1'), { action: 'job.adopt', scope: { job: '0mhzzzzzz-cccc' } }],
    [() => jobs.retryDead(ADA, 'all'), { action: 'job.retry-dead', asked: { which: 'all' } }],
    [
      () => nodes.answer(ADA, NODE, { question: 'q', answer: 'allow', seen: undefined }),
      {
        action: 'node.answer',
        scope: { node: 'node-a' },
        asked: { question: 'q', answer: 'allow' },
        outcome: 'question-gone',
      },
    ],
    [() => nodes.changeLimits(ADA, NODE, []), { action: 'node.limits' }],
    [() => nodes.rescan(ADA, NODE, { project: DEMO, seen: undefined }), { action: 'node.rescan' }],
    [
      () => nodes.assign(ADA, NODE, { project: DEMO, root: 'demo' }),
      {
        action: 'node.assign',
        scope: { node: 'node-a', project: 'demo' },
        asked: { root: 'demo' },
      },
    ],
    [() => nodes.unassign(ADA, NODE, { project: DEMO, root: 'demo' }), { action: 'node.unassign' }],
    [() => nodes.forget(ADA, NODE), { action: 'node.forget', outcome: 'forgotten' }],
    [
      () => policies.changePolicy(ADA, DEMO, change),
      { action: 'policy.change', asked: change, outcome: 'policy-changed' },
    ],
    [
      () => shares.share(ADA, wanted),
      {
        action: 'share.create',
        scope: { project: 'demo', path: 'docs', share: '5f'.repeat(16) },
        asked: { lastsMs: 60_000, maxUses: 3, password: true },
      },
    ],
    [() => shares.revoke(ADA, 'abc'), { action: 'share.revoke', scope: { share: 'abc' }, outcome: 'share-revoked' }],
  ];
  for (const [command, entry] of asked) {
    const before = services.asked.length;
    await command();
    expect(services.asked.length).toBe(before + 1);
    expect(audit.facts.splice(0)).toMatchObject([{ actor: { kind: 'user', id: 'ada' }, ...entry }]);
  }
  expect(JSON.stringify((await audit.page({ limit: 100 })).entries)).not.toContain('hunter');
});

test('a token is made and revoked by whoever asked, and what programs send is in no entry', async () => {
  const { audit, tokens, projects } = open();
  const who = { kind: 'token', id: 'ci' } as const;
  const made = await tokens.createToken(who, { name: 'ci', scope: 'read', projects: [DEMO], expiresAt: 'never' });
  if (made.kind !== 'token-made') throw new Error(made.kind);
  await tokens.revokeToken(who, 'abc');
  await projects.create(who, OTHER);
  expect(audit.facts).toMatchObject([
    {
      actor: who,
      action: 'token.create',
      scope: { token: made.token.id },
      asked: { scope: 'read' },
      outcome: 'token-made',
    },
    { actor: who, action: 'token.revoke', scope: { token: 'abc' } },
    { actor: who, action: 'project.create', scope: { project: 'other' } },
  ]);
  expect(JSON.stringify(audit.facts)).not.toContain(made.text);
});

test('of a webhook it is on record where it leads, and nothing that its address or its secret has', async () => {
  const { audit, webhooks } = open();
  const asked = { name: 'chat', url: 'https://hooks.example.net/T0/hidden?key=hidden', filter: {} };
  const made = await webhooks.createWebhook(ADA, asked);
  if (made.kind !== 'webhook-made') throw new Error(made.kind);
  await webhooks.changeWebhook(ADA, made.id, asked);
  await webhooks.pauseWebhook(ADA, made.id);
  await webhooks.resumeWebhook(ADA, made.id);
  await webhooks.rotateSecret(ADA, made.id);
  await webhooks.testWebhook(ADA, made.id);
  await webhooks.resend(ADA, made.id, 7);
  await webhooks.tryNow(ADA, made.id);
  await webhooks.passOver(ADA, made.id, 8);
  await webhooks.removeWebhook(ADA, made.id);
  const scope = { webhook: made.id };
  expect(audit.facts).toMatchObject([
    { action: 'webhook.create', scope, asked: { name: 'chat', host: 'hooks.example.net' }, outcome: 'webhook-made' },
    { action: 'webhook.change', scope, asked: { host: 'hooks.example.net' } },
    ...['pause', 'resume', 'rotate', 'test'].map((what) => ({ action: `webhook.${what}`, scope })),
    { action: 'webhook.resend', scope, asked: { n: 7 } },
    { action: 'webhook.try', scope },
    { action: 'webhook.pass', scope, asked: { seq: 8 } },
    { action: 'webhook.delete', scope },
  ]);
  const text = JSON.stringify(audit.facts);
  for (const secret of ['hidden', made.secret]) expect(text).not.toContain(secret);
});

test('a command that fails on the way is on record as one of which nobody knows whether it was done', async () => {
  const { services, audit, projects } = open();
  services.failure = new StoreUnavailableError('hot', 'NATS is away');
  await expect(projects.remove(ADA, DEMO, fakeSha('seen'))).rejects.toThrow(StoreUnavailableError);
  expect(audit.facts).toMatchObject([{ action: 'project.delete', outcome: 'unknown' }]);
});

test('what is asked of webhooks is on record by their id, without a secret and without more of an address than its host', async () => {
  const { audit, webhooks } = open();
  const asked = { name: 'index', url: 'https://hooks.example.net/secret-path', filter: {} };
  await webhooks.createWebhook(ADA, asked);
  await webhooks.changeWebhook(ADA, 'w1', asked);
  await webhooks.pauseWebhook(ADA, 'w1');
  await webhooks.resumeWebhook(ADA, 'w1');
  await webhooks.rotateSecret(ADA, 'w1');
  await webhooks.testWebhook(ADA, 'w1');
  await webhooks.resend(ADA, 'w1', 3);
  await webhooks.tryNow(ADA, 'w1');
  await webhooks.passOver(ADA, 'w1', 77);
  await webhooks.removeWebhook(ADA, 'w1');
  expect(audit.facts.map(({ action, scope }) => `${action} ${scope.webhook}`)).toEqual([
    `webhook.create ${'a'.repeat(20)}`,
    ...['change', 'pause', 'resume', 'rotate', 'test', 'resend', 'try', 'pass', 'delete'].map(
      (act) => `webhook.${act} w1`,
    ),
  ]);
  expect(audit.facts[0]).toMatchObject({
    asked: { name: 'index', host: 'hooks.example.net' },
    outcome: 'webhook-made',
  });
  expect(JSON.stringify(audit.facts)).not.toMatch(/whsec|secret-path/);
});
