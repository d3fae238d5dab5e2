// What differs between two commits, as the HTTP API shows it.
import { z } from 'zod';
import { shaSchema } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { pageOf } from './page.ts';

const version = z
  .union([
    z.strictObject({ sha: shaSchema, size: z.int(), mode: z.int(), mtime: z.int() }),
    z.strictObject({ dir: z.literal(true), mode: z.int() }),
  ])
  .meta({ id: 'PathVersion', description: 'a file, or an empty directory' });
export type ApiVersion = z.infer<typeof version>;

export const differenceSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('added'), path: relPathSchema, now: version }),
    z.strictObject({ kind: z.literal('updated'), path: relPathSchema, now: version, was: version }),
    z.strictObject({ kind: z.literal('removed'), path: relPathSchema, was: version }),
    z.strictObject({ kind: z.literal('moved'), path: relPathSchema, from: relPathSchema, now: version }),
  ])
  .meta({ id: 'Difference' });
export type ApiDifference = z.infer<typeof differenceSchema>;

export const diffPageSchema = pageOf('DiffPage', differenceSchema)
  .extend({
    totals: z
      .strictObject({
        ...{ added: z.int(), updated: z.int(), removed: z.int(), moved: z.int() },
        ...{ put_bytes: z.int(), gone_bytes: z.int() },
      })
      .nullable()
      .meta({ description: 'of all of it; null: it is too large to be gone through, and moves are told as two' }),
  })
  .meta({ id: 'DiffPage' });
