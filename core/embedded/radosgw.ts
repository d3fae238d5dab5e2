// Runs a real S3 server of our own on this machine, loopback only: Ceph's radosgw over one monitor and one store daemon,
// all in a private directory that keeps its data from start to start. For tests, and for trying the product with S3 in
// place of the cold directory; one copy of the data on one disk is no storage for production.
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { systemClock } from '../model/clock.ts';
import { CONFIG, createCluster, createUser, moveMonitor, writeConfig } from './radosgw-cluster.ts';
import { type Daemon, endStale, findDaemon, lastWords, startDaemon } from './radosgw-daemon.ts';
import { findCeph, RadosgwError } from './radosgw-programs.ts';

export { RadosgwError } from './radosgw-programs.ts';

export interface RadosgwOptions {
  /** made when missing; holds the data, the configuration and the logs */
  readonly dir: string;
  /** of the S3 endpoint; absent: the last start's where it is free, else any */
  readonly port?: number;
  /** told what takes time */
  readonly log?: (line: string) => void;
  /** The server runs on when this process ends, until `stopRadosgw`. Default: it never outlives this process. */
  readonly outlive?: boolean;
  /** Takes only what is stored. Default 256 GiB. */
  readonly capacityBytes?: number;
}

export interface RunningRadosgw {
  /** `http://127.0.0.1:port`; any region, path-style addresses */
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Resolves when one of its processes has ended, whoever ended it. */
  readonly exited: Promise<void>;
  /** A clean shutdown; returns when all processes have ended. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash would be; returns when all processes have ended. */
  kill(): Promise<void>;
}

/** In the order of their start; they end in the opposite one. */
const DAEMONS = [
  { name: 'mon', program: 'ceph-mon', args: ['-i', 'a', '-f'] },
  { name: 'osd', program: 'ceph-osd', args: ['-i', '0', '-f'] },
  { name: 'rgw', program: 'radosgw', args: ['-n', 'client.rgw.a', '-f'] },
] as const;

const READY_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 20_000;

/** What is kept from start to start. */
const stateSchema = z.object({
  fsid: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  port: z.int(),
  monPort: z.int(),
  /** how far the first start came */
  prepared: z.enum(['nothing', 'disks', 'user']),
});
type State = z.infer<typeof stateSchema>;

