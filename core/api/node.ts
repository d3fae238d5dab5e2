// Nodes and their workspaces as the HTTP API shows them, and what they are asked to be.
import { z } from 'zod';
import { deleteThresholdSchema } from '../model/delete-threshold.ts';
import { nodeIdSchema, projectNameSchema, shaSchema } from '../model/ids.ts';
import { desiredWorkspaceSchema, nodeLimitsSchema } from '../model/node-desired.ts';
import { problemSchema, questionSchema, resyncSchema } from '../model/node-status.ts';
import { relPathSchema } from '../model/rel-path.ts';
import { pageOf } from './page.ts';

const count = z.int().min(0);
const time = z.iso.datetime();
const answer = z.enum(['allow', 'restore']);

const transferSchema = z
  .strictObject({
    done: count.meta({ description: 'paths' }),
    total: count,
    bytes_done: count,
    bytes_total: count,
    bytes_per_s: z.number(),
    eta_ms: z.number().nullable(),
  })
  .meta({ id: 'Transfer' });

const behindSchema = z
  .strictObject({
    kind: z.enum(['current', 'none', 'behind', 'unknown']),
    commits: count.nullable().meta({ description: 'how many; null: none, or not known' }),
    since: time.nullable(),
  })
  .meta({ id: 'Behind', description: 'how far the commit that it last matched is behind the project' });

export const assignmentSchema = desiredWorkspaceSchema.omit({ project: true }).meta({ id: 'Assignment' });

export const workspaceSchema = z
  .strictObject({
    project: projectNameSchema,
    prefix: relPathSchema.nullable().meta({ description: 'the part of the project that it holds; null: all of it' }),
    root: z.string().meta({ description: 'its directory on the node' }),
    from: z.enum(['configuration', 'server', 'unknown']),
    mode: z.enum(['two-way', 'receive', 'send']),
    state: z.string().meta({ example: 'in-sync' }),
    sentence: z.string(),
    skipped: count.meta({ description: 'paths that are not in sync while the rest is' }),
    files: count,
    bytes: count,
    pending_up: count,
    pending_down: count,
    oldest_pending_at: time.nullable(),
    progress: z.strictObject({ up: transferSchema, down: transferSchema }).nullable(),
    base: shaSchema.nullable().meta({ description: 'the commit that it last matched' }),
    behind: behindSchema,
    question: questionSchema.nullable().meta({ description: 'what a person has to decide before it goes on' }),
    answer: answer.nullable().meta({ description: 'what was answered, and not acted on yet' }),
    problems: z.array(problemSchema),
    problem_count: count,
    last_try_at: time.nullable(),
    next_try_at: time.nullable(),
    looked_at: time.nullable(),
    resync: resyncSchema.nullable(),
    delete_threshold: deleteThresholdSchema.nullable().meta({
      description: 'what may be deleted in it without a question; null: the default, 20 files, 100 a day, half',
    }),
    assigned: assignmentSchema.nullable(),
  })
  .meta({ id: 'Workspace' });
export type ApiWorkspace = z.infer<typeof workspaceSchema>;

export const nodeSchema = z
  .strictObject({
    name: nodeIdSchema,
    state: z.enum(['live', 'skipping', 'blocked', 'offline', 'unheard', 'left', 'never']),
    sentence: z.string(),
    version: z.string().nullable(),
    host: z.string().nullable(),
    started_at: time.nullable(),
    last_seen_at: time.nullable(),
    clock_skew_ms: z.number().nullable(),
    unreadable: z.string().nullable().meta({ description: 'why what it is asked to be cannot be read; null: it can' }),
    limits: nodeLimitsSchema.meta({ description: 'what it is asked to keep to, in place of its own configuration' }),
    configured_limits: nodeLimitsSchema.nullable(),
    workspaces: z.array(workspaceSchema),
  })
  .meta({ id: 'Node' });
export type ApiNode = z.infer<typeof nodeSchema>;

export const nodePageSchema = pageOf('NodePage', nodeSchema);

export const placeQuery = {
  root: desiredWorkspaceSchema.shape.root.meta({ description: 'as it was assigned' }),
  prefix: relPathSchema.optional().meta({ description: 'the part of the project that it was assigned for' }),
};

export const assignedSchema = z
  .strictObject({ outcome: z.enum(['assigned', 'assignment-changed', 'assigned-before']) })
  .meta({ id: 'Assigned' });

const limit = z.int().min(1).nullable().optional();
export const limitsChangeSchema = z
  .strictObject({ up_bytes_per_s: limit, down_bytes_per_s: limit, memory_bytes: limit, open_files: limit })
  .meta({ id: 'LimitsChange', description: 'null: as the node’s own configuration says. Absent: as it is' });

export const limitsSchema = z.strictObject({ limits: nodeLimitsSchema }).meta({ id: 'Limits' });

export const answerSchema = z
  .strictObject({
    question: questionSchema.shape.id,
    answer,
    seen: answer.optional().meta({ description: 'the answer of somebody else that this one takes the place of' }),
  })
  .meta({ id: 'Answer' });

export const answeredSchema = z.strictObject({ question: questionSchema, answer }).meta({ id: 'Answered' });

export const resyncAskSchema = z
  .strictObject({
    path: relPathSchema.optional().meta({ description: 'only what is at or below it; absent: all of the project' }),
    node: nodeIdSchema.optional().meta({ description: 'absent: every node that holds any of it' }),
  })
  .meta({ id: 'Resync' });

export const resyncAskedSchema = z
  .strictObject({
    nodes: z.array(
      z.strictObject({
        node: nodeIdSchema,
        at: time.meta({ description: '`resync.asked` of the workspace is this when it answers' }),
      }),
    ),
  })
  .meta({ id: 'ResyncAsked' });
