// What people ask of share links, written into their records and told as events. No token is in either.
import type { ShareCommands } from '../app/share-view.ts';
import { unreachable } from '../core/model/assert.ts';
import { type ShareableIo, shareable } from '../core/share/shared-tree.ts';
import { createShare, revokeShare, type ShareIo } from '../core/share/shares.ts';

export interface ShareCommandIo extends ShareIo {
  readonly tree: ShareableIo;
  seal(token: string): string;
}

export function shareCommands(io: ShareCommandIo): ShareCommands {
  return {
    async share(actor, { project, path, commit, lastsMs, maxUses, password }) {
      const found = await shareable(io.tree, project, path, commit);
      switch (found.kind) {
        case 'no-project':
        case 'no-commit':
          return { kind: found.kind };
        case 'nothing':
          return { kind: 'nothing-there' };
        case 'file':
        case 'directory': {
          const scope = { project, kind: found.kind, path, ...(commit !== undefined && { commit_sha: commit }) };
          const expiresAt = lastsMs === undefined ? undefined : io.clock.now() + lastsMs;
          const { since } = found;
          const asked = { scope, since, actor, expiresAt, maxUses, password };
          const { share } = await createShare(io, asked, io.seal);
          return { kind: 'shared', id: share.id };
        }
        default:
          return unreachable(found);
      }
    },
    async revoke(actor, id) {
      const outcome = await revokeShare(io, id, actor);
      if (outcome.kind === 'no-share') return outcome;
      return { kind: outcome.kind === 'revoked' ? 'share-revoked' : 'share-revoked-before' };
    },
  };
}
