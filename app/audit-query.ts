// What an address of the audit log says: which entries, from where on, and which one is open.
import type { Context } from 'hono';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { seq } from './event-query.ts';
import { withQuery } from './url.ts';

export interface AuditAsked {
  readonly actor: string | undefined;
  /** an action, or its noun for all of them */
  readonly action: string | undefined;
  readonly project: ProjectName | undefined;
  /** older than this entry; undefined: the newest, live */
  readonly before: number | undefined;
  /** the entry whose detail is open */
  readonly open: number | undefined;
}

const LONGEST_TEXT = 200;
const textOf = (typed: string | undefined) => typed?.trim().slice(0, LONGEST_TEXT) || undefined;

/** What is no filter filters nothing. */
export function askedOfAudit(c: Context<AppEnv>): AuditAsked {
  const one = c.req.query();
  const project = projectNameSchema.safeParse(one.project);
  return {
    actor: textOf(one.actor),
    action: textOf(one.action),
    project: project.success ? project.data : undefined,
    before: seq(one.before),
    open: seq(one.open),
  };
}

const queryOf = ({ actor, action, project, before, open }: Partial<AuditAsked>) => ({
  actor,
  action,
  project,
  before,
  open,
});

export const auditUrl = (asked: Partial<AuditAsked> = {}): string => withQuery('/audit', queryOf(asked));

/** All that match, as a file. */
export const auditExportUrl = ({ actor, action, project }: AuditAsked): string =>
  withQuery('/audit/export', { actor, action, project });

export const isFiltered = ({ actor, action, project }: AuditAsked): boolean =>
  [actor, action, project].some((value) => value !== undefined);
