// `fs-sync agent`: connects to NATS, however long that takes, and runs the agent until it is told to end: by a signal, or
// by the parent that started it and is gone.

import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { systemClock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import type { Env } from '../core/settings/env.ts';
import { processLog } from '../core/settings/process-log.ts';
import { connectNats, type NatsLink, NatsUnreachableError } from '../core/store/nats-connect.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { indexBucket, nodesBucket } from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { natsPutHints } from '../core/store/nats-put-hints.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { StoreFullError, StoreUnavailableError } from '../core/store/store-errors.ts';
import { natsColdProofs } from '../core/tier/nats-cold-proofs.ts';
import { natsRecall } from '../core/tier/nats-recall.ts';
import { serveWanted } from '../core/tier/nats-wanted.ts';
import { startAgent } from './agent.ts';
import { openInstance } from './assign/instance.ts';
import { StatusDisplay } from './progress/show-status.ts';
import { type AgentArgs, type AgentSettings, readAgentSettings } from './settings.ts';
import { readHookSettings } from './subscribe/agent-hook.ts';
import { agentSocketPath } from './subscribe/socket-path.ts';
import { type SubscribersOptions, startSubscribers } from './subscribe/start-subscribers.ts';

/** Decoded manifest nodes that are kept; most commits touch the same few. */
const NODE_CACHE_BYTES = 8 * 1024 * 1024;
const CONNECT_RETRY_MAX_MS = 10_000;

export interface HookArgs {
  /** run when a remote change is whole on disk */
  readonly hook?: string;
}

type ForPrograms = Omit<SubscribersOptions, 'agent' | 'log'>;

/** Resolves when the agent has ended cleanly.
 *  @throws SettingsError, InvalidValueError, AgentRunsAlreadyError, StoreDeniedError  a person has to change something first */
export async function agentCommand(args: AgentArgs & HookArgs, env: Env = process.env): Promise<void> {
  const settings = readAgentSettings(args, env);
  const forPrograms = {
    socketPath: agentSocketPath(settings.node, env),
    hook: readHookSettings(args.hook, env),
    stateDir: settings.stateDir,
    env,
  };
  const display = new StatusDisplay(process.stdout, systemClock, env);
  const log = processLog(`agent ${settings.node}`, settings.logLevel, process.stderr.isTTY ? display.log : undefined);
  const stop = endSignal();
  const instance = openInstance(settings.stateDir, settings.node);
  try {
    await connectAndRun(settings, instance.id, log, stop, forPrograms, display);
  } finally {
    instance.release();
    // The channel to a parent would keep the process alive.
    if (process.connected) process.disconnect();
  }
}

async function connectAndRun(
  settings: AgentSettings,
  instance: string,
  log: Log,
  stop: AbortSignal,
  forPrograms: ForPrograms,
  display: StatusDisplay,
): Promise<void> {
  const { tenant } = settings;
  const link = await connectForEver(settings, log, stop);
  if (!link) return;
  try {
    const layout = await retried(() => ensureTenant(link, tenant), log, stop);
    if (!layout) return;
    const hot = natsObjectStore(link, tenant, { shards: layout.shards });
    const agent = startAgent({
      nodeId: settings.node,
      tenant,
      workspaces: settings.workspaces,
      stores: {
        objects: hot,
        index: natsKeyValue(link, indexBucket(tenant)),
        nodes: cachedNodes(objectNodes(hot), { maxBytes: NODE_CACHE_BYTES }),
        clock: systemClock,
        proofs: natsColdProofs(link, tenant),
      },
      recall: natsRecall(link, tenant),
      hints: natsPutHints(link, tenant, hot),
      nodes: natsKeyValue(link, nodesBucket(tenant)),
      log,
      stateDir: settings.stateDir,
      instance,
      workspaceDirs: settings.workspaceDirs,
      limits: settings.limits,
      ...(settings.deleteThreshold !== undefined && { deleteThreshold: settings.deleteThreshold }),
      watch: settings.watch,
      rescanEveryMs: settings.rescanEveryMs,
    });
    const stopFollowing = link.onStatus((status) => {
      if (status.kind === 'away') agent.storageAway('NATS is away; changes are kept and sent when it is back.');
      else if (status.kind === 'connected') agent.storageBack();
    });
    serveWanted(link, tenant, settings.node, agent.holder, { signal: stop, log });
    const stopSubscribers = await startSubscribers({ ...forPrograms, agent, log });
    const stopShowing = display.follow(() => agent.status());
    process.send?.({ kind: 'ready' });
    await aborted(stop);
    stopShowing();
    stopFollowing();
    await agent.stop();
    await stopSubscribers();
  } finally {
    await link.close();
  }
}

function endSignal(): AbortSignal {
  const stop = new AbortController();
  const end = (why: string) => stop.abort(new Error(`ended by ${why}`));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end(signal));
  // The channel closes when the parent ends, also when it was killed.
  if (process.send) process.once('disconnect', () => end('the end of its parent'));
  return stop.signal;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

/** @returns undefined when the agent was told to end first */
function connectForEver({ node, nats }: AgentSettings, log: Log, stop: AbortSignal) {
  return retried<NatsLink>(() => connectNats({ ...nats, name: `agent ${node}`, log }), log, stop);
}

/** Tries again while the failure is one that ends by itself. */
async function retried<T>(work: () => Promise<T>, log: Log, stop: AbortSignal): Promise<T | undefined> {
  for (let failures = 0; !stop.aborted; failures++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreUnavailableError || error instanceof StoreFullError)) throw error;
      const retryInMs = Math.min(CONNECT_RETRY_MAX_MS, 250 * 2 ** failures);
      if (failures === 0 || !(error instanceof NatsUnreachableError)) {
        log.warn({}, `${error.message}. The agent tries again until it works.`);
      }
      await systemClock.sleep(retryInMs, stop).catch(() => {});
    }
  }
  return undefined;
}
