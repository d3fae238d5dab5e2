// Two or more agents in one process, on temporary directories, for tests. Waiting is always for a condition, looked at
// whenever an agent says that something changed.
import { mkdtempSync, readFileSync } from 'node:fs';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommitIo } from '../../core/commit/commit.ts';
import { watchCurrent } from '../../core/commit/current.ts';
import { createProject } from '../../core/commit/project.ts';
import { cachedNodes } from '../../core/manifest/cached-nodes.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { systemClock } from '../../core/model/clock.ts';
import { parseNodeId, parseProjectName, parseTenant, shaOf, type Tenant } from '../../core/model/ids.ts';
import { type Log, silentLog } from '../../core/model/log.ts';
import type { WorkspaceStatus } from '../../core/model/node-status.ts';
import { OWN_FOLDER } from '../../core/model/own-folder.ts';
import { parseRelPath } from '../../core/model/rel-path.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import { memoryPutHints } from '../../core/store/memory-put-hints.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import type { PutHints } from '../../core/store/put-hints.ts';
import type { Recall } from '../../core/tier/recall.ts';
import { type RunningAgent, startAgent } from '../agent.ts';
import type { LimitValues } from '../assign/limits.ts';
import type { Disk } from '../disk/disk.ts';

export interface FleetStores {
  readonly objects: ObjectStore;
  readonly index: KeyValue;
  readonly nodes: KeyValue;
  readonly hints?: PutHints;
}

export interface FleetOptions {
  /** default: in memory */
  readonly stores?: Partial<FleetStores>;
  readonly tenant?: Tenant;
  readonly log?: Log;
}

export const PROJECT = parseProjectName('demo');

const loudLog: Log = {
  debug: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  info: (fields, message) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  warn: (fields, message) => process.stderr.write(`WARN ${message} ${show(fields)}\n`),
  error: (fields, message) => process.stderr.write(`ERROR ${message} ${show(fields)}\n`),
};

/** With LOUD in the environment, a test can be looked into. */
export const testLog = process.env.LOUD ? loudLog : silentLog;

const show = (fields: object): string =>
  JSON.stringify(fields, (_, value) => (value instanceof Error ? (value.stack ?? value.message) : value));

export class Fleet {
  readonly dir: string;
  readonly io: CommitIo;
  readonly stores: FleetStores;
  readonly nodes = new Map<string, TestNode>();
  readonly #tenant: Tenant;
  readonly #log: Log;
  readonly #stop = new AbortController();
  readonly #onHead = new Set<() => boolean>();
  #head: string | undefined;

  private constructor(options: FleetOptions) {
    this.dir = mkdtempSync(join(tmpdir(), 'fs-fleet-'));
    const memory = memoryObjectStore();
    const hints = options.stores?.objects ? options.stores.hints : memoryPutHints(memory);
    this.stores = {
      objects: options.stores?.objects ?? memory,
      index: options.stores?.index ?? memoryKeyValue(),
      nodes: options.stores?.nodes ?? memoryKeyValue(),
      ...(hints && { hints }),
    };
    this.io = ioOf(this.stores);
    this.#tenant = options.tenant ?? parseTenant('default');
    this.#log = options.log ?? testLog;
  }

  /** With the project made and no agent yet. */
  static async open(options: FleetOptions = {}): Promise<Fleet> {
    const fleet = new Fleet(options);
    await createProject(fleet.io, PROJECT, { kind: 'system', id: 'test' });
    void fleet.#follow();
    return fleet;
  }

  /** Starts two agents, which are in sync with the project when it resolves. */
  async two(): Promise<[TestNode, TestNode]> {
    const pair: [TestNode, TestNode] = [this.start('a'), this.start('b')];
    await this.converged();
    return pair;
  }

