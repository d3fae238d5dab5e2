// Share links, put together: their records followed, what pages see and ask of them, what they do for whoever has one.
import type { ShareCommands, SharedLinks, ShareQueries } from '../app/share-view.ts';
import type { Audit } from '../core/audit/audit-trail.ts';
import type { ListedDeletion } from '../core/commit/delete-project.ts';
import { ProjectCommits } from '../core/history/project-commits.ts';
import type { Log } from '../core/model/log.ts';
import { purgeShares, revokeSharesOf } from '../core/share/purge-shares.ts';
import { shareable, type TreeIo } from '../core/share/shared-tree.ts';
import { readShare, type ShareIo } from '../core/share/shares.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { TieredReader } from '../core/tier/tiered-reader.ts';
import { auditedLinks, auditedShares } from './audited-commands.ts';
import { ShareBoard } from './share-board.ts';
import { shareCommands } from './share-commands.ts';
import { shareSecrets } from './share-secrets.ts';
import { sharedLinks } from './shared-links.ts';

/** Records of links that ended are kept for so long. */
const HISTORY_MS = 90 * 24 * 3_600_000;

export interface SharingIo extends ShareIo {
  readonly shares: KeyValue;
  readonly tree: TreeIo & { readonly index: Pick<KeyValue, 'get' | 'keys'> };
  readonly reader: Pick<TieredReader, 'read'>;
  readonly adminToken: string;
  readonly audit: Audit;
  readonly log: Log;
}

export interface Sharing {
  readonly board: ShareBoard;
  readonly queries: ShareQueries;
  readonly commands: ShareCommands;
  readonly links: SharedLinks;
  /** Before the record of a deletion goes, whose grace is over. */
  endLinksOf(deletion: Pick<ListedDeletion, 'name' | 'revision'>): Promise<void>;
  /** Once an hour. */
  tidy(): Promise<void>;
}

/** @param changed  a link is another now */
export function openSharing(io: SharingIo, changed: () => void): Sharing {
  const secrets = shareSecrets(io.adminToken, io.clock);
  const tree = { ...io.tree, commits: new ProjectCommits(io.tree.objects) };
  const board = new ShareBoard({ ...io, unseal: secrets.unseal }, changed);
  return {
    board,
    queries: {
      shares: async (query) => board.page(query),
      share: async (id) => {
        const at = await readShare(io.shares, id);
        return at && board.viewOf(at.share);
      },
      shareable: (project, path, commit) => shareable(tree, project, path, commit),
    },
    commands: auditedShares(shareCommands({ ...io, tree, seal: secrets.seal }), io.audit),
    links: auditedLinks(sharedLinks({ ...io, secrets }), io.audit),
    endLinksOf: (deletion) => revokeSharesOf(io, deletion),
    async tidy() {
      await purgeShares(io, io.clock.now() - HISTORY_MS);
    },
  };
}
