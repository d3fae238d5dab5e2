// `fs-sync events`: what happens in a fleet, as its server tells it: what was, of one project, or what comes, of all.
import { z } from 'zod';
import { projectSchema } from '../../core/api/project.ts';
import { InvalidValueError, parseProjectName, quote } from '../../core/model/ids.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { parsePart } from '../job/job-settings.ts';
import { shown } from '../subscribe/watch-command.ts';
import type { Paint } from '../terminal/paint.ts';
import { ApiClient, type Asked } from './api-client.ts';
import { type Followed, type FollowOptions, followEvents, type SeenEvent, seenEventSchema } from './follow-events.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

export interface EventsArgs extends ServerArgs {
  readonly follow?: boolean;
  readonly project?: string;
  readonly path?: string;
  readonly type?: readonly string[];
  /** a cursor, a moment, or how long ago */
  readonly since?: string;
  readonly json?: boolean;
}

/** @returns the lines, as they come
 *  @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function* eventsCommand(
  args: EventsArgs,
  io: Pick<FollowOptions, 'signal' | 'say' | 'opened'> & { readonly paint: Paint; readonly now: number },
  env: Env = process.env,
): AsyncGenerator<string> {
  const project = args.project === undefined ? undefined : parseProjectName(args.project);
  const path = args.path === undefined ? undefined : parsePart(args.path);
  const since = args.since === undefined ? undefined : parseSince(args.since, io.now);
  const query: Asked['query'] = { path, type: args.type };
  const client = new ApiClient(whichServer(args, env));
  let followed: AsyncIterable<Followed>;
  if (args.follow) {
    // Of none that there is nothing would ever come, without a word.
    if (project !== undefined) await client.json(projectSchema, 'GET', `/projects/${project}`);
    const after = since?.kind === 'cursor' ? since.cursor : since && 'oldest';
    followed = followEvents(client, { ...io, query: { ...query, project }, after });
  } else {
    if (project === undefined) {
      throw new SettingsError('give --project <name> for what was, or --follow for what comes, of all projects');
    }
    followed = changesOf(client, project, query, since?.kind === 'cursor' ? since.cursor : undefined);
  }
  for await (const one of followed) {
    if (one.kind === 'gap') io.say(`events are missing here (${one.reason}): read the state of what they are of`);
    if (one.kind === 'event' && since?.kind === 'moment' && Date.parse(one.event.ts) < since.at) continue;
    if (args.json)
      yield JSON.stringify(
        one.kind === 'gap' ? { gap: one.reason, cursor: one.cursor } : { ...one.event, cursor: one.cursor },
      );
    else if (one.kind === 'event') yield lineOf(one.event, io.paint);
  }
}

const changesSchema = z.object({
  items: z.array(z.object({ cursor: z.string(), event: seenEventSchema })),
  next: z.string(),
  more: z.boolean(),
  gap: z.object({ reason: z.string() }).nullable(),
});

async function* changesOf(
  client: ApiClient,
  project: string,
  query: Asked['query'],
  from: string | undefined,
): AsyncGenerator<Followed> {
  for (let after = from; ; ) {
    const asked = { query: { ...query, after, limit: 1_000 } };
    const { items, next, more, gap } = await client.json(changesSchema, 'GET', `/projects/${project}/changes`, asked);
    if (gap) yield { kind: 'gap', cursor: after ?? '', reason: gap.reason };
    for (const { cursor, event } of items) yield { kind: 'event', cursor, event };
    if (!more) return;
    after = next;
  }
}

type Since = { readonly kind: 'cursor'; readonly cursor: string } | { readonly kind: 'moment'; readonly at: number };

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 24 * 3_600_000 };

/** @throws InvalidValueError */
export function parseSince(text: string, now: number): Since {
  if (/^\d{1,15}\.([0-9a-f]{12})?$/.test(text)) return { kind: 'cursor', cursor: text };
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return { kind: 'moment', at: now - Number(count) * (UNITS[unit] ?? 0) };
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return { kind: 'moment', at };
  throw new InvalidValueError(
    `--since is ${quote(text)}: give how long ago, such as 30m, 12h or 7d, a moment, such as 2026-06-01T12:00:00Z, or the cursor of an event`,
  );
}

/** `2026-06-01T12:00:07.120Z  PathUpdated  demo  docs/a.md  node-a` */
function lineOf({ ts, type, project, actor, payload }: SeenEvent, paint: Paint): string {
  const { path, from, node, kind, job, commit_sha: commit, sha } = payload;
  const what = [path, node, job === undefined ? undefined : `${kind} ${job}`, commit, sha].find(
    (one) => one !== undefined,
  );
  const place = typeof what === 'string' ? (/^[0-9a-f]{64}$/.test(what) ? what.slice(0, 12) : shown(what)) : '-';
  const words = [
    paint('dim', ts),
    type,
    project ?? '-',
    place,
    ...(typeof from === 'string' && type === 'PathMoved' ? [`from ${shown(from)}`] : []),
  ];
  return [...words, paint('dim', `by ${shown(actor.id)}`)].join('  ');
}
