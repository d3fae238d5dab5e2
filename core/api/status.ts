// Why something is not in sync, as the HTTP API says it: one sentence, what mends it, and each node's part.
import { z } from 'zod';
import { nodeIdSchema, projectNameSchema, shaSchema } from '../model/ids.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { workspaceSchema } from './node.ts';

const fixSchema = z
  .strictObject({
    kind: z.enum(['restore', 'look-again', 'job', 'retry-dead-letters', 'command', 'node-page']),
    question: z.string().optional().meta({ description: 'the question that is answered with restore' }),
    job: z.enum(['repair', 'promote', 'archive']).optional(),
    command: z.string().optional().meta({ description: 'to be typed on the node' }),
  })
  .meta({ id: 'Fix' });

const whySchema = z
  .strictObject({ fine: z.boolean(), sentence: z.string(), fix: fixSchema.nullable() })
  .meta({ id: 'Why' });
export type ApiWhy = z.infer<typeof whySchema>;

export const statusSchema = z
  .strictObject({
    project: projectNameSchema,
    path: relPathSchema.nullable(),
    commit: shaSchema.nullable().meta({ description: 'what every node should have' }),
    sha: shaSchema
      .nullable()
      .meta({ description: 'of the file at `path`; null: none is there, or none was asked about' }),
    why: whySchema.meta({ description: 'what has to be known first' }),
    storage: whySchema,
    server: z.string().nullable().meta({ description: 'what the server cannot reach now; null: all well' }),
    verified_at: z.iso.datetime().nullable().meta({ description: 'when all of it was last compared as a whole' }),
    nodes: z
      .array(
        z.strictObject({
          node: nodeIdSchema,
          why: whySchema,
          has: z.enum(['wanted', 'older', 'nothing', 'unknown']).nullable().meta({ description: 'of the file' }),
          workspace: workspaceSchema,
        }),
      )
      .nullable()
      .meta({ description: 'worst first; null: the server has just started' }),
  })
  .meta({ id: 'Status' });
export type ApiStatus = z.infer<typeof statusSchema>;

export const statusQuery = {
  path: relPathSchema.optional().meta({ description: 'only this file or directory' }),
  node: nodeIdSchema.optional().meta({ description: 'only this node' }),
};
