// Tokens: listed, made, shown, revoked, as in the settings.
import { z } from 'zod';
import type { TokenView } from '../../app/token-view.ts';
import { pageQuery } from '../../core/api/page.ts';
import {
  madeTokenSchema,
  newTokenSchema,
  type ShownToken,
  tokenPageSchema,
  tokenSchema,
} from '../../core/api/token.ts';
import { MAX_TOKEN_DAYS, tokenIdSchema } from '../../core/model/api-token.ts';
import { isoTime } from '../../core/model/clock.ts';
import { json, operation, operations } from './operation.ts';
import { ApiProblem } from './problem.ts';
import { principalOf } from './who-asks.ts';

const tags = ['Tokens'];
const params = z.object({ token: tokenIdSchema });

export const tokenOperations = () =>
  operations()
    .openapi(
      operation(
        'admin',
        {
          method: 'get',
          path: '/tokens',
          operationId: 'listTokens',
          summary: 'List API tokens, the newest first',
          tags,
          request: { query: z.object({ ...pageQuery, state: z.enum(['active', 'ended']).default('active') }) },
        },
        { 200: json(tokenPageSchema, 'A page of tokens; those that ended are kept for 90 days') },
      ),
      async (c) => {
        const { cursor, limit, state } = c.req.valid('query');
        const { tokens, next } = await c.get('services').tokens.tokens({ state, before: cursor, limit });
        return c.json({ items: tokens.map(tokenShown), next: next ?? null }, 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'post',
          path: '/tokens',
          operationId: 'createToken',
          summary: 'Make an API token',
          tags,
          request: { body: { required: true, content: { 'application/json': { schema: newTokenSchema } } } },
        },
        { 201: json(madeTokenSchema, 'It was made; `token` is shown this once') },
      ),
      async (c) => {
        const { name, scope, projects, expires_at } = c.req.valid('json');
        const expiresAt = expires_at === 'never' ? expires_at : Date.parse(expires_at);
        const { tokenCommands } = c.get('services');
        const outcome = await tokenCommands.createToken(principalOf(c).actor, {
          ...{ name, scope, expiresAt },
          projects: projects ?? 'all',
        });
        switch (outcome.kind) {
          case 'token-made':
            c.header('location', `/api/v1/tokens/${outcome.token.id}`);
            return c.json({ ...tokenShown(outcome.token), token: outcome.text }, 201);
          case 'token-end-wrong': {
            const rule = `is to be a time to come, at most ${MAX_TOKEN_DAYS} days from now, or never`;
            throw new ApiProblem('invalid-value', `body.expires_at: ${rule}`, { field: 'body.expires_at' });
          }
          case 'token-admin-limited': {
            const rule = 'is null for the scope admin: tokens and webhooks are of no project';
            throw new ApiProblem('invalid-value', `body.projects: ${rule}`, { field: 'body.projects' });
          }
        }
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'get',
          path: '/tokens/{token}',
          operationId: 'getToken',
          summary: 'An API token, and how it stands',
          tags,
          request: { params },
        },
        { 200: json(tokenSchema, 'The token') },
      ),
      async (c) => {
        const { token } = c.req.valid('param');
        const found = await c.get('services').tokens.token(token);
        if (!found) throw noToken(token);
        return c.json(tokenShown(found), 200);
      },
    )
    .openapi(
      operation(
        'admin',
        {
          method: 'delete',
          path: '/tokens/{token}',
          operationId: 'revokeToken',
          summary: 'Revoke an API token',
          description: 'Who has it gets nothing more, on every server. Said again it is done already.',
          tags,
          request: { params },
        },
        { 204: { description: 'It was revoked' } },
      ),
      async (c) => {
        const { token } = c.req.valid('param');
        const { kind } = await c.get('services').tokenCommands.revokeToken(principalOf(c).actor, token);
        if (kind === 'no-token') throw noToken(token);
        return c.body(null, 204);
      },
    );

function noToken(id: string): ApiProblem {
  const next = 'GET /api/v1/tokens lists those that there are.';
  return new ApiProblem('no-token', `There is no token ${id}.`, { field: 'path.token', next });
}

function tokenShown(view: TokenView): ShownToken {
  const { id, name, scope, projects, state, expiresAt, createdAt, by, lastUsedAt, revoked } = view;
  return {
    ...{ id, name, scope, state, projects: projects === 'all' ? null : [...projects] },
    expires_at: expiresAt === 'never' ? expiresAt : isoTime(expiresAt),
    created_at: isoTime(createdAt),
    created_by: by,
    last_used_at: lastUsedAt === undefined ? null : isoTime(lastUsedAt),
    revoked_at: revoked === undefined ? null : isoTime(revoked.at),
    revoked_by: revoked?.by ?? null,
  };
}
