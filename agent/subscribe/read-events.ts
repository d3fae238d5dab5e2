// The other end of the agent's socket: one connection's events, as they come.
import { type IncomingMessage, request } from 'node:http';
import { z } from 'zod';
import { type FeedEvent, feedEventSchema } from './feed-event.ts';
import { type FeedPlace, parseFeedPlace } from './feed-place.ts';

/** No agent answers (any more): trying again may help. */
export class AgentAwayError extends Error {
  override name = 'AgentAwayError';
}

/** The agent does not take the request as it is; its own words. */
export class AgentRefusedError extends Error {
  override name = 'AgentRefusedError';
}

export interface ReadEventsOptions {
  readonly socketPath: string;
  /** of `/v1/events` */
  readonly query: Readonly<Record<string, string | undefined>>;
  /** the last event that was read, for a reconnect */
  readonly after: FeedPlace | undefined;
  readonly signal: AbortSignal;
  /** the stream is open: whatever happens from now on comes */
  readonly opened?: () => void;
}

export interface ReadItem {
  readonly place: FeedPlace;
  /** undefined: only the place moved */
  readonly event: FeedEvent | undefined;
}

const problemSchema = z.object({ detail: z.string() });

/** Ends when the agent ends the stream, or the signal aborts.
 *  @throws AgentAwayError, AgentRefusedError */
export async function* readEvents(options: ReadEventsOptions): AsyncGenerator<ReadItem> {
  const response = await connect(options);
  response.setEncoding('utf8');
  if (response.statusCode !== 200) throw await refusal(response, options.socketPath);
  options.opened?.();
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const item = parseBlock(block);
        if (item) yield item;
      }
    }
  } catch (error) {
    if (options.signal.aborted) return;
    throw away(options.socketPath, error);
  } finally {
    response.destroy();
  }
}

function connect({ socketPath, query, after, signal }: ReadEventsOptions): Promise<IncomingMessage> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        socketPath,
        path: `/v1/events?${search}`,
        headers: { host: 'agent', accept: 'text/event-stream', ...(after !== undefined && { 'last-event-id': after }) },
        signal,
        agent: false,
      },
      resolve,
    );
    asked.once('error', (error) => reject(away(socketPath, error)));
    asked.end();
  });
}

const away = (socketPath: string, cause: unknown): AgentAwayError =>
  new AgentAwayError(`no agent answers at ${socketPath}`, { cause });

async function refusal(response: IncomingMessage, socketPath: string): Promise<Error> {
  let text = '';
  try {
    for await (const chunk of response) text += String(chunk);
    return new AgentRefusedError(problemSchema.parse(JSON.parse(text)).detail);
  } catch (error) {
    return away(socketPath, error);
  }
}

/** A block of the stream; comments and fields that are not ours are passed over.
 *  @returns undefined for one without an id, or with an event that this version does not know */
function parseBlock(block: string): ReadItem | undefined {
  let id: string | undefined;
  let data: string | undefined;
  for (const line of block.split('\n')) {
    if (line.startsWith('id: ')) id = line.slice(4);
    else if (line.startsWith('data: ')) data = line.slice(6);
  }
  if (id === undefined) return undefined;
  const parsed = data === undefined ? undefined : feedEventSchema.safeParse(JSON.parse(data));
  return { place: parseFeedPlace(id), event: parsed?.data };
}