  async #follow(): Promise<void> {
    for await (const change of watchCurrent(this.stores.index, PROJECT, { signal: this.#stop.signal })) {
      if (change.kind === 'moved') this.#head = change.at.current.commit_sha;
      for (const look of this.#onHead) look();
    }
  }

  /** Starts (again) the agent of a node. */
  start(name: string, options: StartOptions = {}): TestNode {
    const root = options.root ?? join(this.dir, name, 'demo');
    const agent = startAgent({
      nodeId: parseNodeId(name),
      tenant: this.#tenant,
      workspaces: [
        {
          project: PROJECT,
          root,
          ...(options.prefix !== undefined && { prefix: parseRelPath(options.prefix) }),
          ...(options.mode && { mode: options.mode }),
        },
      ],
      stores: ioOf({ ...this.stores, ...options.stores }),
      ...(this.stores.hints && { hints: this.stores.hints }),
      nodes: this.stores.nodes,
      log: this.#log,
      stateDir: join(this.dir, name, 'state'),
      ...(options.watch && { watch: options.watch }),
      ...(options.disk && { disk: options.disk }),
      ...(options.limits && { limits: options.limits }),
      ...(options.recall && { recall: options.recall }),
    });
    const node = new TestNode(name, root, agent);
    this.nodes.set(name, node);
    return node;
  }

  /** When all agents are in sync with what is current. Looked at when an agent or `current` changes. */
  async converged(): Promise<void> {
    await new Promise<void>((resolve) => {
      let done = false;
      const look = () => {
        done ||= [...this.nodes.values()].every(
          ({ status }) => status.state === 'in-sync' && status.base === this.#head,
        );
        if (!done) return false;
        this.#onHead.delete(look);
        resolve();
        return true;
      };
      this.#onHead.add(look);
      for (const node of this.nodes.values()) void node.agent.until(look);
    });
  }

  /** When all that is on the disks now is everywhere, whatever the watchers have told so far. */
  async settled(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.agent.rescan()));
    await this.converged();
  }

  async close(): Promise<void> {
    await Promise.all([...this.nodes.values()].map((node) => node.agent.stop()));
    this.#stop.abort();
    await rm(this.dir, { recursive: true, force: true });
  }
}

export interface StartOptions {
  readonly root?: string;
  readonly prefix?: string;
  readonly mode?: 'receive' | 'send';
  readonly watch?: 'polling' | 'portable';
  readonly disk?: Disk;
  readonly limits?: LimitValues;
  /** how it gets what is only in cold */
  readonly recall?: Recall;
  /** in place of the fleet's, for one node */
  readonly stores?: Partial<FleetStores>;
}

const ioOf = ({ objects, index }: FleetStores): CommitIo => ({
  objects,
  index,
  nodes: cachedNodes(objectNodes(objects), { maxBytes: 1 << 20 }),
  clock: systemClock,
});

export class TestNode {
  constructor(
    readonly name: string,
    readonly root: string,
    readonly agent: RunningAgent,
  ) {}

  get status(): WorkspaceStatus {
    const [status] = this.agent.status().workspaces;
    if (!status) throw new Error('a test node has one workspace');
    return status;
  }

  path(relative: string): string {
    return join(this.root, relative);
  }

  async until(done: (status: WorkspaceStatus) => boolean): Promise<WorkspaceStatus> {
    await this.agent.until(() => done(this.status));
    return this.status;
  }

  /** When the file has this content; undefined: when there is none. */
  async has(relative: string, content: string | undefined): Promise<void> {
    await this.until(() => readText(this.path(relative)) === content);
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Every path below `root` with what is carried of it, to compare two nodes. */
export async function treeOf(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  const walk = async (dir: string, prefix: string) => {
    const names = (await readdir(dir)).filter((name) => prefix !== '' || name !== OWN_FOLDER).sort();
    for (const name of names) {
      const path = join(dir, name);
      const stat = await lstat(path, { bigint: true });
      const mode = (stat.mode & 0o777n).toString(8);
      if (stat.isDirectory()) {
        await walk(path, `${prefix}${name}/`);
        if ((await readdir(path)).length === 0) tree[`${prefix}${name}/`] = `empty ${mode}`;
      } else if (stat.isFile()) {
        tree[`${prefix}${name}`] = `${shaOf(await readFile(path))} ${mode} ${stat.mtimeNs / 1_000_000n}`;
      }
    }
  };
  await walk(root, '');
  return tree;
}
