// What a share link does for whoever has it: it is found by its token, lets in who may, and gives what it opens.

import type { SharedLinks, SharedRow } from '../app/share-view.ts';
import { deletionsOf } from '../core/commit/delete-project.ts';
import { listTree } from '../core/manifest/list.ts';
import { totalsUnder } from '../core/manifest/totals.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { isFile } from '../core/model/entry.ts';
import type { Log } from '../core/model/log.ts';
import { baseName, type RelPath } from '../core/model/rel-path.ts';
import { Remembered } from '../core/model/remembered.ts';
import type { Share } from '../core/model/share.ts';
import { passwordFits } from '../core/share/password.ts';
import { fileInside, pathInside, sharedTree, type TreeAt, type TreeIo } from '../core/share/shared-tree.ts';
import { readShare, type ShareIo, useShare } from '../core/share/shares.ts';
import { tellShare } from '../core/share/tell-share.ts';
import { idOfToken } from '../core/share/token.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import type { TieredReader } from '../core/tier/tiered-reader.ts';
import { type ShareSecrets, VISIT_SECONDS } from './share-secrets.ts';
import { zipTree } from './zip-tree.ts';

export interface SharedLinksIo extends ShareIo {
  readonly tree: TreeIo & { readonly index: Pick<KeyValue, 'get' | 'keys'> };
  readonly reader: Pick<TieredReader, 'read'>;
  readonly secrets: Pick<ShareSecrets, 'visit' | 'isVisit'>;
  readonly log: Log;
}

export function sharedLinks(io: SharedLinksIo): SharedLinks {
  const below = (directory: { readonly path: RelPath | '' }, inside: RelPath | ''): RelPath | '' =>
    inside === '' ? directory.path : pathInside(directory.path, inside);

  /** by project and revision: that of its name's last deletion when it stood there, 0 for none */
  const ends = new Remembered<number>(1_000);
  /** Another project may have the name by now. Asked after the tree was found: a deletion is recorded before another gets the
   *  name. What was heard before says that it is the same, and never that it is not: it may have been brought back since. */
  async function isOfShare({ scope: { project }, since }: Share, { revision }: TreeAt): Promise<boolean> {
    const key = `${project} ${revision}`;
    const known = ends.get(key);
    if (known !== undefined && known <= since) return true;
    const end = Math.max(0, ...(await deletionsOf(io.tree.index, project)).map((deletion) => deletion.revision));
    ends.set(key, end);
    return end <= since;
  }

  return {
    async find(token) {
      const id = idOfToken(token);
      return id && (await readShare(io.shares, id))?.share;
    },
    async tree(share) {
      const tree = await sharedTree(io.tree, share.scope);
      return tree.kind === 'gone' || (await isOfShare(share, tree.at)) ? tree : { kind: 'gone' };
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
