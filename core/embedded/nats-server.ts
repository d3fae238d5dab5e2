// Runs a nats-server of our own on this machine: JetStream on the given directory, 127.0.0.1 only, acknowledged means
// on disk (`sync_interval: always`). A server that a killed parent left behind on the same directory is taken over, so
// that the next start works; one whose parent lives is not touched.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '../model/clock.ts';
import { configText, type NatsServerOptions, pidFile, writeConfig } from './nats-server-config.ts';
import { NatsServerStartError, storeFault } from './nats-server-errors.ts';
import { findStale, terminate } from './stale-process.ts';

export { findNatsServer, type NatsBinary, NatsServerMissingError } from './find-nats-server.ts';
export type { NatsServerOptions } from './nats-server-config.ts';
export { NatsServerStartError } from './nats-server-errors.ts';

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningNatsServer {
  /** `nats://user:password@127.0.0.1:port`, or without the user when there is none */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when the process has ended, whoever ended it. */
  readonly exited: Promise<ServerExit>;
  /** A clean shutdown; returns when the process has ended. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be; returns when the process has ended. */
  kill(): Promise<void>;
}

const STOP_TIMEOUT_MS = 20_000;

/** @throws NatsServerStartError */
export async function startNatsServer(options: NatsServerOptions): Promise<RunningNatsServer> {
  const storeDir = await prepareStoreDir(options.storeDir);
  await takeOver(storeDir);
  if (options.port !== undefined) await requireFreePort(options.port);

  const config = join(storeDir, 'nats-server.conf');
  await writeConfig(config, await configText(storeDir, options));
  await writeOwner(storeDir);
  await removeOldPorts(storeDir);
  const child = await launch(options.binary, config, options.logFile);
  const exited = exitOf(child);
  const { pid } = child;
  if (pid === undefined) throw new NatsServerStartError('exited', `${options.binary} could not be started`);
  // A test run or a command that ends without `stop` must not leave a server behind.
  const onExit = () => child.kill('SIGKILL');
  process.once('exit', onExit);
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  };
  void exited.then(() => process.removeListener('exit', onExit));

  try {
    const port = await untilReady(storeDir, pid, options, exited);
    return {
      url: urlOf(port, options),
      port,
      pid,
      exited,
      stop: async () => {
        await end('SIGTERM');
        await rm(pidFile(storeDir), { force: true });
      },
      kill: () => end('SIGKILL'),
    };
  } catch (error) {
    await end('SIGKILL');
    throw error;
  }
}

const ownerFile = (storeDir: string): string => join(storeDir, 'nats-server.owner');
const portsFile = (storeDir: string, pid: number): string => join(storeDir, `nats-server_${pid}.ports`);

function urlOf(port: number, { auth }: NatsServerOptions): string {
  const user = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@` : '';
  return `nats://${user}127.0.0.1:${port}`;
}

async function prepareStoreDir(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // The real path is what a process list shows, and what tells our server from another.
    return await realpath(directory);
  } catch (cause) {
    throw storeFault(directory, cause);
  }
}

async function takeOver(storeDir: string): Promise<void> {
  const stale = await findStale(pidFile(storeDir), ownerFile(storeDir), join(storeDir, 'nats-server.conf'));
  if (stale.kind === 'none') return;
  if (stale.kind === 'owned') {
    throw new NatsServerStartError(
      'in-use',
      `${storeDir} is in use by the running process ${stale.owner} (its nats-server is ${stale.pid}): stop that one, or set FS_DATA_DIR to another directory`,
    );
  }
  await terminate(stale.pid, STOP_TIMEOUT_MS);
  await rm(pidFile(storeDir), { force: true });
}

