// Share links that are made up.
import type { ProjectName } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { ShareId } from '../../core/model/share.ts';
import type { ShareView } from '../share-view.ts';
import { FAKE_NOW } from './fake-time.ts';

export function fakeShare(id: string, change: Partial<ShareView> = {}): ShareView {
  return {
    id: id.padEnd(32, '0') as ShareId,
    scope: { project: 'demo' as ProjectName, kind: 'file', path: 'docs/guide.md' as RelPath },
    state: 'active',
    by: 'ada',
    createdAt: FAKE_NOW - 3_600_000,
    expiresAt: FAKE_NOW + 6 * 24 * 3_600_000,
    uses: 3,
    maxUses: undefined,
    lastUsedAt: FAKE_NOW - 60_000,
    hasPassword: false,
    revoked: undefined,
    token: `token-of-${id}`,
    ...change,
  };
}
