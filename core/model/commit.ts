// A commit: content-addressed JSON that says which manifest followed which, by whom and when. Its sha is `commit_sha`.
import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import { entrySchema } from './entry.ts';
import { type ProjectName, projectNameSchema, type Sha, shaOf, shaSchema } from './ids.ts';
import { relPathSchema } from './rel-path.ts';

export const actorSchema = z.strictObject({
  kind: z.enum(['node', 'user', 'token', 'system']),
  id: z.string().min(1).max(200),
});
export type Actor = z.infer<typeof actorSchema>;

export const commitCountsSchema = z.strictObject({
  added: z.int().min(0),
  updated: z.int().min(0),
  deleted: z.int().min(0),
  moved: z.int().min(0),
});
export type CommitCounts = z.infer<typeof commitCountsSchema>;

/** A commit stays small whatever happened in it. */
export const MAX_LISTED_CONFLICTS = 1_000;

export const commitSchema = z.strictObject({
  v: z.literal(1),
  project: projectNameSchema,
  manifest_sha: shaSchema,
  /** the commit it follows; none for a project's first */
  parents: z.array(shaSchema).max(2),
  actor: actorSchema,
  /** ISO 8601, UTC */
  ts: z.iso.datetime(),
  counts: commitCountsSchema,
  /** totals of the manifest */
  files: z.int().min(0),
  bytes: z.int().min(0),
  message: z.string().max(10_000).optional(),
  /** paths where this commit won over something that its committer had not seen; the loser stays in history */
  conflicts: z
    .array(
      z.strictObject({
        path: relPathSchema,
        won: shaSchema.nullable(),
        lost: shaSchema.nullable(),
        /** where the loser was written, by the policy `keep-both` */
        kept: relPathSchema.optional(),
      }),
    )
    .max(MAX_LISTED_CONFLICTS)
    .optional(),
  /** how many more there were than `conflicts` lists */
  unlisted_conflicts: z.int().min(1).optional(),
});
export type Commit = z.infer<typeof commitSchema>;

/** A commit that changed more than this does not say so in `current`, which every node receives. */
export const MAX_CURRENT_CHANGES = 8;

/** How a manifest differs from another: what a reader who knows the other one needs no tree for. */
export const currentChangesSchema = z.strictObject({
  /** the other manifest */
  since: shaSchema,
  put: z.array(entrySchema).max(MAX_CURRENT_CHANGES),
  removed: z.array(relPathSchema).max(MAX_CURRENT_CHANGES),
});
export type CurrentChanges = z.infer<typeof currentChangesSchema>;

/** The value of `projects.<name>.current`. */
export const currentSchema = z.strictObject({
  manifest_sha: shaSchema,
  commit_sha: shaSchema,
  files: z.int().min(0),
  bytes: z.int().min(0),
  ts: z.iso.datetime(),
  /** Carried from the policy `durability: strict`, so that no committer has to ask, and none that has not heard of it wins its
   *  swap: what the next one brings is proven in cold before. */
  strict: z.literal(true).optional(),
  /** Of a small commit. Only a hint: in words that this version does not know it is as if it were absent, so that a newer
   *  version's can never keep a project's nodes from following it. */
  changes: currentChangesSchema.optional().catch(undefined),
});
export type Current = z.infer<typeof currentSchema>;

/** `current` with the KV revision that a compare-and-swap needs. */
export interface CurrentAt {
  readonly project: ProjectName;
  readonly current: Current;
  readonly revision: number;
}

export function encodeCommit(commit: Commit): { sha: Sha; bytes: Uint8Array } {
  const bytes = Buffer.from(canonicalJson(commit));
  return { sha: shaOf(bytes), bytes };
}

export function decodeCommit(bytes: Uint8Array): Commit {
  return commitSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
}