async function requireFreePort(port: number): Promise<void> {
  const probe = createServer();
  try {
    probe.listen(port, '127.0.0.1');
    await once(probe, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const why = code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be opened (${code})`;
    throw new NatsServerStartError(
      'port-taken',
      `port ${port} for NATS ${why}: give another port, or none for any free one`,
      { cause },
    );
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}

async function writeOwner(storeDir: string): Promise<void> {
  await writeFile(ownerFile(storeDir), String(process.pid), { mode: 0o600 });
}

/** A server that was killed leaves its file, and a later one may get the same pid. */
async function removeOldPorts(storeDir: string): Promise<void> {
  for (const name of await readdir(storeDir)) {
    if (/^nats-server_\d+\.ports$/.test(name)) await rm(join(storeDir, name), { force: true });
  }
}

/** Large files go through a heap of tens of MiB, of which Go gives the pages back to the system and takes new ones all the
 *  time. When it collects later (its own default is 100, percent of growth) and leaves the pages where they are until others
 *  need them, a server takes a seventh less processor time for such files, and up to half as much memory again (measured;
 *  with 300 it took no less time, and twice the memory). */
const GO_SETTINGS = { GOGC: '200', GODEBUG: 'madvdontneed=0' } as const;

async function launch(binary: string, config: string, logFile: string): Promise<ChildProcess> {
  const log = await open(logFile, 'a', 0o600).catch((cause: unknown) => {
    throw storeFault(logFile, cause);
  });
  try {
    // A group of its own: Ctrl-C in the terminal reaches us, and we end it after those who use it.
    const env = { ...GO_SETTINGS, ...process.env };
    const child = spawn(binary, ['-c', config], { stdio: ['ignore', log.fd, log.fd], detached: true, env });
    await once(child, 'spawn').catch((cause: unknown) => {
      throw new NatsServerStartError('exited', `${binary} could not be started: ${cause}`, { cause });
    });
    return child;
  } finally {
    await log.close();
  }
}

function exitOf(child: ChildProcess): Promise<ServerExit> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve({ code: child.exitCode, signal: child.signalCode });
    }
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** Waits until JetStream answers a client. @returns the port */
async function untilReady(
  storeDir: string,
  pid: number,
  options: NatsServerOptions,
  exited: Promise<ServerExit>,
): Promise<number> {
  const deadline = systemClock.now() + (options.readyTimeoutMs ?? 120_000);
  let ended: ServerExit | undefined;
  void exited.then((exit) => {
    ended = exit;
  });
  let lastFault: unknown;
  while (systemClock.now() < deadline) {
    if (ended) {
      throw new NatsServerStartError(
        'exited',
        `nats-server ended at start (${ended.signal ?? `code ${ended.code}`}): ${await lastWords(options.logFile)}`,
      );
    }
    try {
      const port = await readPort(portsFile(storeDir, pid));
      if (port !== undefined) {
        await askJetStream(port, options);
        return port;
      }
    } catch (fault) {
      lastFault = fault;
    }
    await systemClock.sleep(10);
  }
  throw new NatsServerStartError('not-ready', `nats-server does not answer; its log is ${options.logFile}`, {
    cause: lastFault,
  });
}

/** The server writes the file when it listens, and removes it when it stops. */
async function readPort(file: string): Promise<number | undefined> {
  const content = await readFile(file, 'utf8').catch(() => '');
  const port = /"nats:\/\/127\.0\.0\.1:(\d+)"/.exec(content)?.[1];
  return port === undefined ? undefined : Number(port);
}

async function askJetStream(port: number, { auth }: NatsServerOptions): Promise<void> {
  const connection: NatsConnection = await connect({
    servers: `127.0.0.1:${port}`,
    name: 'nats-fs-sync start',
    reconnect: false,
    timeout: 5_000,
    ...(auth && { user: auth.user, pass: auth.password }),
  });
  try {
    await (await jetstreamManager(connection, { timeout: 5_000 })).getAccountInfo();
  } finally {
    await connection.close();
  }
}

/** The server's last complaint, for a person; nothing is decided by it. */
async function lastWords(logFile: string): Promise<string> {
  const content = await readFile(logFile, 'utf8').catch(() => '');
  const lines = content.trimEnd().split('\n');
  const complaint = lines.findLast((line) => line.includes('[FTL]')) ?? lines.at(-1) ?? '';
  return `${complaint.replace(/^\[\d+\] \S+ \S+ /, '') || 'it said nothing'} (log: ${logFile})`;
}
