// What people ask of share links, written into their records and told as events. No token is in either.
import type { ShareCommands } from '../app/share-view.ts';
import { unreachable } from '../core/model/assert.ts';
import type { Actor } from '../core/model/commit.ts';
import { shareable, type TreeIo } from '../core/share/shared-tree.ts';
import { createShare, revokeShare, type ShareIo } from '../core/share/shares.ts';

export interface ShareCommandIo extends ShareIo {
  readonly tree: TreeIo;
  seal(token: string): string;
}

const person = (user: string): Actor => ({ kind: 'user', id: user });

export function shareCommands(io: ShareCommandIo): ShareCommands {
  return {
    async share(user, { project, path, commit, lastsMs, maxUses, password }) {
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
          const asked = { scope, since, actor: person(user), expiresAt, maxUses, password };
          const { share } = await createShare(io, asked, io.seal);
          return { kind: 'shared', id: share.id };
        }
        default:
          return unreachable(found);
      }
    },
    async revoke(user, id) {
      const outcome = await revokeShare(io, id, person(user));
      if (outcome.kind === 'no-share') return outcome;
      return { kind: outcome.kind === 'revoked' ? 'share-revoked' : 'share-revoked-before' };
    },
  };
}
