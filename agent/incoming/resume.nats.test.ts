// A large file over a real nats-server, with an agent that is killed with SIGKILL in the middle of it: what went over the
// line is counted.
import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commit } from '../../core/commit/commit.ts';
import { parseNodeId, type Sha } from '../../core/model/ids.ts';
import { nodeStatusKey } from '../../core/model/index-keys.ts';
import { nodeStatusSchema, type WorkspaceStatus } from '../../core/model/node-status.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { stagingFolder } from '../marker.ts';
import { PROJECT } from '../testing/fleet.ts';
import { type NatsProject, openNatsProject } from '../testing/nats-project.ts';

const PROGRAM = join(import.meta.dirname, '../../scripts/fs-sync.mjs');
const MIB = 1024 * 1024;
const SIZE = 300 * MIB;

/** A line to the server that counts what comes from it. */
class CountedLine {
  bytes = 0;
  /** told whenever more came */
  onBytes = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(port: number) {
    this.#server = createServer((inner) => {
      const outer = connect(port, '127.0.0.1');
      outer.on('data', (data) => {
        this.bytes += data.length;
        this.onBytes();
      });
      for (const socket of [inner, outer]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          this.#sockets.delete(socket);
          inner.destroy();
          outer.destroy();
        });
      }
      inner.pipe(outer);
      outer.pipe(inner);
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `nats://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  until(bytes: number): Promise<void> {
    return new Promise((resolve) => {
      this.onBytes = () => {
        if (this.bytes >= bytes) resolve();
      };
    });
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

let project: NatsProject;
let dir: string;
let line: CountedLine;
const processes = new Set<ChildProcess>();

beforeEach(async () => {
  project = await openNatsProject();
  dir = mkdtempSync(join(tmpdir(), 'fs-resume-'));
  line = new CountedLine(project.rig.port);
});
afterEach(async () => {
  for (const one of processes) one.kill('SIGKILL');
  line.close();
  await project.close();
  rmSync(dir, { recursive: true, force: true });
});

/** @returns the sha of 300 MB that the project then has */
async function commitLargeFile(): Promise<Sha> {
  const { io } = project;
  const hash = createHash('sha256');
  for await (const part of content()) hash.update(part);
  const sha = hash.digest('hex') as Sha;
  await io.objects.put(sha, SIZE, content);
  const entry = { path: fakePath('large'), sha, size: SIZE, mode: 0o644, mtime: 1_690_000_000_000 };
  await commit(io, {
    project: PROJECT,
    actor: { kind: 'system', id: 'test' },
    ops: [{ kind: 'put', entry, seen: 'absent' }],
  });
  return sha;
}

async function* content() {
  for (let i = 0; i < SIZE / MIB; i++) {
    const part = Buffer.alloc(MIB, i);
    part.writeUInt32LE(i, i * 100);
    yield part;
  }
}

function start(natsUrl: string, env: Record<string, string> = {}): ChildProcess {
  const child = fork(PROGRAM, ['agent', '--node', 'a', '--workspace', `${PROJECT}=${join(dir, 'a')}`], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, NATS_URL: natsUrl, FS_TENANT: project.tenant, FS_DATA_DIR: join(dir, 'data'), ...env },
  });
  processes.add(child);
  return child;
}

async function untilStatus(done: (status: WorkspaceStatus) => boolean): Promise<void> {
  const stop = new AbortController();
  for await (const change of project.nodes.watch(nodeStatusKey(parseNodeId('a')), { signal: stop.signal })) {
    if (change.kind !== 'put') continue;
    const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(change.entry.value).toString('utf8')));
    if (status.workspaces.some(done)) return stop.abort();
  }
}

async function shaOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(file)) hash.update(part);
  return hash.digest('hex');
}

test('an agent that was killed in the middle of a large file asks only for the rest', async () => {
  const sha = await commitLargeFile();
  const url = await line.open();
  const killed = start(url, { FS_DOWN_BYTES_PER_SECOND: '100MB' });
  await line.until(120 * MIB);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const staging = stagingFolder(join(dir, 'a'));
  expect(readdirSync(staging).filter((name) => name.startsWith('part-'))).toEqual([`part-${sha}`]);
  const came = statSync(join(staging, `part-${sha}`)).size;
  expect(came).toBeGreaterThan(80 * MIB);

  line.bytes = 0;
  const again = start(url);
  await untilStatus(({ state, files }) => state === 'in-sync' && files === 1);
  expect(line.bytes).toBeGreaterThan(SIZE - came);
  // Beside the rest: whole chunks, their envelopes, and what agents say to each other.
  expect(line.bytes).toBeLessThan(SIZE - came + 8 * MIB);
  expect(await shaOfFile(join(dir, 'a', 'large'))).toBe(sha);
  expect(readdirSync(staging)).toEqual([]);
  again.kill('SIGTERM');
  await once(again, 'exit');
});
