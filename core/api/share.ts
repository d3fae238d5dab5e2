// Share links as the HTTP API shows them, and what makes one.
import { z } from 'zod';
import { projectNameSchema, shaSchema } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';
import {
  MAX_PASSWORD,
  MAX_SHARE_DAYS,
  MAX_SHARE_USES,
  MIN_PASSWORD,
  shareIdSchema,
  shareScopeSchema,
} from '../model/share.ts';
import { pageOf } from './page.ts';

const time = z.iso.datetime();

export const shareViewSchema = z
  .strictObject({
    id: shareIdSchema,
    ...shareScopeSchema.shape,
    commit_sha: shaSchema.nullable().meta({ description: 'as it was there; null: whatever is current' }),
    state: z.enum(['active', 'revoked', 'expired', 'used-up']),
    by: z.string(),
    created_at: time,
    expires_at: time.nullable(),
    uses: z.int(),
    max_uses: z.int().nullable(),
    last_used_at: time.nullable(),
    has_password: z.boolean(),
    revoked_at: time.nullable(),
    revoked_by: z.string().nullable(),
    url: z.url().nullable().meta({ description: 'the link; null: it was made where it is not known any more' }),
  })
  .meta({ id: 'Share' });
export type ApiShare = z.infer<typeof shareViewSchema>;

export const sharePageSchema = pageOf('SharePage', shareViewSchema);

export const newShareSchema = z
  .strictObject({
    project: projectNameSchema,
    path: z
      .union([relPathSchema, z.literal('')])
      .default('')
      .meta({ description: 'a file or a directory; empty: the whole project' }),
    commit: shaSchema.optional().meta({ description: 'as it is there; absent: whatever is current' }),
    lasts_s: z
      .int()
      .min(1)
      .max(MAX_SHARE_DAYS * 86_400)
      .optional()
      .meta({ description: 'seconds; absent: until it is revoked' }),
    max_uses: z.int().min(1).max(MAX_SHARE_USES).optional(),
    password: z.string().min(MIN_PASSWORD).max(MAX_PASSWORD).optional(),
  })
  .meta({ id: 'NewShare' });

export const shareFilter = {
  project: projectNameSchema.optional(),
  state: z.enum(['active', 'ended']).default('active'),
};
