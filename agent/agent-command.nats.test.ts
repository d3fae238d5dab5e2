// The agent as a person runs it: a process of its own, killed with SIGKILL in the middle of its work, and started again.
import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { watchCurrent } from '../core/commit/current.ts';
import { isoTime } from '../core/model/clock.ts';
import { parseNodeId } from '../core/model/ids.ts';
import { nodeStatusKey } from '../core/model/index-keys.ts';
import { type NodeStatus, nodeStatusSchema } from '../core/model/node-status.ts';
import { PROJECT, treeOf } from './testing/fleet.ts';
import { type NatsProject, openNatsProject } from './testing/nats-project.ts';

const PROGRAM = join(import.meta.dirname, '../scripts/fs-sync.mjs');

let project: NatsProject;
let dir: string;
const processes = new Set<ChildProcess>();

beforeAll(async () => {
  project = await openNatsProject();
  dir = mkdtempSync(join(tmpdir(), 'fs-agents-'));
});
afterAll(async () => {
  for (const one of processes) one.kill('SIGKILL');
  await project.close();
  rmSync(dir, { recursive: true, force: true });
});

/** when each node's agent was started last */
const startedAt = new Map<string, string>();
const rootOf = (node: string): string => join(dir, node);

function start(node: string, env: Record<string, string> = {}): ChildProcess {
  startedAt.set(node, isoTime(Date.now()));
  const args = ['agent', '--node', node, '--workspace', `${PROJECT}=${rootOf(node)}`];
  const child = fork(PROGRAM, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NATS_URL: project.rig.url,
      FS_TENANT: project.tenant,
      FS_DATA_DIR: join(dir, 'data'),
      ...env,
    },
  });
  processes.add(child);
  return child;
}

const exited = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once('exit', (code) => resolve(code)));

/** Waits for statuses as the fleet sees them. */
async function untilStatus(done: (statuses: ReadonlyMap<string, NodeStatus>) => boolean): Promise<void> {
  const stop = new AbortController();
  const statuses = new Map<string, NodeStatus>();
  for await (const change of project.nodes.watch('*.status', { signal: stop.signal })) {
    if (change.kind !== 'put') continue;
    const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(change.entry.value).toString('utf8')));
    // What an agent said before it was killed is not what its successor found.
    if (status.started < (startedAt.get(status.node) ?? '')) continue;
    statuses.set(status.node, status);
    if (done(statuses)) return stop.abort();
  }
}

/** Both in sync with one commit, with this many files. */
async function untilBothHave(files: number): Promise<void> {
  await untilStatus((statuses) => {
    const [a, b] = ['a', 'b'].map((node) => statuses.get(node)?.workspaces[0]);
    const same = a?.base === b?.base && a?.state === 'in-sync' && b?.state === 'in-sync';
    return same && a.files === files && b?.files === files;
  });
}

test('agents that are killed at any moment converge when they are started again', async () => {
  let [a, b] = [start('a'), start('b')];
  await untilBothHave(0);
  let files = 0;
  for (let round = 0; round < 3; round++) {
    mkdirSync(join(rootOf('a'), `round-${round}`));
    for (let i = 0; i < 300; i++) {
      writeFileSync(join(rootOf('a'), `round-${round}`, `${i}`), `${round} ${i} `.repeat(1 + i * 10));
    }
    writeFileSync(join(rootOf('a'), 'large'), Buffer.alloc(8_000_000, round));
    const [current] = [watchCurrent(project.io.index, PROJECT, { signal: AbortSignal.timeout(60_000) })];
    // The first commit of the round is the middle of the work for both.
    for await (const change of current) if (change.kind === 'moved' && change.at.current.files > files) break;
    b.kill('SIGKILL');
    a.kill('SIGKILL');
    await Promise.all([exited(a), exited(b)]);
    files += round === 0 ? 301 : 300;
    // Fewer than what an agent asks a person about.
    for (let i = 0; round > 0 && i < 140; i++, files--) rmSync(join(rootOf('a'), `round-${round - 1}`, `${i}`));
    [a, b] = [start('a'), start('b')];
    await untilBothHave(files);
    expect(await treeOf(rootOf('b'))).toEqual(await treeOf(rootOf('a')));
  }
  a.kill('SIGTERM');
  b.disconnect();
  expect(await Promise.all([exited(a), exited(b)])).toEqual([0, 0]);
  const status = await project.nodes.get(nodeStatusKey(parseNodeId('b')));
  expect(nodeStatusSchema.parse(JSON.parse(Buffer.from(status?.value ?? '').toString('utf8'))).left).toBe(true);
});

test('I7: a file that is written for a while arrives only as something that it was', async () => {
  const [a, b] = [start('a'), start('b')];
  await untilStatus((statuses) => ['a', 'b'].every((node) => statuses.get(node)?.left === false));
  const file = join(rootOf('a'), 'growing');
  let written = '';
  for (let i = 0; i < 400; i++) {
    const line = `line ${i} ${'.'.repeat(i)}\n`;
    written += line;
    appendFileSync(file, line);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const seen: string[] = [];
  const { readFile } = await import('node:fs/promises');
  await untilStatus(() => {
    void readFile(join(rootOf('b'), 'growing'), 'utf8').then(
      (text) => seen.push(text),
      () => {},
    );
    return seen.at(-1) === written;
  });
  for (const text of seen) expect(written.startsWith(text)).toBe(true);
  for (const one of [a, b]) one.kill('SIGTERM');
  await Promise.all([exited(a), exited(b)]);
});

test('a start that cannot work says what to change, and ends with 2', async () => {
  const child = start('c', { NATS_URL: 'not an address' });
  let told = '';
  child.stderr?.on('data', (text) => {
    told += text;
  });
  expect(await exited(child)).toBe(2);
  expect(told).toMatch(/NATS_URL is "not an address": give one or more addresses/);
});

test('an agent whose NATS does not answer waits for it, and ends when it is told to', async () => {
  const child = start('d', { NATS_URL: 'nats://127.0.0.1:1', LOG_LEVEL: 'warn' });
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (text: Buffer) => {
      if (/127.0.0.1:1 does not answer.*tries again until it works/.test(text.toString())) resolve();
    });
  });
  child.kill('SIGTERM');
  expect(await exited(child)).toBe(0);
});
