// A fleet for a test: `fs-sync up` on a directory of its own, started as a person starts it.
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ADMIN_TOKEN = 'e2e-admin-token-0123456789';
const COMMAND = fileURLToPath(new URL('../scripts/fs-sync.mjs', import.meta.url));

export interface Fleet {
  /** address of the server, without a path */
  readonly url: string;
  readonly signInUrl: string;
  readonly dataDir: string;
  /** node's directory of the demo project */
  workspace(node: 'node-a' | 'node-b'): string;
  /** the processes that `up` has started */
  children(): number[];
  /** all that `up` has printed */
  output(): string;
  /** Ctrl-C, and wait for the end. @returns the exit code */
  stop(): Promise<number | null>;
  /** kill -9 of `up` itself. */
  kill(): Promise<void>;
}

export async function newDataDir(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'fs-sync-e2e-'));
}

export async function startFleet(options: {
  readonly dataDir: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Fleet> {
  const { dataDir, args = [], env = {} } = options;
  const child = fork(COMMAND, ['up', ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, PORT: '0', FS_DATA_DIR: dataDir, FS_ADMIN_TOKEN: ADMIN_TOKEN, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (output += text.toString()));
  const gone = exitOf(child);
  const url = await Promise.race([
    addressOf(child),
    gone.then((code) => {
      throw new Error(`fs-sync up ended with ${code}:\n${output}`);
    }),
  ]);
  return {
    url,
    signInUrl: `${url}/sign-in#token=${ADMIN_TOKEN}`,
    dataDir,
    workspace: (node) => join(dataDir, 'nodes', node, 'demo'),
    children: () => childrenOf(child.pid ?? 0),
    output: () => output,
    stop: async () => {
      child.kill('SIGINT');
      return gone;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export async function removeDataDir(dataDir: string): Promise<void> {
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
}

/** Asked of the kernel, so that nothing depends on what `up` says of itself. */
function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.on('message', (message: { kind?: string; url?: string }) => {
      if (message.kind === 'ready' && message.url) resolve(message.url);
    });
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}
