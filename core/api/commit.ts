// Commits as the HTTP API takes and shows them: what is to change, what was changed, and by whom.
import { z } from 'zod';
import { actorSchema, commitCountsSchema } from '../model/commit.ts';
import { fileEntrySchema } from '../model/entry.ts';
import { shaSchema } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { MAX_OPS } from './limits.ts';
import { pageOf } from './page.ts';

const seen = z
  .union([shaSchema, z.enum(['dir', 'absent'])])
  .optional()
  .meta({ description: 'what you saw at the path: where something else is there, that is a conflict, and told' });

export const commitOpSchema = z
  .discriminatedUnion('op', [
    z
      .strictObject({
        op: z.literal('put'),
        path: relPathSchema,
        sha: shaSchema.meta({ description: 'an object whose bytes are there: they come first' }),
        size: fileEntrySchema.shape.size,
        mode: fileEntrySchema.shape.mode
          .optional()
          .meta({ description: 'permission bits; absent: what the file has, or 420 (octal 644)' }),
        mtime: fileEntrySchema.shape.mtime.optional().meta({ description: 'milliseconds since 1970; absent: now' }),
        seen,
      })
      .meta({ id: 'PutOp' }),
    z
      .strictObject({ op: z.literal('mkdir'), path: relPathSchema })
      .meta({ id: 'MkdirOp', description: 'an empty directory; those with files in them need none' }),
    z.strictObject({ op: z.literal('delete'), path: relPathSchema, seen }).meta({
      id: 'DeleteOp',
      description: 'a file, or a directory with all below it; what is absent already is fine',
    }),
    z
      .strictObject({
        op: z.literal('move'),
        from: relPathSchema,
        to: relPathSchema,
        replace: z.boolean().default(false).meta({ description: 'what lies at `to` goes; else it is refused' }),
      })
      .meta({ id: 'MoveOp', description: 'a file, or a directory with all below it' }),
  ])
  .meta({ id: 'CommitOp' });
export type ApiCommitOp = z.infer<typeof commitOpSchema>;

export const newCommitSchema = z
  .strictObject({
    ops: z
      .array(commitOpSchema)
      .min(1, 'has at least 1 op')
      .max(MAX_OPS, `has at most ${MAX_OPS} ops: send the rest in further commits`)
      .meta({ description: 'done in this order, all or none' }),
    message: z.string().max(10_000).optional(),
  })
  .meta({ id: 'NewCommit' });

export const commitDoneSchema = z
  .strictObject({
    changed: z.boolean().meta({ description: 'false: all was so already, and there is no new commit' }),
    commit: shaSchema.meta({ description: 'the new one, or what is current' }),
    counts: commitCountsSchema.nullable().meta({ description: 'what it changed; null: nothing' }),
    conflicts: z
      .array(z.strictObject({ path: relPathSchema, won: shaSchema.nullable(), lost: shaSchema.nullable() }))
      .meta({ description: 'where an op won over what its `seen` did not say; what lost stays in history' }),
    kept: z.array(relPathSchema).meta({ description: 'where losers were written, by the policy `keep-both`' }),
    shared: z.boolean().meta({ description: 'changes that came at the same time are in it too' }),
  })
  .meta({ id: 'CommitDone' });
export type ApiCommitDone = z.infer<typeof commitDoneSchema>;

export const filePutSchema = commitDoneSchema
  .extend({ sha: shaSchema, size: z.int().meta({ description: 'bytes' }) })
  .meta({ id: 'FilePut' });

export const fileQuery = {
  mode: z.coerce
    .number()
    .pipe(fileEntrySchema.shape.mode)
    .optional()
    .meta({ description: 'permission bits, decimal; absent: what the file has, or 420 (octal 644)' }),
  mtime: z.coerce
    .number()
    .pipe(fileEntrySchema.shape.mtime)
    .optional()
    .meta({ description: 'milliseconds since 1970; absent: now' }),
  message: z.string().max(10_000).optional().meta({ description: 'of the commit' }),
};

export const commitViewSchema = z
  .strictObject({
    commit: shaSchema,
    parent: shaSchema.nullable().meta({ description: 'null: it is the first of its project' }),
    at: z.iso.datetime(),
    actor: actorSchema,
    message: z.string().nullable(),
    counts: commitCountsSchema,
    files: z.int().meta({ description: 'of the whole project then' }),
    bytes: z.int(),
    conflicts: z.array(z.strictObject({ path: relPathSchema, kept: relPathSchema.nullable() })),
    unlisted_conflicts: z.int(),
    is_kept: z.boolean().meta({ description: 'false: what the project held then is gone, by its retention policy' }),
  })
  .meta({ id: 'Commit' });
export type ApiCommit = z.infer<typeof commitViewSchema>;

export const commitPageSchema = pageOf('CommitPage', commitViewSchema);
