// The events of a server as they come: one stream after the other, each going on where the one before was cut, so that none is
// missed; what is missing all the same is told by the server as a gap. An event of a type that this version does not know is given
// as it is.
import { z } from 'zod';
import { systemClock } from '../../core/model/clock.ts';
import type { ApiClient, Asked } from './api-client.ts';
import { ServerAwayError } from './api-errors.ts';

export const seenEventSchema = z.looseObject({
  ts: z.iso.datetime(),
  type: z.string(),
  project: z.string().optional(),
  actor: z.looseObject({ id: z.string() }),
  payload: z.looseObject({}),
});
export type SeenEvent = z.infer<typeof seenEventSchema>;

export type Followed =
  | { readonly kind: 'event'; readonly cursor: string; readonly event: SeenEvent }
  | { readonly kind: 'gap'; readonly cursor: string; readonly reason: string };

export interface FollowOptions {
  readonly query: Asked['query'];
  /** a cursor, or `oldest`; undefined: what happens from now on */
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  /** for the person: the server is away, or is back */
  readonly say: (line: string) => void;
  /** whatever happens from now on comes */
  readonly opened?: () => void;
}

/** A line that says nothing, not even that it lives, is cut. */
const SILENT_MS = 60_000;
const RETRY_MAX_MS = 10_000;
const gapSchema = z.object({ reason: z.string() });

/** Ends when the signal aborts. @throws TokenRefusedError, ApiRefusedError, StrangeServerError */
export async function* followEvents(client: ApiClient, options: FollowOptions): AsyncGenerator<Followed> {
  const { signal, say } = options;
  let after = options.after;
  for (let failures = 0; !signal.aborted; ) {
    try {
      for await (const block of blocksOf(client, { ...options.query, after }, signal)) {
        // It begins with one that says nothing.
        if (failures > 0) say(`${client.server.url} answers again`);
        failures = 0;
        if (block.id === undefined) options.opened?.();
        const followed = readBlock(block);
        if (followed) yield followed;
        after = block.id ?? after;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ServerAwayError)) throw error;
      if (failures++ === 0) say(`${error.message}; waiting until one does`);
    }
    await systemClock.sleep(Math.min(RETRY_MAX_MS, 200 * 2 ** failures), signal).catch(() => {});
  }
}

interface Block {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

async function* blocksOf(
  client: ApiClient,
  query: NonNullable<Asked['query']>,
  signal: AbortSignal,
): AsyncGenerator<Block> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error('the line is silent')), SILENT_MS);
  try {
    const { body } = await client.answer('GET', '/events', {
      ...{ query, headers: { accept: 'text/event-stream' } },
      signal: AbortSignal.any([signal, silent.signal]),
    });
    const decoder = new TextDecoder();
    let text = '';
    for await (const bytes of client.whole(body)) {
      timer.refresh();
      text += decoder.decode(bytes, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      yield* blocks.map(parseBlock);
    }
  } finally {
    clearTimeout(timer);
  }
}

function parseBlock(text: string): Block {
  const fields = text.split('\n').flatMap((line) => {
    const [, name, value] = /^(id|event|data): ?(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(fields);
}

/** @returns undefined when only the place moved */
function readBlock({ id: cursor, event: kind, data }: Block): Followed | undefined {
  if (cursor === undefined || data === undefined) return undefined;
  const read: unknown = JSON.parse(data);
  if (kind === 'gap') return { kind, cursor, ...gapSchema.parse(read) };
  const { success, data: event } = seenEventSchema.safeParse(read);
  return success ? { kind: 'event', cursor, event } : undefined;
}
