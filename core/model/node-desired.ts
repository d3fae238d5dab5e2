// What a node is asked to be, in `fs_nodes_<tenant>` under `<node>.desired`: the workspaces that the server assigns to it,
// its limits, and what people answered and asked. The node decides whether it may; its status says what came of it.
import { z } from 'zod';
import { deleteThresholdSchema } from './delete-threshold.ts';
import { projectNameSchema, quote } from './ids.ts';
import { relPathSchema } from './rel-path.ts';

const rate = z.int().min(1);

export const desiredWorkspaceSchema = z.strictObject({
  project: projectNameSchema,
  /** the part of the project that the workspace holds; absent: all of it */
  prefix: relPathSchema.optional(),
  /** a directory below one that the node allows; relative: below the first of those */
  root: z.string().min(1).max(4096),
  /** `receive`: only from project to disk. `send`: only from disk to project. Default: both */
  mode: z.enum(['two-way', 'receive', 'send']).optional(),
  /** remove the workspace from the node when nothing changed in it for this long; absent: never */
  idle_remove_ms: z.int().min(1).optional(),
  /** what may be deleted in it without being asked; absent: as the node's own configuration says */
  delete_threshold: deleteThresholdSchema.optional(),
});
export type DesiredWorkspace = z.infer<typeof desiredWorkspaceSchema>;
export type WorkspaceMode = NonNullable<DesiredWorkspace['mode']>;

/** In place of what the node's configuration says; absent: as configured. */
export const nodeLimitsSchema = z.strictObject({
  up_bytes_per_s: rate.optional(),
  down_bytes_per_s: rate.optional(),
  memory_bytes: rate.optional(),
  open_files: rate.optional(),
});
export type NodeLimits = z.infer<typeof nodeLimitsSchema>;

/** With less than this nothing would come through in any time that somebody waits, or not one file would fit: a large one
 *  is read ahead by 8 MiB, and both ways small and large files each have one of their own open. A record that says less is
 *  read, so that an old one does not keep a node from its workspaces; the node takes it for this. */
export const LEAST_LIMITS: Readonly<Record<keyof NodeLimits, number>> = {
  up_bytes_per_s: 1_000,
  down_bytes_per_s: 1_000,
  memory_bytes: 8 * 1024 * 1024,
  open_files: 4,
};

/** Assignments that one record lists at the most. */
export const MAX_DESIRED_WORKSPACES = 1_000;

export const nodeDesiredSchema = z.strictObject({
  v: z.literal(1),
  /** assigned; one that was here and is not any more is removed from the node, when that is proven to be safe */
  workspaces: z.array(desiredWorkspaceSchema).max(MAX_DESIRED_WORKSPACES),
  limits: nodeLimitsSchema.optional(),
  /** a person's answers to what the node asked, by the question's id */
  answers: z.record(z.string(), z.enum(['allow', 'restore'])).optional(),
  /** when someone asked that a project's workspaces be looked at anew. It also brings a removed idle one back. */
  rescan: z.record(projectNameSchema, z.iso.datetime()).optional(),
  /** of these, what is looked at where it is not all of the project: at and below this path of it */
  rescan_below: z.record(projectNameSchema, relPathSchema).optional(),
});
export type NodeDesired = z.infer<typeof nodeDesiredSchema>;

export const NOTHING_DESIRED: NodeDesired = { v: 1, workspaces: [] };

export type DecodedDesired =
  | { readonly kind: 'desired'; readonly desired: NodeDesired }
  /** `reason` names the first field that is wrong, its value and what is accepted */
  | { readonly kind: 'unreadable'; readonly reason: string };

export function decodeDesired(bytes: Uint8Array): DecodedDesired {
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return { kind: 'unreadable', reason: 'it is not JSON' };
  }
  const parsed = nodeDesiredSchema.safeParse(raw);
  if (parsed.success) return { kind: 'desired', desired: parsed.data };
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const field = path.length === 0 ? 'the record' : path.map(String).join('.');
  return { kind: 'unreadable', reason: `${field} is ${shown(valueAt(raw, path))}: ${issue?.message ?? ''}` };
}

export const encodeDesired = (desired: NodeDesired): Uint8Array => Buffer.from(JSON.stringify(desired));

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let at = raw;
  for (const key of path) at = at !== null && typeof at === 'object' ? Reflect.get(at, key) : undefined;
  return at;
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'string' ? quote(value) : quoteless(JSON.stringify(value));
}

const quoteless = (json: string): string => (json.length > 80 ? `${json.slice(0, 80)}…` : json);
