// API tokens, put together: their records followed, what pages and the API see and ask of them, and who it is that shows one.
import type { Auth } from '../app/context.ts';
import type { TokenCommands, TokenQueries } from '../app/token-view.ts';
import type { Audit } from '../core/audit/audit-trail.ts';
import { type ApiToken, principalOf, type TokenId, tokenState } from '../core/model/api-token.ts';
import { tokenKey } from '../core/model/index-keys.ts';
import type { Log } from '../core/model/log.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { idInText, isTextOf } from '../core/token/token-text.ts';
import {
  createToken,
  isUseToBeNoted,
  mayEndAt,
  NOTED_EVERY_MS,
  noteUse,
  purgeTokens,
  readToken,
  revokeToken,
  type TokenIo,
} from '../core/token/tokens.ts';
import { auditedTokens } from './audited-commands.ts';
import { TokenBoard, viewOf } from './token-board.ts';

/** Records of tokens that ended are kept for so long. */
const HISTORY_MS = 90 * 24 * 3_600_000;

export interface TokensIo extends TokenIo {
  readonly tokens: KeyValue;
  /** whether what was heard last still holds: false while NATS is away */
  isHeard(): boolean;
  readonly audit: Audit;
  readonly log: Log;
}

export interface Tokens {
  readonly board: TokenBoard;
  readonly queries: TokenQueries;
  readonly commands: TokenCommands;
  /** Who shows this text. @returns undefined: it is no token, or none any more
   *  @throws StoreUnavailableError  whether it was revoked is unknown */
  bearer: Auth['bearer'];
  /** Once an hour. */
  tidy(): Promise<void>;
}

/** @param changed  a token is another now */
export function openTokens(io: TokensIo, changed: () => void): Tokens {
  const revocationForgotten = ({ id, revoked }: ApiToken) => {
    io.log.warn({ token: id }, `NATS has forgotten that token ${id} was revoked: it is revoked again`);
    const { actor } = revoked ?? { actor: { kind: 'system', id: 'server' } as const };
    revokeToken(io, id, actor).catch((error: unknown) =>
      io.log.warn({ error, token: id }, `token ${id} is refused here, and cannot be revoked on record now`),
    );
  };
  const board = new TokenBoard({ ...io, revocationForgotten }, changed);
  /** when a use of it was noted here, so that of many at once one asks */
  const noted = new Map<string, number>();

  const note = (token: ApiToken, now: number) => {
    if (!isUseToBeNoted(token, now) || (noted.get(token.id) ?? 0) + NOTED_EVERY_MS > now) return;
    for (const [id, at] of noted) if (at + NOTED_EVERY_MS <= now) noted.delete(id);
    noted.set(token.id, now);
    noteUse(io, token.id).catch((error: unknown) =>
      io.log.warn({ error, token: token.id }, `the use of token ${token.id} is not on record: NATS did not take it`),
    );
  };

  /** One that another server has just made may not have been heard of here. */
  const onRecord = async (id: TokenId): Promise<ApiToken | undefined> => {
    const entry = await io.tokens.get(tokenKey(id), { newest: true });
    return entry && board.understood(entry);
  };

  const commands: TokenCommands = {
    async createToken(who, asked) {
      const now = io.clock.now();
      const { scope, projects, expiresAt } = asked;
      if (!mayEndAt(expiresAt, now)) return { kind: 'token-end-wrong' };
      if (scope === 'admin' && projects !== 'all') return { kind: 'token-admin-limited' };
      const { token, text } = await createToken(io, { ...asked, actor: who });
      return { kind: 'token-made', token: viewOf(token, now), text };
    },
    async revokeToken(who, id) {
      const outcome = await revokeToken(io, id, who);
      if (outcome.kind === 'no-token') return outcome;
      return { kind: outcome.kind === 'revoked' ? 'token-revoked' : 'token-revoked-before' };
    },
  };

  return {
    board,
    queries: {
      tokens: async (query) => board.page(query),
      token: async (id) => {
        const at = await readToken(io.tokens, id);
        return at && viewOf(at.token, io.clock.now());
      },
    },
    commands: auditedTokens(commands, io.audit),
    async bearer(text, { heardOnly = false } = {}) {
      const id = idInText(text);
      if (id === undefined) return undefined;
      const token = (io.isHeard() ? board.find(id) : undefined) ?? (heardOnly ? undefined : await onRecord(id));
      const now = io.clock.now();
      if (!token || !isTextOf(token, text) || tokenState(token, now) !== 'active') return undefined;
      note(token, now);
      return principalOf(token);
    },
    async tidy() {
      await purgeTokens(io, io.clock.now() - HISTORY_MS);
    },
  };
}
