// Uploads as the HTTP API takes them: what is to come is announced by its sha, and only what is missing is sent.
import { z } from 'zod';
import { type Sha, shaSchema } from '../model/ids.ts';

const size = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Of a part: a cut costs no more than this, and a request a part costs little beside it. */
export const PART_BYTES = 64 * 1024 * 1024;

export const newUploadSchema = z
  .strictObject({ sha: shaSchema, size: size.meta({ description: 'bytes' }) })
  .meta({ id: 'NewUpload' });

/** What an upload is of is its name, so that whoever announces it again goes on with it. */
export const uploadIdSchema = z
  .string()
  .regex(/^[0-9a-f]{64}-\d{1,16}$/, 'is the `id` of an upload, as it was announced')
  .transform((id) => {
    const [sha = '', bytes] = id.split('-');
    return { sha, sizeBytes: Number(bytes) };
  })
  .pipe(z.object({ sha: shaSchema, sizeBytes: size }))
  .meta({ type: 'string', description: 'as it was announced', example: `${'0'.repeat(64)}-1024` });

export const uploadIdOf = (sha: Sha, sizeBytes: number): string => `${sha}-${sizeBytes}`;

export const uploadSchema = z
  .discriminatedUnion('state', [
    z.strictObject({ state: z.literal('there'), sha: shaSchema, size }).meta({
      id: 'UploadThere',
      description: 'nothing is to be sent: a commit may name it',
    }),
    z
      .strictObject({
        state: z.literal('missing'),
        id: z.string(),
        sha: shaSchema,
        size,
        whole: z
          .strictObject({ method: z.literal('PUT'), url: z.string() })
          .meta({ description: 'all of it in one request' }),
        parts: z
          .strictObject({
            method: z.literal('PATCH'),
            url: z.string(),
            part_bytes: z.int().meta({ description: 'a good size of a part; any is taken' }),
            offset: size.meta({ description: 'so much is there: the first byte of the next part' }),
          })
          .meta({ description: 'in parts, one after the other, which goes on after a cut' }),
        direct: z
          .strictObject({
            method: z.literal('PUT'),
            url: z.string(),
            headers: z.record(z.string(), z.string()).meta({ description: 'signed: they are sent as they are' }),
            expires_at: z.iso.datetime().meta({ description: 'the request has begun by then' }),
            complete: z
              .strictObject({ method: z.literal('POST'), url: z.string() })
              .meta({ description: 'asked for when all of it is there: it is verified then, and can be named' }),
          })
          .optional()
          .meta({
            description:
              'All of it in one request that goes past the server, straight to cold storage, without a token. Only where that is S3, and up to 5 GiB; never where it is a directory.',
          }),
      })
      .meta({ id: 'UploadMissing' }),
  ])
  .meta({ id: 'Upload' });
export type ApiUpload = z.infer<typeof uploadSchema>;
