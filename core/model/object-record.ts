// The index record `objects.<sha>`: what is known about an object beyond its bytes, first of all its proof in cold.
import { z } from 'zod';
import { shaSchema } from './ids.ts';

export const objectRecordSchema = z.strictObject({
  size: z.int().min(0),
  mime: z.string(),
  created: z.iso.datetime(),
  cold: z
    .strictObject({
      bucket: z.string(),
      key: z.string(),
      etag: z.string(),
      class: z.string().optional(),
      /** absent: the object's own bytes lie there. `sha`: of what is stored, where one request took it */
      stored: z.strictObject({ form: z.literal('gzip'), size: z.int().min(0), sha: shaSchema.optional() }).optional(),
      verified_at: z.iso.datetime(),
      /** Found by its length and name alone, as after a restore of the index: nobody here has put or read its bytes, and
       *  until somebody has, it is no reason to drop another copy. */
      unread: z.literal(true).optional(),
    })
    .optional(),
  /** Since when its copy in cold is known to be damaged, from reading it. A server's checksum or ETag may still say that all
   *  is well, so nothing but a put makes it a copy again. */
  cold_damaged: z.iso.datetime().optional(),
  /** Dropped from hot: `since` when it was decided. Not `told`: its deletion or its event may be missing yet. */
  evicted: z.strictObject({ since: z.iso.datetime(), told: z.boolean() }).optional(),
});
export type ObjectRecord = z.infer<typeof objectRecordSchema>;
