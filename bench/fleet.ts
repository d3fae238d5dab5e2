// What the sync benches measure: a nats-server of their own and real `fs-sync agent` processes, started as `fs-sync up`
// starts them, with directories, agents' state and streams on one disk. There is no server: files go from node to node
// without one. FS_BENCH_PROFILE=<directory> keeps a CPU profile of each agent.
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AGENT_THREADS } from '../agent/up/agent-threads.ts';
import { createProject } from '../core/commit/project.ts';
import { findNatsServer, startNatsServer } from '../core/embedded/nats-server.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { systemClock } from '../core/model/clock.ts';
import { parseNodeId, parseProjectName, parseTenant } from '../core/model/ids.ts';
import { nodeStatusKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import { type NodeStatus, nodeStatusSchema, type WorkspaceStatus } from '../core/model/node-status.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { connectNats } from '../core/store/nats-connect.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { indexBucket, nodesBucket } from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import type { Pair } from './tree.ts';

export type SyncInterval = 'always' | '1s';

export interface Fleet {
  readonly dir: string;
  workspace(node: string): string;
  /** Resolves when the process has connected to NATS. */
  startAgent(node: string): Promise<AgentProcess>;
  /** The first status in `fs_nodes` that says so of the node's workspace; waits without asking again and again. */
  until(node: string, done: (workspace: WorkspaceStatus, status: NodeStatus) => boolean): Promise<WorkspaceStatus>;
}

export interface AgentProcess {
  readonly pid: number;
  /** bytes: the most that was resident since its start */
  peakRss(): number;
  /** seconds of processor time since its start, user and system */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export interface AgentPair extends Pair {
  readonly agents: readonly AgentProcess[];
}

const TENANT = parseTenant('bench');
const PROJECT = parseProjectName('bench');
/** scripts/bench.mjs builds this and runs benches in the project's root. */
const PROGRAM = join(process.cwd(), 'dist/agent/fs-sync.js');
const WAIT_MS = 300_000;
/** what the kernel counts processor time in, on every Linux that Node runs on */
const TICKS_PER_SECOND = 100;

/** A directory beside the project's other caches: the temporary one may lie in memory, where fsync costs nothing.
 *
 *  Each has to begin on a fresh part of the disk. ext4 without a journal does not use an inode again for minutes after its
 *  file was deleted, and walks over all of them whenever it makes a file near them: after an `rm -r` of 60,000 files a new
 *  one took ten times as long (0.5 ms of processor time, measured). A directory marked as "top" has its children
 *  spread over the disk; elsewhere the mark cannot be set, and is not needed. */
export async function withScratch<T>(use: (dir: string) => Promise<T>): Promise<T> {
  const parent = join(process.cwd(), '.cache/bench/scratch');
  await mkdir(parent, { recursive: true });
  await promisify(execFile)('chattr', ['+T', parent]).catch(() => {});
  const dir = await mkdtemp(join(parent, 'data-'));
  // Ctrl-C: gigabytes are not left behind, as far as those who are ending as well let go of them.
  const onExit = () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', onExit);
  try {
    return await use(dir);
  } finally {
    process.removeListener('exit', onExit);
    await rm(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Two agents on one project, at rest. */
export function withAgents<T>(syncInterval: SyncInterval, use: (pair: AgentPair) => Promise<T>): Promise<T> {
  return withScratch((dir) =>
    withFleet(dir, syncInterval, async (fleet) => {
      const nodes = ['node-a', 'node-b'] as const;
      const agents = await Promise.all(nodes.map((node) => fleet.startAgent(node)));
      for (const node of nodes) await fleet.until(node, ({ state }) => state === 'in-sync');
      return use({
        name: 'nats-fs-sync',
        scratch: dir,
        a: fleet.workspace('node-a'),
        b: fleet.workspace('node-b'),
        agents,
      });
    }),
  );
}

/** Starts on what `dir` holds already, and leaves it there. */
export async function withFleet<T>(
  dir: string,
  syncInterval: SyncInterval,
  use: (fleet: Fleet) => Promise<T>,
): Promise<T> {
  const { path: binary } = await findNatsServer();
  const storeDir = join(dir, 'nats');
  const server = await startNatsServer({ binary, storeDir, syncInterval, logFile: join(dir, 'nats.log') });
  const link = await connectNats({ servers: server.url, name: 'bench', log: silentLog });
  const agents: AgentProcess[] = [];
  try {
    const objects = natsObjectStore(link, TENANT, await ensureTenant(link, TENANT));
    const index = natsKeyValue(link, indexBucket(TENANT));
    const io = { objects, index, nodes: objectNodes(objects), clock: systemClock };
    await createProject(io, PROJECT, { kind: 'system', id: 'bench' });
    const statuses = natsKeyValue(link, nodesBucket(TENANT));
    const workspace = (node: string) => join(dir, 'nodes', node);
    return await use({
      dir,
      workspace,
      async startAgent(node) {
        await mkdir(workspace(node), { recursive: true });
        const agent = await startAgent(dir, node, workspace(node), server.url);
        agents.push(agent);
        return agent;
      },
      until: (node, done) => untilStatus(statuses, node, done),
    });
  } finally {
    await Promise.all(agents.map((agent) => agent.stop()));
    await link.close();
    await server.stop();
  }
}

async function startAgent(dir: string, node: string, root: string, natsUrl: string): Promise<AgentProcess> {
  const logFile = join(dir, `${node}.log`);
  const log = openSync(logFile, 'a');
  const profile = process.env.FS_BENCH_PROFILE;
  const child = fork(PROGRAM, ['agent', '--node', node, '--workspace', `${PROJECT}=${root}`], {
    // Nothing of what this process runs with: an agent is measured as a service manager would start it.
    execArgv: profile
      ? ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${node}-${Date.now()}.cpuprofile`]
      : [],
    env: {
      ...AGENT_THREADS,
      ...process.env,
      NATS_URL: natsUrl,
      NATS_CREDS: '',
      FS_TENANT: TENANT,
      FS_DATA_DIR: join(dir, 'data'),
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = once(child, 'exit');
  const ended = exited.then(() => {
    throw new Error(
      `the agent of ${node} ended at its start: ${readFileSync(logFile, 'utf8').trim().split('\n').at(-1)}`,
    );
  });
  await Promise.race([readyMessage(child), ended]);
  ended.catch(() => {});
  const { pid } = child;
  if (pid === undefined) throw new Error(`the agent of ${node} could not be started`);
  return {
    pid,
    peakRss: () => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    cpuSeconds: () => cpuSecondsOf(pid),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await exited;
    },
  };
}

function readyMessage(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message: { kind?: string }) => {
      if (message.kind === 'ready') resolve();
    });
  });
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in parentheses; the 14th and 15th are user and system time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function untilStatus(
  statuses: KeyValue,
  node: string,
  done: (workspace: WorkspaceStatus, status: NodeStatus) => boolean,
): Promise<WorkspaceStatus> {
  const end = new AbortController();
  let last = 'nothing';
  const timer = setTimeout(() => end.abort(), WAIT_MS);
  try {
    for await (const change of statuses.watch(nodeStatusKey(parseNodeId(node)), { signal: end.signal })) {
      if (change.kind !== 'put') continue;
      const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(change.entry.value).toString()));
      const [workspace] = status.workspaces;
      if (workspace && !status.left && done(workspace, status)) return workspace;
      last = workspace ? `${workspace.state}, ${workspace.sentence}` : 'no workspace';
    }
  } finally {
    clearTimeout(timer);
    end.abort();
  }
  throw new Error(`${node} did not get there in ${WAIT_MS / 1000} s; it said last: ${last}`);
}
