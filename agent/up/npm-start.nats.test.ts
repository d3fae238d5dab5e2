// `npm start` ended as a service manager, a script and a terminal end it: the whole fleet goes, in order.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readNatsFile } from '../../core/settings/nats-file.ts';
import { watch } from '../subscribe/watch-command.ts';

const ROOT = join(import.meta.dirname, '../..');

let data: string;
let npm: ChildProcess;
let out: string;
/** when npm has ended, and all that write where it writes */
let ended: Promise<void>;

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'fs-npm-'));
  out = '';
  const env = { ...process.env, NATS_URL: '', NATS_CREDS: '', FS_DATA_DIR: data, PORT: '0', LOG_LEVEL: 'warn' };
  // In a group of its own, as a shell starts it.
  npm = spawn('npm', ['start'], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  ended = new Promise((resolve) => npm.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    const hear = (text: Buffer) => {
      out += text.toString('utf8');
      if (/nats-fs-sync is up/.test(out)) resolve();
    };
    npm.stdout?.on('data', hear);
    npm.stderr?.on('data', hear);
    npm.once('close', () => reject(new Error(`npm start ended: ${out}`)));
  });
}, 120_000);
afterEach(async () => {
  endWhatIsLeft();
  await ended;
  rmSync(data, { recursive: true, force: true });
});

/** Of a failed test: all that npm started is in its group, also when npm has ended. */
function endWhatIsLeft(): void {
  try {
    process.kill(-Number(npm.pid), 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const NODES = ['node-a', 'node-b'];
const socketOf = (node: string): string => join(data, 'agents', node, 'agent.sock');

/** Resolves when the node's agent does. */
function answers(node: string): Promise<void> {
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    const opened = () => {
      stop.abort();
      resolve();
    };
    const asked = { socketPath: socketOf(node), query: {}, json: false, exec: undefined };
    watch(asked, { signal: stop.signal, opened, print: async () => {}, say: () => {}, env: {} }).catch(reject);
  });
}

function natsPid(): number {
  const found = readNatsFile(data);
  if (found.kind !== 'runs') throw new Error(`the fleet has a nats-server, not: ${JSON.stringify(found)}`);
  return found.named.pid;
}

test.each([
  ['SIGTERM to npm alone, as kill and service managers send it', 'SIGTERM', 1],
  ['Ctrl-C, which the terminal gives to all of the group and npm passes on', 'SIGINT', -1],
] as const)('%s: everything ends once, in order', async (_what, signal, sign) => {
  await Promise.all(NODES.map(answers));
  const pid = natsPid();
  process.kill(sign * Number(npm.pid), signal);
  await ended;
  expect(out.match(/Stopping\. Everything is kept/g)).toHaveLength(1);
  expect(out).not.toMatch(/ ended \(/);
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  // An agent that was killed leaves its socket.
  expect(NODES.filter((node) => existsSync(socketOf(node)))).toEqual([]);
  expect(readNatsFile(data).kind).not.toBe('runs');
});
