// What an address of the events screen says: which events, from where on, and which one is open.

import type { Context } from 'hono';
import { z } from 'zod';
import { type EventType, eventTypes } from '../core/model/event.ts';
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
  readonly type: EventType | undefined;
  readonly project: ProjectName | undefined;
  readonly path: string | undefined;
  readonly actor: string | undefined;
  /** the cursor: the newest event of the window, which then does not move; undefined: the newest of all, live */
  readonly at: number | undefined;
  /** show only events newer than this seq */
  readonly after: number | undefined;
  /** the event whose detail is open */
  readonly open: number | undefined;
}

const seqSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().catch(undefined);
export const seq = (text: string | undefined) =>
  text === undefined || text === '' ? undefined : seqSchema.parse(text);

const LONGEST_TEXT = 4096;
const textOf = (typed: string | undefined) =>
  typed === undefined || typed === '' ? undefined : typed.slice(0, LONGEST_TEXT);

export function asked(c: Context<AppEnv>): Asked {
  const one = c.req.query();
  const project = projectNameSchema.safeParse(one.project);
  return {
    chosen: [...new Set((c.req.queries('category') ?? []).filter(isCategory))],
    type: eventTypes.find((type) => type === one.type),
    project: project.success ? project.data : undefined,
    path: textOf(one.path)?.replace(/\/+$/, '') || undefined,
    actor: textOf(one.actor),
    at: seq(one.at),
    after: seq(one.after),
    open: seq(one.open),
  };
}

export const eventsUrl = (state: Partial<Asked>): string =>
  withQuery('/events', {
    category: state.chosen ?? [],
    type: state.type,
    project: state.project,
    path: state.path,
    actor: state.actor,
    at: state.at,
    after: state.after,
    open: state.open,
  });

export function queryOf(
  state: Asked,
  limit: number,
  cursor: Pick<EventQuery, 'before' | 'after' | 'oldestFirst'>,
): EventQuery {
  const types = state.type === undefined ? typesOf(state.chosen) : [state.type];
  return {
    limit,
    ...cursor,
    ...(types === undefined ? {} : { types }),
    ...(state.project === undefined ? {} : { project: state.project }),
    ...(state.path === undefined ? {} : { path: state.path }),
    ...(state.actor === undefined ? {} : { actor: state.actor }),
  };
}

/** The rows that the address asks for. */
export function windowQuery(state: Asked): EventQuery {
  return queryOf(state, WINDOW_ROWS, {
    ...(state.at === undefined ? {} : { before: state.at + 1 }),
    ...(state.after === undefined ? {} : { after: state.after }),
  });
}

/** The word for what the rows of a window depend on: a stream with the same word goes on from the newest row. */
export const markOf = (state: Asked): string => eventsUrl({ ...state, at: undefined, open: undefined });

export const isFiltered = ({ chosen, type, project, path, actor, after }: Asked): boolean =>
  chosen.length > 0 || [type, project, path, actor, after].some((value) => value !== undefined);
