// API tokens that are made up.
import type { TokenId } from '../../core/model/api-token.ts';
import type { TokenView } from '../token-view.ts';
import { FAKE_NOW } from './fake-time.ts';

export function fakeApiToken(id: string, change: Partial<TokenView> = {}): TokenView {
  return {
    id: id.padEnd(12, '0') as TokenId,
    name: `token ${id}`,
    scope: 'read',
    projects: 'all',
    state: 'active',
    by: 'ada',
    createdAt: FAKE_NOW - 3_600_000,
    expiresAt: FAKE_NOW + 29 * 24 * 3_600_000,
    lastUsedAt: undefined,
    revoked: undefined,
    ...change,
  };
}
