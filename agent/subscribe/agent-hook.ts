// The hook that an agent runs by its own settings when a remote change is whole on disk. What is owed is marked by a file,
// so that an agent that was killed in between runs it once more after its next start: at least once, never lost.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../../core/model/log.ts';
import { type Env, readEnv } from '../../core/settings/env.ts';
import type { FeedEvent } from './feed-event.ts';
import type { Feeds } from './feeds.ts';
import { Hook, type HookRun } from './hook.ts';

export interface HookSettings {
  readonly command: string;
  readonly timeoutMs: number;
}

const timeoutSeconds = z.coerce
  .number({ error: 'give a number of seconds, more than 0' })
  .positive('give a number of seconds, more than 0')
  .max(86_400, 'give at most 86400 seconds, a day')
  .default(300);

/** @param given  by the command line, which comes first
 *  @returns undefined when there is no hook
 *  @throws SettingsError */
export function readHookSettings(given: string | undefined, env: Env): HookSettings | undefined {
  const settings = readEnv({ FS_HOOK_APPLIED: z.string().optional(), FS_HOOK_TIMEOUT_SECONDS: timeoutSeconds }, env);
  const command = given ?? settings.FS_HOOK_APPLIED;
  return command === undefined ? undefined : { command, timeoutMs: settings.FS_HOOK_TIMEOUT_SECONDS * 1_000 };
}

export interface AgentHookOptions {
  readonly feeds: Feeds;
  readonly settings: HookSettings;
  readonly stateDir: string;
  readonly env: Env;
  readonly log: Log;
}

/** @returns what ends it; a run under way is ended, and owed */
export function startAgentHook({ feeds, settings, stateDir, env, log }: AgentHookOptions): () => Promise<void> {
  const owed = join(stateDir, 'hook-owed');
  let isStopping = false;
  let isMarked = existsSync(owed);
  const hook = new Hook({
    ...settings,
    env: withoutSecrets(env),
    cwd: ({ root }) => (existsSync(root) ? root : '/'),
    output: 'keep',
    ended: (run) => tell(log, settings.command, run),
    rested: () => {
      if (isStopping) return;
      isMarked = false;
      rmSync(owed, { force: true });
    },
  });
  const offer = (event: FeedEvent) => {
    if (!isMarked) {
      isMarked = true;
      mkdirSync(stateDir, { recursive: true });
      writeFileSync(owed, '');
    }
    hook.offer(event);
  };
  if (isMarked) {
    const place = feeds.sequence.placeOf(feeds.sequence.last);
    for (const feed of feeds.list()) offer(feed.eventOf(place, { type: 'reset', reason: 'restarted' }));
  }
  const stopListening = feeds.listen((event) => {
    if (event.type === 'applied' || event.type === 'reset') offer(event);
  });
  return async () => {
    isStopping = true;
    stopListening();
    await hook.close();
  };
}

function tell(log: Log, command: string, { event, exitCode, fault, output }: HookRun): void {
  const fields = { project: event.project, event: event.id, exitCode, ...(output !== '' && { output }) };
  if (fault === undefined) log.info(fields, `the hook ran for ${event.type}`);
  else log.warn({ ...fields, command }, `the hook failed: ${fault}`);
}

/** A command of a person's own needs its surroundings, and none of the keys that the agent works with. */
const withoutSecrets = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(NATS_|AWS_|S3_|FS_ADMIN_TOKEN$)/.test(name)));