/** @throws RadosgwError  with the reason and the next step */
export async function startRadosgw(options: RadosgwOptions): Promise<RunningRadosgw> {
  const programs = await findCeph();
  const dir = await prepareDirectory(options.dir);
  const last = await readState(dir);
  if (last) await takeOver(dir, last);
  const state = await choosePorts(last, options.port);
  const cluster = { dir, programs, ...state, capacityBytes: options.capacityBytes ?? 256 * 2 ** 30 };
  await writeConfig(cluster);
  if (state.prepared === 'nothing') {
    options.log?.(`Preparing an S3 server in ${options.dir}…`);
    await createCluster(cluster);
    state.prepared = 'disks';
  } else {
    await moveMonitor(cluster);
  }
  await writeState(dir, state);

  const running: Daemon[] = [];
  const end = async (signal: NodeJS.Signals) => {
    for (const daemon of running.toReversed()) await daemon.end(signal, STOP_TIMEOUT_MS);
  };
  try {
    for (const daemon of DAEMONS) {
      if (daemon.name === 'rgw' && state.prepared === 'disks') {
        await unlessEnded(dir, running, createUser(cluster, state));
        state.prepared = 'user';
        await writeState(dir, state);
      }
      const args = ['--conf', CONFIG, ...daemon.args, ...markOf(state)];
      running.push(await startDaemon(programs, dir, { ...daemon, args, outlive: options.outlive ?? false }));
    }
    await unlessEnded(dir, running, untilReady(dir, state.port));
  } catch (cause) {
    await end('SIGKILL');
    throw cause;
  }
  return {
    endpoint: endpointOf(state.port),
    accessKeyId: state.accessKeyId,
    secretAccessKey: state.secretAccessKey,
    exited: Promise.race(running.map(({ exited }) => exited)),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** On the command line of each of our processes: it tells them from others that have got their pid. */
const markOf = ({ fsid }: State) => ['--fsid', fsid] as const;

const endpointOf = (port: number) => `http://127.0.0.1:${port}`;

export type RadosgwStatus =
  | { readonly kind: 'never-started' }
  | { readonly kind: 'stopped' }
  | {
      readonly kind: 'running';
      readonly pids: Readonly<Record<string, number>>;
      readonly endpoint: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
    };

/** What runs on a directory, whoever started it. */
export async function radosgwStatus(directory: string): Promise<RadosgwStatus> {
  const dir = await realpath(directory).catch((cause: unknown) => absentOr(directory, cause));
  const state = dir === undefined ? undefined : await readState(dir);
  if (dir === undefined || state === undefined) return { kind: 'never-started' };
  const pids: Record<string, number> = {};
  for (const { name } of DAEMONS) {
    const found = await findDaemon(dir, name, markOf(state).join(' '));
    if (found.kind !== 'none') pids[name] = found.pid;
  }
  if (Object.keys(pids).length === 0) return { kind: 'stopped' };
  const { port, accessKeyId, secretAccessKey } = state;
  return { kind: 'running', pids, endpoint: endpointOf(port), accessKeyId, secretAccessKey };
}

/** Ends what runs on a directory, whoever started it. */
export async function stopRadosgw(directory: string, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  const status = await radosgwStatus(directory);
  if (status.kind !== 'running') return;
  const dir = await realpath(directory);
  for (const { name } of DAEMONS.toReversed()) {
    const pid = status.pids[name];
    if (pid !== undefined) await endStale(dir, name, pid, signal === 'SIGKILL' ? 0 : STOP_TIMEOUT_MS);
  }
}

async function prepareDirectory(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await realpath(directory);
  } catch (cause) {
    throw new RadosgwError(
      `the S3 server cannot keep its data in ${directory}: give a directory that this user may write`,
      { cause },
    );
  }
}

/** Processes that a killed owner left behind are ended; those of a living one are not touched. */
async function takeOver(dir: string, state: State): Promise<void> {
  for (const { name } of DAEMONS.toReversed()) {
    const found = await findDaemon(dir, name, markOf(state).join(' '));
    if (found.kind === 'owned') {
      throw new RadosgwError(
        `the S3 server of ${dir} is in use by the running process ${found.owner}: stop that one, or set FS_DATA_DIR to another directory`,
      );
    }
    if (found.kind === 'orphan') await endStale(dir, name, found.pid, STOP_TIMEOUT_MS);
  }
}

const stateFile = (dir: string) => join(dir, 'state.json');

async function readState(dir: string): Promise<State | undefined> {
  const file = stateFile(dir);
  const text = await readFile(file, 'utf8').catch((cause: unknown) => absentOr(file, cause));
  if (text === undefined) return undefined;
  const parsed = stateSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new RadosgwError(`${file} has no state of an S3 server: remove ${dir} to start with an empty one`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only what is not there was never started: whoever starts anew removes all data.
 *  @throws RadosgwError  for everything else that keeps `path` from being read */
function absentOr(path: string, cause: unknown): undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return undefined;
  throw new RadosgwError(
    `${path} cannot be read (${code}), and the S3 server's data is left as it is: make it readable`,
    {
      cause,
    },
  );
}

async function writeState(dir: string, state: State): Promise<void> {
  const temporary = `${stateFile(dir)}.tmp`;
  await writeFile(temporary, JSON.stringify(state), { mode: 0o600 });
  await rename(temporary, stateFile(dir));
}

async function choosePorts(last: State | undefined, wanted: number | undefined): Promise<State> {
  if (wanted !== undefined && !(await isFree(wanted))) {
    throw new RadosgwError(
      `port ${wanted} for the S3 server is taken by another program: give another, or none for any`,
    );
  }
  const free = async (port: number | undefined) => (port !== undefined && (await isFree(port)) ? port : freePort());
  return {
    fsid: last?.fsid ?? randomUUID(),
    accessKeyId: last?.accessKeyId ?? randomBytes(10).toString('hex'),
    secretAccessKey: last?.secretAccessKey ?? randomBytes(20).toString('hex'),
    prepared: last?.prepared ?? 'nothing',
    port: wanted ?? (await free(last?.port)),
    monPort: await free(last?.monPort),
  };
}

async function isFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === undefined) throw new RadosgwError('this machine has no free port on 127.0.0.1 for the S3 server');
  return port;
}

/** @returns the port that could be listened on, and is free again */
function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

/** Ceph's programs wait for ever for a server that is not coming: this gives their work up when one of it has ended. */
async function unlessEnded<T>(dir: string, running: readonly Daemon[], work: Promise<T>): Promise<T> {
  const ended = running.map(async ({ name, exited }) => {
    await exited;
    throw new RadosgwError(`the S3 server ended at start: ${await lastWords(dir, name)}`);
  });
  for (const end of ended) end.catch(() => undefined);
  return Promise.race([work, ...ended]);
}

async function untilReady(dir: string, port: number): Promise<void> {
  const deadline = systemClock.now() + READY_TIMEOUT_MS;
  while (systemClock.now() < deadline) {
    const answered = await fetch(endpointOf(port)).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await systemClock.sleep(50);
  }
  throw new RadosgwError(`the S3 server does not answer on port ${port}; its logs are in ${join(dir, 'log')}`);
}
