// The document `projects/<name>/current.json` in cold: where a project is restored to when NATS is lost. It is written only
// when all that it needs is proven in cold, but for files of which there is no good copy any more: these it lists.
import { z } from 'zod';
import { currentSchema } from './commit.ts';
import { deletedProjectSchema } from './deleted-project.ts';
import { fileEntrySchema } from './entry.ts';
import { type ProjectName, projectNameSchema, type Sha, shaSchema } from './ids.ts';
import { pinsSchema } from './pin.ts';
import { projectPolicySchema } from './policy.ts';

/** More are counted only. */
export const MAX_LISTED_UNPROVEN = 1_000;

export const restorePointSchema = z.strictObject({
  v: z.literal(1),
  project: projectNameSchema,
  current: currentSchema.omit({ changes: true }),
  policy: projectPolicySchema,
  /** absent: none */
  pins: pinsSchema.shape.pins.optional(),
  written: z.iso.datetime(),
  /** files that cold does not have, because hot had no good copy of them either */
  unproven: z
    .strictObject({ count: z.int().min(1), listed: z.array(fileEntrySchema).max(MAX_LISTED_UNPROVEN) })
    .optional(),
  /** it was deleted, and can be brought back until its grace ends */
  deleted: deletedProjectSchema.pick({ deleted_at: true, purge_after: true }).optional(),
});
export type RestorePoint = z.infer<typeof restorePointSchema>;

const PREFIX = 'projects/';
const FILE = '/current.json';
export const RESTORE_POINTS = PREFIX;
export const restorePointKey = (project: ProjectName): string => `${PREFIX}${project}${FILE}`;

/** Of a history that was lost here and whose name another project has got: as of one that was deleted then. */
const FORMER = '/former/';
export const formerPointKey = (project: ProjectName, head: Sha): string => `${PREFIX}${project}${FORMER}${head}.json`;

/** @returns undefined: the key is no former restore point's */
export function projectOfFormerPoint(key: string): ProjectName | undefined {
  const [name, file] = key.startsWith(PREFIX) ? key.slice(PREFIX.length).split(FORMER) : [];
  if (!file?.endsWith('.json') || !shaSchema.safeParse(file.slice(0, -'.json'.length)).success) return undefined;
  return projectNameSchema.safeParse(name).data;
}

/** @returns undefined: the key is no restore point's */
export function projectOfRestorePoint(key: string): ProjectName | undefined {
  if (!key.startsWith(PREFIX) || !key.endsWith(FILE)) return undefined;
  return projectNameSchema.safeParse(key.slice(PREFIX.length, -FILE.length)).data;
}

export const encodeRestorePoint = (point: RestorePoint): Uint8Array => Buffer.from(JSON.stringify(point));
export const decodeRestorePoint = (bytes: Uint8Array): RestorePoint =>
  restorePointSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
