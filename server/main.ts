// The program behind `fs-sync server`. As a child of `fs-sync up` it reports its address over IPC and ends with its parent.
import { SettingsError } from '../core/settings/env.ts';
import { processLog } from '../core/settings/process-log.ts';
import { NatsUnreachableError } from '../core/store/nats-connect.ts';
import { StoreDeniedError, StoreFullError, StoreUnavailableError } from '../core/store/store-errors.ts';
import { ListenError } from './http.ts';
import { startServer } from './serve.ts';
import { serverSettings } from './settings.ts';

/** Errors whose message says all that a person needs; others are shown with their stack. */
const EXPLAINED = [
  SettingsError,
  ListenError,
  NatsUnreachableError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
];

export async function serverMain(): Promise<void> {
  try {
    const settings = serverSettings(process.env);
    const log = processLog('server', settings.LOG_LEVEL);
    const server = await startServer(settings, log);
    process.send?.({ kind: 'ready', url: server.url });
    if (!process.send) process.stdout.write(`fs-sync server on ${server.url}\n`);
    const end = async () => {
      await server.stop();
      process.exit(0);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end());
    process.once('disconnect', () => void end());
  } catch (error) {
    const explained = EXPLAINED.some((kind) => error instanceof kind);
    const text = error instanceof Error ? (explained ? error.message : (error.stack ?? error.message)) : String(error);
    process.send?.({ kind: 'failed', message: text });
    process.stderr.write(`fs-sync server: ${text}\n`);
    process.exit(explained ? 2 : 1);
  }
}

await serverMain();
