// What the embedded nats-server is told: its configuration file, readable by its owner only because the password is in it.
import { chmod, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeFault } from './nats-server-errors.ts';

export interface NatsServerOptions {
  /** path of a nats-server of 2.10 or newer */
  readonly binary: string;
  /** made when missing; holds the configuration, the pid file and the streams */
  readonly storeDir: string;
  /** absent: any free one */
  readonly port?: number;
  readonly auth?: { readonly user: string; readonly password: string };
  /** How long an acknowledged message may be only in memory. Default `always`: an acknowledgement means fsync. */
  readonly syncInterval?: 'always' | `${number}${'ms' | 's' | 'm'}`;
  readonly logFile: string;
  /** largest message, bytes; default 1 MiB, the server's own */
  readonly maxPayloadBytes?: number;
  /** most bytes that the streams may take; default: what is there, and what is free but a reserve */
  readonly maxStoreBytes?: number;
  /** Reading large streams back at start takes time. Default 2 minutes. */
  readonly readyTimeoutMs?: number;
}

export const pidFile = (storeDir: string): string => join(storeDir, 'nats-server.pid');

/** nats-server's own format; JSON strings are valid strings of it. */
export async function configText(storeDir: string, options: NatsServerOptions): Promise<string> {
  const text = (value: string) => JSON.stringify(value);
  return [
    'server_name: "nats-fs-sync"',
    `listen: "127.0.0.1:${options.port ?? -1}"`,
    `pid_file: ${text(pidFile(storeDir))}`,
    `ports_file_dir: ${text(storeDir)}`,
    `log_file: ${text(options.logFile)}`,
    'logfile_size_limit: 16MB',
    'logfile_max_num: 3',
    `max_payload: ${options.maxPayloadBytes ?? 1 << 20}`,
    'jetstream {',
    `  store_dir: ${text(storeDir)}`,
    `  sync_interval: ${text(options.syncInterval ?? 'always')}`,
    '  max_memory_store: 67108864',
    `  max_file_store: ${options.maxStoreBytes ?? (await roomOf(storeDir))}`,
    '}',
    ...(options.auth
      ? [`authorization { user: ${text(options.auth.user)}, password: ${text(options.auth.password)} }`]
      : []),
    '',
  ].join('\n');
}

/** The whole file system. The server's own default is a share of what is free at start, which shrinks with every
 *  restart on a disk that fills, until it refuses writes with room left. */
async function roomOf(directory: string): Promise<bigint> {
  const { blocks, bsize } = await statfs(directory, { bigint: true });
  return blocks * bsize;
}

export async function writeConfig(file: string, content: string): Promise<void> {
  try {
    await writeFile(file, content, { mode: 0o600 });
    // The mode above holds for a new file only, and the password is in here.
    await chmod(file, 0o600);
  } catch (cause) {
    throw storeFault(file, cause);
  }
}
