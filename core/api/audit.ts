// Entries of the audit log as the HTTP API shows them, with the hashes by which they hold together.
import { z } from 'zod';
import { auditActorSchema } from '../audit/entry.ts';
import { projectNameSchema, shaSchema } from '../model/ids.ts';
import { pageOf } from './page.ts';

export const auditEntryViewSchema = z
  .strictObject({
    seq: z.int().meta({ description: 'its place in the log, counted from 1' }),
    at: z.iso.datetime(),
    actor: auditActorSchema,
    action: z.string().meta({ example: 'project.delete' }),
    scope: z.record(z.string(), z.string()).meta({ description: 'what it is about, by its names' }),
    asked: z.unknown().meta({ description: 'in the words of who asked; null: nothing' }),
    outcome: z.string().meta({ example: 'project-deleted' }),
    prev: shaSchema.meta({ description: 'hash of the entry before' }),
    hash: shaSchema,
  })
  .meta({ id: 'AuditEntry' });

export const auditPageViewSchema = pageOf('AuditPage', auditEntryViewSchema);

export const auditFilter = {
  actor: z.string().max(200).optional().meta({ description: 'the id of who did it' }),
  action: z.string().max(100).optional().meta({ description: 'an action, or the noun before its dot for all of them' }),
  project: projectNameSchema.optional(),
  since: z.iso.datetime().optional(),
};
