// What pages and the API see of API tokens, and what they ask of them: part of the interfaces between pages and server.
import type { TokenId, TokenScope, TokenState } from '../core/model/api-token.ts';
import type { Actor } from '../core/model/commit.ts';
import type { ProjectName } from '../core/model/ids.ts';

export interface TokenView {
  readonly id: TokenId;
  readonly name: string;
  readonly scope: TokenScope;
  readonly projects: readonly ProjectName[] | 'all';
  readonly state: TokenState;
  readonly by: string;
  /** milliseconds since 1970, as all times here */
  readonly createdAt: number;
  readonly expiresAt: number | 'never';
  /** to about a minute */
  readonly lastUsedAt: number | undefined;
  readonly revoked: { readonly by: string; readonly at: number } | undefined;
}

export interface TokenQuery {
  readonly state: 'active' | 'ended';
  /** older than this one */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface TokensPage {
  /** newest first */
  readonly tokens: readonly TokenView[];
  /** give it as `before` to read on; undefined: these were the oldest */
  readonly next: string | undefined;
}

export interface TokenQueries {
  tokens(query: TokenQuery): Promise<TokensPage>;
  token(id: string): Promise<TokenView | undefined>;
}

export interface AskedToken {
  readonly name: string;
  readonly scope: TokenScope;
  /** an administrator's token is for all */
  readonly projects: readonly ProjectName[] | 'all';
  /** at most 366 days from now */
  readonly expiresAt: number | 'never';
}

/** Both throw StoreUnavailableError: whether it was done is unknown, and it may be sent again. */
export interface TokenCommands {
  /** @returns `text`: what a program sends; nobody can show it again */
  createToken(
    who: Actor,
    asked: AskedToken,
  ): Promise<
    | { readonly kind: 'token-made'; readonly token: TokenView; readonly text: string }
    /** the end has passed, or is too far away; of an administrator’s token, that it is for some projects */
    | { readonly kind: 'token-end-wrong' | 'token-admin-limited' }
  >;
  revokeToken(
    who: Actor,
    id: string,
  ): Promise<{ readonly kind: 'token-revoked' | 'token-revoked-before' | 'no-token' }>;
}
