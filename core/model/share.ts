// The record of a share link: what it opens, until when, how often, and for whom. Of the link's token it has only the hash,
// as its id, so that who reads the records cannot open what they are of.
import { z } from 'zod';
import { actorSchema } from './commit.ts';
import { type Brand, projectNameSchema, shaSchema } from './ids.ts';
import { relPathSchema } from './rel-path.ts';

/** The first half of the SHA-256 of the link's token. */
export type ShareId = Brand<string, 'ShareId'>;

const SHARE_ID = /^[0-9a-f]{32}$/;
export const shareIdSchema = z
  .string()
  .regex(SHARE_ID, 'is 32 lower-case hex digits')
  .transform((value) => value as ShareId);

/** As people see it; a command takes as much of it as names one link. */
export const shortShareId = (id: ShareId): string => id.slice(0, 12);

export const MAX_SHARE_USES = 1_000_000;
export const MAX_SHARE_DAYS = 3_650;
export const MIN_PASSWORD = 6;
export const MAX_PASSWORD = 200;

export const shareScopeSchema = z.strictObject({
  project: projectNameSchema,
  kind: z.enum(['file', 'directory']),
  /** '' = the whole project */
  path: z.union([relPathSchema, z.literal('')]),
  /** as it was there; absent: whatever is current */
  commit_sha: shaSchema.optional(),
});
export type ShareScope = z.infer<typeof shareScopeSchema>;

const count = z.int().min(0);
const base64 = z.base64().min(1).max(200);

export const shareSchema = z.strictObject({
  v: z.literal(1),
  id: shareIdSchema,
  scope: shareScopeSchema,
  actor: actorSchema,
  created: z.iso.datetime(),
  /** Which project of that name is meant: the revision of the index at which it was seen under it. The record of a deletion
   *  that came after is its end, whatever the clocks of those who delete and share say. */
  since: z.int().min(1),
  expires: z.iso.datetime().optional(),
  max_uses: z.int().min(1).max(MAX_SHARE_USES).optional(),
  uses: count,
  last_used: z.iso.datetime().optional(),
  /** scrypt with Node's default cost */
  password: z.strictObject({ salt: base64, hash: base64 }).optional(),
  revoked: z.strictObject({ actor: actorSchema, ts: z.iso.datetime() }).optional(),
  /** the token, readable by servers alone, so that their pages can show the link again */
  sealed: z.string().max(400).optional(),
});
export type Share = z.infer<typeof shareSchema>;

export type ClosedReason = 'revoked' | 'expired' | 'used-up';
export type ShareState = 'active' | ClosedReason;

export function shareState({ revoked, expires, max_uses, uses }: Share, now: number): ShareState {
  if (revoked) return 'revoked';
  if (expires !== undefined && Date.parse(expires) <= now) return 'expired';
  return max_uses !== undefined && uses >= max_uses ? 'used-up' : 'active';
}

export const encodeShare = (share: Share): Uint8Array => Buffer.from(JSON.stringify(shareSchema.parse(share)));

/** @throws z.ZodError, SyntaxError  it is none that this version understands */
export const decodeShare = (value: Uint8Array): Share =>
  shareSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
