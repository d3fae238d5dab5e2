// What pages see of share links, what they ask of them, and what a link does for whoever has it: part of the interfaces
// between pages and server.
import type { Actor } from '../core/model/commit.ts';
import type { FileEntry } from '../core/model/entry.ts';
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { Share, ShareId, ShareScope, ShareState } from '../core/model/share.ts';
import type { Shareable, SharedTree } from '../core/share/shared-tree.ts';
import type { UseOutcome } from '../core/share/shares.ts';
import type { Refusal } from '../core/share/tell-share.ts';

export interface ShareView {
  readonly id: ShareId;
  readonly scope: ShareScope;
  readonly state: ShareState;
  readonly by: string;
  /** milliseconds since 1970, as all times here */
  readonly createdAt: number;
  readonly expiresAt: number | undefined;
  readonly uses: number;
  readonly maxUses: number | undefined;
  readonly lastUsedAt: number | undefined;
  readonly hasPassword: boolean;
  readonly revoked: { readonly by: string; readonly at: number } | undefined;
  /** undefined: it was shown once, where it was made, and is not known here */
  readonly token: string | undefined;
}

export interface ShareQuery {
  readonly project?: ProjectName | undefined;
  readonly state: 'active' | 'ended';
  /** older than this one */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface SharesPage {
  /** newest first */
  readonly shares: readonly ShareView[];
  /** give it as `before` to read on; undefined: these were the oldest */
  readonly next: string | undefined;
}

export interface ShareQueries {
  shares(query: ShareQuery): Promise<SharesPage>;
  share(id: string): Promise<ShareView | undefined>;
  /** What a new link to this would open. */
  shareable(project: ProjectName, path: RelPath | '', commit: Sha | undefined): Promise<Shareable>;
}

export interface AskedShare {
  readonly project: ProjectName;
  readonly path: RelPath | '';
  /** as it is at this commit; undefined: whatever is current */
  readonly commit: Sha | undefined;
  readonly lastsMs: number | undefined;
  readonly maxUses: number | undefined;
  readonly password: string | undefined;
}

/** Both throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface ShareCommands {
  share(
    actor: Actor,
    asked: AskedShare,
  ): Promise<
    { readonly kind: 'shared'; readonly id: ShareId } | { readonly kind: 'no-project' | 'no-commit' | 'nothing-there' }
  >;
  revoke(actor: Actor, id: string): Promise<{ readonly kind: 'share-revoked' | 'share-revoked-before' | 'no-share' }>;
}

export type SharedDirectory = Extract<SharedTree, { kind: 'directory' }>;

export type SharedRow =
  | { readonly kind: 'dir'; readonly name: string; readonly files: number; readonly bytes: number }
  | { readonly kind: 'file'; readonly name: string; readonly sizeBytes: number; readonly modifiedAt: number };

export interface SharedPage {
  readonly rows: readonly SharedRow[];
  readonly next: string | undefined;
  readonly files: number;
  readonly bytes: number;
}

/** What links do for those who have them, without a session. All but `refuse` throw StoreUnavailableError. */
export interface SharedLinks {
  /** @param token  as an address says it
   *  @param from  the address of who comes, as below */
  find(token: string, from: string): Promise<Share | undefined>;
  tree(share: Share): Promise<SharedTree>;
  passwordFits(share: Share, password: string): Promise<boolean>;
  /** Counts one use. */
  use(share: Share, from: string): Promise<UseOutcome>;
  /** Tells that somebody got nothing. */
  refuse(share: Share, reason: Refusal, from: string): void;
  /** A cookie that says that this visitor's use was counted, and the password given. */
  visit(id: ShareId): string;
  isVisit(id: ShareId, cookie: string | undefined): boolean;
  readonly visitSeconds: number;

  file(directory: SharedDirectory, inside: RelPath): Promise<FileEntry | undefined>;
  /** A page of one directory; one that is not there has no files.
   *  @throws InvalidValueError  the cursor is none of this directory */
  list(
    directory: SharedDirectory,
    options: { readonly inside: RelPath | ''; readonly cursor: string | undefined; readonly limit: number },
  ): Promise<SharedPage>;
  /** All that is below, as an archive. */
  zip(project: ProjectName, directory: SharedDirectory, inside: RelPath | ''): ReadableStream<Uint8Array>;
}
