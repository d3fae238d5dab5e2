// What a share link does for whoever has it: it is found by its token, lets in who may, and gives what it opens.
import type { SharedLinks, SharedRow } from '../app/share-view.ts';
import { listTree } from '../core/manifest/list.ts';
import { totalsUnder } from '../core/manifest/totals.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { isFile } from '../core/model/entry.ts';
import type { ProjectName } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import { baseName, type RelPath } from '../core/model/rel-path.ts';
import { passwordFits } from '../core/share/password.ts';
import { fileInside, pathInside, sharedTree, type TreeIo } from '../core/share/shared-tree.ts';
import { readShare, type ShareIo, useShare } from '../core/share/shares.ts';
import { tellShare } from '../core/share/tell-share.ts';
import { idOfToken } from '../core/share/token.ts';
import type { TieredReader } from '../core/tier/tiered-reader.ts';
import { type ShareSecrets, VISIT_SECONDS } from './share-secrets.ts';
import { zipTree } from './zip-tree.ts';

export interface SharedLinksIo extends ShareIo {
  readonly tree: TreeIo;
  readonly reader: Pick<TieredReader, 'read'>;
  readonly secrets: Pick<ShareSecrets, 'visit' | 'isVisit'>;
  readonly log: Log;
  /** The revision of the index at which a project of this name was deleted last, and not brought back. */
  endOf(project: ProjectName): Promise<number | undefined>;
}

export function sharedLinks(io: SharedLinksIo): SharedLinks {
  const below = (directory: { readonly path: RelPath | '' }, inside: RelPath | ''): RelPath | '' =>
    inside === '' ? directory.path : pathInside(directory.path, inside);

  return {
    async find(token) {
      const id = idOfToken(token);
      return id && (await readShare(io.shares, id))?.share;
    },
    async tree(share) {
      const end = await io.endOf(share.scope.project);
      // Another project may have the name by now.
      if (end !== undefined && end > share.since) return { kind: 'gone' };
      return sharedTree(io.tree, share.scope);
    },
    passwordFits: async (share, password) => !share.password || passwordFits(share.password, password),
    use: (share, from) => useShare(io, share.id, from),
    refuse(share, reason, from) {
      tellShare(io, share, { kind: 'refused', reason, at: io.clock.now(), from }).catch((error: unknown) =>
        io.log.warn({ error, share: share.id, reason }, 'that a link was refused could not be told'),
      );
    },
    visit: (id) => io.secrets.visit(id),
    isVisit: (id, cookie) => io.secrets.isVisit(id, cookie),
    visitSeconds: VISIT_SECONDS,

    file: (directory, inside) => fileInside(io.tree, directory, inside),
    async list(directory, { inside, cursor, limit }) {
      const prefix = below(directory, inside);
      const { manifestSha } = directory.at;
      const [page, totals] = await Promise.all([
        listTree(io.tree.nodes, manifestSha, { prefix, cursor, limit }),
        totalsUnder(io.tree.nodes, manifestSha, prefix),
      ]);
      const rows = page.rows.map((row): SharedRow => {
        if (row.kind === 'dir') return { kind: 'dir', name: baseName(row.path), files: row.files, bytes: row.bytes };
        const name = baseName(row.entry.path);
        if (!isFile(row.entry)) return { kind: 'dir', name, files: 0, bytes: 0 };
        return { kind: 'file', name, sizeBytes: row.entry.size, modifiedAt: row.entry.mtime };
      });
      return { rows, next: page.next, ...totals };
    },
    zip(project, directory, inside) {
      const prefix = below(directory, inside);
      const start = prefix === '' ? 0 : prefix.length + 1;
      const entries = walkTree(io.tree.nodes, directory.at.manifestSha, { prefix });
      const read = (sha: Parameters<TieredReader['read']>[0]) => io.reader.read(sha, { project });
      return zipTree(entries, (path) => path.slice(start), read);
    },
  };
}
