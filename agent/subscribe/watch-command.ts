// `fs-sync watch`: what happens in the workspaces of this node, as lines for a person, as JSON lines for a program, or as
// runs of a command. Goes on after a restart of the agent from where it was.
import { z } from 'zod';
import { systemClock } from '../../core/model/clock.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { FEED_EVENT_TYPES, type FeedEvent } from './feed-event.ts';
import type { FeedPlace } from './feed-place.ts';
import { Hook } from './hook.ts';
import { AgentAwayError, AgentRefusedError, type ReadEventsOptions, readEvents } from './read-events.ts';
import { findAgentSocket } from './socket-path.ts';

export interface WatchArgs {
  readonly node?: string;
  readonly project?: string;
  readonly path?: string;
  readonly type: readonly string[];
  readonly json?: boolean;
  readonly exec?: string;
  /** seconds for one run of `exec` */
  readonly timeout?: string;
}

const RETRY_MAX_MS = 5_000;
const timeoutSeconds = z.coerce.number().positive().max(86_400);

/** Resolves when it was told to end.
 *  @throws SettingsError, InvalidValueError  a person has to change something first */
export async function watchCommand(args: WatchArgs, env: Env = process.env): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  // Whoever read the lines has gone, as `head` does.
  process.stdout.on('error', () => stop.abort());
  try {
    await watch(readWatch(args, env), {
      signal: stop.signal,
      opened: () => process.send?.({ kind: 'ready' }),
      print: (line) => printed(line, stop.signal),
      say: (line) => process.stderr.write(`fs-sync: ${line}\n`),
      env,
    });
  } finally {
    // The channel to a parent would keep the process alive.
    if (process.connected) process.disconnect();
  }
}

export interface Watch {
  readonly socketPath: string;
  readonly query: ReadEventsOptions['query'];
  readonly json: boolean;
  readonly exec: { readonly command: string; readonly timeoutMs: number } | undefined;
}

export function readWatch(args: WatchArgs, env: Env): Watch {
  const unknown = args.type.find((type) => !(FEED_EVENT_TYPES as readonly string[]).includes(type));
  if (unknown !== undefined) {
    throw new SettingsError(`--type is ${JSON.stringify(unknown)}: give one of ${FEED_EVENT_TYPES.join(', ')}`);
  }
  const timeout = timeoutSeconds.safeParse(args.timeout ?? '300');
  if (!timeout.success) {
    throw new SettingsError(`--timeout is ${JSON.stringify(args.timeout)}: give a number of seconds, at most 86400`);
  }
  // A command is mostly there for what comes from others; its own changes would start it again and again.
  const types = args.type.length === 0 && args.exec !== undefined ? ['applied'] : args.type;
  return {
    socketPath: findAgentSocket(args.node, env),
    query: {
      project: args.project === undefined ? undefined : parseProjectName(args.project),
      path: args.path === undefined ? undefined : parseRelPath(args.path.replace(/\/+$/, '')),
      types: types.length === 0 ? undefined : types.join(','),
    },
    json: args.json ?? false,
    exec: args.exec === undefined ? undefined : { command: args.exec, timeoutMs: timeout.data * 1_000 },
  };
}

export interface WatchIo {
  readonly signal: AbortSignal;
  /** what happens from now on comes */
  opened?(): void;
  /** resolves when more may be printed */
  print(text: string): Promise<void>;
  /** for the person who started it */
  say(line: string): void;
  readonly env: Env;
}

export async function watch({ socketPath, query, json, exec }: Watch, io: WatchIo): Promise<void> {
  const { signal } = io;
  const hook =
    exec &&
    new Hook({
      ...exec,
      env: io.env,
      output: 'inherit',
      ended: ({ event, fault }) => {
        if (fault !== undefined) io.say(`the command for ${event.type} of ${event.project} failed: ${fault}`);
      },
    });
  const take = async (event: FeedEvent): Promise<void> => {
    if (hook) hook.offer(event);
    else await io.print(json ? `${JSON.stringify(event)}\n` : linesOf(event));
  };
  let after: FeedPlace | undefined;
  let failures = 0;
  try {
    while (!signal.aborted) {
      try {
        const opened = () => {
          if (failures > 0) io.say(`the agent at ${socketPath} answers`);
          failures = 0;
          io.opened?.();
        };
        for await (const { place, event } of readEvents({ socketPath, query, after, signal, opened })) {
          if (event) await take(event);
          after = place;
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof AgentRefusedError) throw new SettingsError(error.message);
        if (!(error instanceof AgentAwayError)) throw error;
        if (failures++ === 0) io.say(`${error.message}; waiting until one does`);
      }
      await systemClock.sleep(Math.min(RETRY_MAX_MS, 100 * 2 ** failures), signal).catch(() => {});
    }
  } finally {
    await hook?.close();
  }
}

/** One line a path: time, type, project, commit, what happened, path. */
export function linesOf(event: FeedEvent): string {
  const { type } = event;
  const commit = 'commit' in event ? event.commit.slice(0, 12) : '-';
  const line = (...words: string[]) => `${[event.ts, type, event.project, commit, ...words].join(' ')}\n`;
  if (type === 'reset') return line(RESETS[event.reason]);
  if (type === 'held') return event.paths.map(({ path, reason }) => line('held', shown(path), reason)).join('');
  const lines = event.paths.map(({ path, change, from }) =>
    line(change, shown(path), ...(from === undefined ? [] : ['from', shown(from)])),
  );
  const unlisted = event.count - event.paths.length;
  if (unlisted > 0) lines.push(line(`and ${unlisted} more`));
  else if (event.more) lines.push(line('and others from before the restart of the agent'));
  return lines.join('');
}

const RESETS = {
  restarted: 'the agent was restarted: read everything again',
  'too-old': 'events were missed: read everything again',
  'too-slow': 'events were read too slowly and are missed: read everything again',
  'went-back': 'the project went back to an older state: read everything again',
} as const;

/** A name with a space or a character that is not seen is quoted and escaped, so that a line stays a line, its words its
 *  words, and a terminal does nothing but show it. */
export function shown(path: string): string {
  if (!/[\s"\p{Cc}\p{Cf}]/u.test(path)) return path;
  return JSON.stringify(path).replace(/[\p{Cc}\p{Cf}]/gu, (it) => `\\u{${it.codePointAt(0)?.toString(16)}}`);
}

async function printed(text: string, signal: AbortSignal): Promise<void> {
  if (process.stdout.write(text) || signal.aborted) return;
  await new Promise<void>((resolve) => {
    process.stdout.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
