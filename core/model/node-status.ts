// What a node says about itself in `fs_nodes_<tenant>` under `<node>.status`: a heartbeat, and per workspace the answer
// to "why is it not in sync?".
import { z } from 'zod';
import { deleteThresholdSchema } from './delete-threshold.ts';
import { nodeIdSchema, projectNameSchema, shaSchema } from './ids.ts';
import { nodeLimitsSchema } from './node-desired.ts';
import { relPathSchema } from './rel-path.ts';

/** A node that has not written for this long is shown as offline. */
export const NODE_OFFLINE_AFTER_MS = 15_000;
export const HEARTBEAT_MS = 5_000;

/** Why one path on one node is not in sync. `path` is text: names that are no project path are reported here too. */
export const problemSchema = z.strictObject({
  path: z.string(),
  code: z.enum([
    'unreadable',
    'symlink',
    'special-file',
    'bad-name',
    'name-too-long',
    'case-collision',
    'changing',
    'object-missing',
    'object-corrupt',
    'disk-full',
    'write-failed',
    /** an edit that was taken out of its place could not go back; the reason says where it lies */
    'edit-displaced',
    /** a line of a `.fsignore` that can never match; the paths are in sync all the same */
    'ignore-rule',
    /** edited in a workspace that only receives */
    'local-change',
    /** inotify's limit is reached: files are polled; the paths are in sync all the same */
    'watch-limit',
    /** a person wanted deleted files back, and not all came; the paths that are here are in sync all the same */
    'not-restored',
  ]),
  /** one sentence with the value, the rule and the next step */
  reason: z.string(),
  since: z.iso.datetime(),
  /** when the node tries the path again by itself; absent: when something changes, or the node does not say */
  next_try: z.iso.datetime().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

/** What the workspace cannot decide: a person answers `allow` or `restore`, by the question's id, in `<node>.desired` or on
 *  the node itself. */
export const questionSchema = z.strictObject({
  id: z.string().min(1).max(100),
  /** `deletions`: more is gone than the threshold (I9). `local-changes`: edits in a workspace that only receives; they can only
   *  be restored, and what was edited is kept in `.fs-sync/kept` */
  kind: z.enum(['deletions', 'local-changes']),
  sentence: z.string(),
  /** files that it is about */
  count: z.int().min(1),
  /** how many of them are deleted from the project already, and so on other nodes; absent: none, or the node does not say */
  already: z.int().min(1).optional(),
  /** files that the workspace held */
  files: z.int().min(0),
  /** the first of them */
  examples: z.array(z.string()).max(10),
  since: z.iso.datetime(),
});
export type Question = z.infer<typeof questionSchema>;
export type Answer = 'allow' | 'restore';

/** One direction of a workspace since it began to have something to do. The totals grow as more is found. */
const transferSchema = z.strictObject({
  /** paths */
  done: z.int().min(0),
  total: z.int().min(0),
  /** of a file that is under way the part that is over counts */
  bytes_done: z.int().min(0),
  bytes_total: z.int().min(0),
  /** mean of the last seconds */
  bytes_per_s: z.int().min(0),
  /** null: not known */
  eta_ms: z.int().min(0).nullable(),
});
export type Transfer = z.infer<typeof transferSchema>;

export const resyncSchema = z.strictObject({
  /** the time in `<node>.desired` that asked for it */
  asked: z.iso.datetime(),
  /** at and below this path of the project; absent: all that the workspace holds of it */
  path: relPathSchema.optional(),
  /** when the look was over; absent: it is not */
  ended: z.iso.datetime().optional(),
  /** paths that were not as remembered, and that the look sent on their way */
  found: z.int().min(0).optional(),
});
export type ResyncStatus = z.infer<typeof resyncSchema>;

export const workspaceStatusSchema = z.strictObject({
  project: projectNameSchema,
  /** the part of the project that this workspace holds; absent: all of it */
  prefix: relPathSchema.optional(),
  /** absolute path on the node; of a refused assignment, the root as it was given */
  root: z.string(),
  /** who named it: the node's own configuration, or the server by `<node>.desired`; absent: the node does not say */
  from: z.enum(['configuration', 'server']).optional(),
  /** of one of the configuration that the server assigns as well: the root of that assignment, as it was given */
  assigned_root: z.string().optional(),
  /** `held`: all that is not in sync are paths with problems, which are tried again and hold nothing else up.
   *  `removing`: it leaves this node, or the sentence says why it cannot yet. `removed`: idle, and so removed from this node;
   *  it comes back when its assignment asks for it */
  state: z.enum(['starting', 'in-sync', 'held', 'syncing', 'blocked', 'removing', 'removed']),
  /** one sentence for a person: what it waits for, since when, when it tries again */
  sentence: z.string(),
  /** the commit that the workspace last matched; null before the first */
  base: shaSchema.nullable(),
  files: z.int().min(0),
  bytes: z.int().min(0),
  pending_up: z.int().min(0),
  pending_down: z.int().min(0),
  oldest_pending: z.iso.datetime().nullable(),
  /** `up`: from disk to project; `down`: from project to disk. Absent: there is nothing to do, or nobody knows yet */
  progress: z.strictObject({ up: transferSchema, down: transferSchema }).optional(),
  /** when what is not in sync was tried last, and when it is tried next; absent: nothing waits for a time */
  last_try: z.iso.datetime().optional(),
  next_try: z.iso.datetime().optional(),
  /** when the last look at the whole directory ended; absent: there was none since it was opened */
  looked: z.iso.datetime().optional(),
  /** what came of the last time that somebody asked for a new look; absent: nobody did since the agent started */
  resync: resyncSchema.optional(),
  /** paths of the project that are ignored here; absent: none, or the node does not say */
  left_out: z.int().min(1).optional(),
  /** absent: both ways */
  mode: z.enum(['receive', 'send']).optional(),
  /** what may be deleted in it without being asked (I9); absent: the default */
  delete_threshold: deleteThresholdSchema.optional(),
  /** absent: there is none */
  question: questionSchema.optional(),
  /** at most 100 are listed */
  problems: z.array(problemSchema).max(100),
  problem_count: z.int().min(0),
});
export type WorkspaceStatus = z.infer<typeof workspaceStatusSchema>;

export const nodeStatusSchema = z.strictObject({
  v: z.literal(1),
  node: nodeIdSchema,
  version: z.string(),
  started: z.iso.datetime(),
  ts: z.iso.datetime(),
  /** set on a clean stop: the node says that it left */
  left: z.boolean(),
  /** which of the agents that ever ran as this node writes here, and where it runs: two at once are one too many */
  instance: z.string().min(1).max(100).optional(),
  host: z.string().max(255).optional(),
  /** what is wrong with the node as a whole, such as a desired record that cannot be read; absent: nothing */
  trouble: z.string().optional(),
  /** what the node may use by its own configuration, where it is asked for nothing else; of a field that is absent as much
   *  as there is. Absent as a whole: the node does not say */
  configured_limits: nodeLimitsSchema.optional(),
  workspaces: z.array(workspaceStatusSchema).max(1000),
});
export type NodeStatus = z.infer<typeof nodeStatusSchema>;
