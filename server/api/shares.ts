// Share links: listed, made, shown, revoked.
import type { Context } from 'hono';
import { z } from 'zod';
import { linkAddress } from '../../app/share-address.ts';
import type { ShareView } from '../../app/share-view.ts';
import { pageQuery } from '../../core/api/page.ts';
import { type ApiShare, newShareSchema, shareFilter, sharePageSchema, shareViewSchema } from '../../core/api/share.ts';
import { isoTime } from '../../core/model/clock.ts';
import { type ShareId, shareIdSchema } from '../../core/model/share.ts';
import type { ApiEnv } from './api-env.ts';
import { body, json, operation, operations } from './operation.ts';
import { isoOrNull } from './page.ts';
import { ApiProblem } from './problem.ts';
import { done, refused } from './refused.ts';
import { actorOf, requireOwn, seesProject } from './who-asks.ts';

const tags = ['Share links'];
const params = z.object({ share: shareIdSchema });

export const shareOperations = () =>
  operations()
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/shares',
          operationId: 'listShares',
          summary: 'List share links, the newest first',
          tags,
          request: { query: z.object({ ...pageQuery, ...shareFilter }) },
        },
        { 200: json(sharePageSchema, 'A page of links') },
      ),
      async (c) => {
        const { cursor: before, ...filter } = c.req.valid('query');
        requireOwn(c, filter.project, 'query.project');
        const { shares, next } = await c.get('services').shares.shares({ ...filter, before });
        return c.json({ items: shares.map((one) => shareShown(c, one)), next: next ?? null }, 200);
      },
    )
    .openapi(
      operation(
        { scope: 'write', projects: 'own' },
        {
          method: 'post',
          path: '/shares',
          operationId: 'createShare',
          summary: 'Make a link to a file, a directory or a project',
          description: 'Whoever has the link can open it, until it ends or is revoked.',
          tags,
          request: { body: body(newShareSchema) },
        },
        { 201: json(shareViewSchema, 'The link') },
      ),
      async (c) => {
        const { project, path, commit, lasts_s, max_uses: maxUses, password } = c.req.valid('json');
        const { shares, shareCommands } = c.get('services');
        requireOwn(c, project, 'body.project');
        const lastsMs = lasts_s === undefined ? undefined : lasts_s * 1_000;
        const wanted = { project, path, commit, lastsMs, maxUses, password };
        const { id } = done(await shareCommands.share(actorOf(c), wanted));
        const made = await shares.share(id);
        if (!made) throw new ApiProblem('unavailable', `The link ${id} is made, and cannot be read at this moment.`);
        c.header('location', `/api/v1/shares/${id}`);
        return c.json(shareShown(c, made), 201);
      },
    )
    .openapi(
      operation(
        { scope: 'read', projects: 'own' },
        {
          method: 'get',
          path: '/shares/{share}',
          operationId: 'getShare',
          summary: 'A share link',
          tags,
          request: { params },
        },
        { 200: json(shareViewSchema, 'The link') },
      ),
      async (c) => {
        return c.json(shareShown(c, await ownShare(c, c.req.valid('param').share)), 200);
      },
    )
    .openapi(
      operation(
        { scope: 'write', projects: 'own' },
        {
          method: 'delete',
          path: '/shares/{share}',
          operationId: 'revokeShare',
          summary: 'Revoke a share link',
          description: 'It opens nothing from now on, and stays listed among those that have ended.',
          tags,
          request: { params },
        },
        { 204: { description: 'It opens nothing' } },
      ),
      async (c) => {
        const { id } = await ownShare(c, c.req.valid('param').share);
        done(await c.get('services').shareCommands.revoke(actorOf(c), id));
        return c.body(null, 204);
      },
    );

/** @throws ApiProblem  there is none, or it opens a project that the token is not for */
async function ownShare(c: Context<ApiEnv>, id: ShareId): Promise<ShareView> {
  const found = await c.get('services').shares.share(id);
  if (!found || !seesProject(c, found.scope.project)) throw refused('no-share');
  return found;
}

function shareShown(c: Context<ApiEnv>, share: ShareView): ApiShare {
  const { id, scope, state, by, uses, maxUses, hasPassword, revoked, token } = share;
  return {
    ...{ id, ...scope, commit_sha: scope.commit_sha ?? null, state, by },
    ...{ created_at: isoTime(share.createdAt), expires_at: isoOrNull(share.expiresAt) },
    ...{ uses, max_uses: maxUses ?? null, last_used_at: isoOrNull(share.lastUsedAt), has_password: hasPassword },
    ...{ revoked_at: isoOrNull(revoked?.at), revoked_by: revoked?.by ?? null },
    url: token === undefined ? null : linkAddress(c, token),
  };
}
