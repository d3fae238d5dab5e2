// A project's tree as the HTTP API shows it: directories and files, a page at a time.
import { z } from 'zod';
import { shaSchema } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { pageOf, pageQuery } from './page.ts';

export const treeQuerySchema = z.object({
  ...pageQuery,
  prefix: z
    .union([relPathSchema, z.literal('')])
    .default('')
    .meta({ description: 'the directory that is listed; empty: the top', example: 'docs' }),
  q: z
    .string()
    .max(1_000)
    .optional()
    .meta({ description: 'search instead: files of the whole project whose path has each of these words' }),
});

export const treeFileSchema = z
  .strictObject({
    kind: z.literal('file'),
    path: relPathSchema,
    name: z.string(),
    sha: shaSchema,
    size: z.int().meta({ description: 'bytes' }),
    mode: z.int().meta({ description: 'permission bits' }),
    mtime: z.int().meta({ description: 'milliseconds since 1970' }),
    hot: z.boolean(),
    cold: z.boolean().meta({ description: 'a proven copy is in cold' }),
  })
  .meta({ id: 'TreeFile' });

export const treeDirectorySchema = z
  .strictObject({
    kind: z.literal('dir'),
    path: relPathSchema,
    name: z.string(),
    files: z.int().meta({ description: 'below it, at any depth' }),
    bytes: z.int(),
  })
  .meta({ id: 'TreeDirectory' });

export const treeRowSchema = z
  .discriminatedUnion('kind', [treeFileSchema, treeDirectorySchema])
  .meta({ id: 'TreeRow' });
export type ApiTreeRow = z.infer<typeof treeRowSchema>;

export const treePageSchema = pageOf('TreePage', treeRowSchema)
  .extend({
    listed: z
      .strictObject({ commit: shaSchema.nullable(), files: z.int(), bytes: z.int() })
      .nullable()
      .meta({ description: 'of what the directory has in all, and the commit that has it; null: of a search' }),
    searched: z
      .int()
      .nullable()
      .meta({ description: 'of a search while its index is made: paths that were looked at; null: all of them' }),
  })
  .meta({ id: 'TreePage' });
export type ApiTreePage = z.infer<typeof treePageSchema>;
