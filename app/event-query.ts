// What an address of the events screen says: which events, from where on, and which one is open.

import type { Context } from 'hono';
import { z } from 'zod';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import { type Category, isCategory, typesOf } from './category.ts';
import type { AppEnv } from './context.ts';
import type { EventQuery } from './event-view.ts';
import { withQuery } from './url.ts';

/** Rows of one screen. */
export const WINDOW_ROWS = 500;

/** What the address says. */
export interface Asked {
  readonly chosen: readonly Category[];
  readonly project: ProjectName | undefined;
  readonly path: string | undefined;
  /** show events older than this seq: a page of history, which does not move */
  readonly before: number | undefined;
  /** show only events newer than this seq */
  readonly after: number | undefined;
  /** the event whose detail is open */
  readonly open: number | undefined;
}

const seqSchema = z.coerce.number().int().min(0).optional().catch(undefined);
export const seq = (text: string | undefined) =>
  text === undefined || text === '' ? undefined : seqSchema.parse(text);

export function asked(c: Context<AppEnv>): Asked {
  const one = c.req.query();
  const project = projectNameSchema.safeParse(one.project);
  return {
    chosen: [...new Set((c.req.queries('category') ?? []).filter(isCategory))],
    project: project.success ? project.data : undefined,
    path: one.path === undefined || one.path === '' ? undefined : one.path.slice(0, 4096),
    before: seq(one.before),
    after: seq(one.after),
    open: seq(one.open),
  };
}

export const eventsUrl = (state: Partial<Asked>): string =>
  withQuery('/events', {
    category: state.chosen ?? [],
    project: state.project,
    path: state.path,
    before: state.before,
    after: state.after,
    open: state.open,
  });

export function queryOf(state: Asked, limit: number, cursor: { before?: number; after?: number }): EventQuery {
  const types = typesOf(state.chosen);
  return {
    limit,
    ...cursor,
    ...(types === undefined ? {} : { types }),
    ...(state.project === undefined ? {} : { project: state.project }),
    ...(state.path === undefined ? {} : { path: state.path }),
  };
}

/** The word for what the rows of a window depend on: a stream with the same word goes on from the newest row. */
export const markOf = (state: Asked): string => eventsUrl({ ...state, open: undefined });

export const isFiltered = (state: Asked): boolean =>
  state.chosen.length > 0 || state.project !== undefined || state.path !== undefined || state.after !== undefined;
