// Events for tests and for looking at the pages: one of each type, and single ones made to order.
import type { EventOf, EventType, FsEvent } from '../../core/model/event.ts';
import { fakeSha, type NodeId, type ProjectName, type Tenant } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { ShareId } from '../../core/model/share.ts';
import type { WebhookId } from '../../core/model/webhook-id.ts';

let made = 0;

/** @param at milliseconds since 1970 */
export function fakeEvent<T extends EventType>(
  type: T,
  payload: EventOf<T>['payload'],
  at: number,
  about: { readonly project?: string; readonly actor?: string } = {},
): FsEvent {
  made++;
  const event = {
    id: `fake-${made}`,
    ts: new Date(at).toISOString(),
    type,
    tenant: 'default' as Tenant,
    actor: { kind: 'node' as const, id: about.actor ?? 'node-a' },
    payload,
    trace: { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, correlation_id: `c-${made}` },
    ...(about.project === undefined ? {} : { project: about.project as ProjectName }),
  };
  return event as unknown as FsEvent;
}

export function oneOfEach(at: number, path = 'docs/guide.md'): FsEvent[] {
  const sha = fakeSha('object');
  const commit_sha = fakeSha('commit');
  const where = path as RelPath;
  const entry = { sha, size: 18_432, mode: 0o644, mtime: at };
  const node = 'node-b' as NodeId;
  const demo = { project: 'demo' };
  const shared = { share: '5f'.repeat(16) as ShareId, kind: 'file' as const, path: where };
  const counts = { added: 3, updated: 1, deleted: 2, moved: 1 };
  return [
    fakeEvent('ObjectCreated', { sha, size: 18_432, mime: 'text/markdown', commit_sha }, at, demo),
    fakeEvent('ObjectArchived', { sha, size: 18_432, cold: { bucket: 'fs-cold', key: `default/objects/${sha}` } }, at),
    fakeEvent('ObjectRehydrated', { sha, size: 18_432 }, at, demo),
    fakeEvent('ObjectEvicted', { sha, size: 18_432 }, at, demo),
    fakeEvent('ObjectSwept', { sha, size: 18_432, tier: 'cold' }, at),
    fakeEvent('ObjectCorrupt', { sha, tier: 'cold', detail: 'its SHA-256 is not its name' }, at),
    fakeEvent('PathCreated', { path: where, entry, commit_sha }, at, demo),
    fakeEvent('PathUpdated', { path: where, entry, was: entry, commit_sha }, at, demo),
    fakeEvent('PathDeleted', { path: where, was: entry, commit_sha }, at, demo),
    fakeEvent('PathMoved', { path: where, from: 'docs/draft.md' as RelPath, entry, commit_sha }, at, demo),
    fakeEvent('PathConflict', { path: where, won: sha, lost: fakeSha('lost'), commit_sha }, at, demo),
    fakeEvent('ProjectCreated', { name: 'demo' as ProjectName }, at, demo),
    fakeEvent(
      'ProjectCurrentChanged',
      { commit_sha, manifest_sha: fakeSha('manifest'), parents: [], counts, files: 42, bytes: 1_200_000 },
      at,
      demo,
    ),
    fakeEvent('ProjectPromoted', { objects: 42, bytes: 1_200_000 }, at, demo),
    fakeEvent('ProjectEvicted', { objects: 12, bytes: 900_000 }, at, demo),
    fakeEvent('NodeJoined', { node, version: '0.1.0' }, at, { actor: 'node-b' }),
    fakeEvent('NodeLeft', { node, reason: 'stopped by hand' }, at, { actor: 'node-b' }),
    fakeEvent('WorkspaceActivated', { node, root: '/srv/demo' }, at, demo),
    fakeEvent('WorkspaceDeactivated', { node, root: '/srv/handbook', prefix: where }, at, demo),
    fakeEvent('ShareCreated', { ...shared, max_uses: 5, password: true }, at, demo),
    fakeEvent('ShareUsed', { ...shared, uses: 2, from: '192.0.2.7' }, at, demo),
    fakeEvent('ShareRefused', { ...shared, reason: 'expired' }, at, demo),
    fakeEvent('ShareRevoked', shared, at, demo),
    fakeEvent('JobStarted', { job: 'job-7', kind: 'promote' }, at, demo),
    fakeEvent('JobFinished', { job: 'job-7', kind: 'promote' }, at, demo),
    fakeEvent('JobFailed', { job: 'job-8', kind: 'archive', error: 'cold storage answers 503' }, at, demo),
    fakeEvent(
      'WebhookDisabled',
      {
        ...{ webhook: '5f'.repeat(10) as WebhookId, name: 'build', host: 'hooks.example.net' },
        ...{ reason: 'it answers 500', failing_since: new Date(at).toISOString() },
      },
      at,
    ),
  ];
}
