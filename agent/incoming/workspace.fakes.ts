// One workspace on a machine in memory, and a project that others commit to: for tests of what comes to disk.

import type { ColdProofs } from '../../core/commit/cold-proofs.ts';
import { type CommitIo, commit } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import type { PathOp } from '../../core/commit/path-op.ts';
import { createProject } from '../../core/commit/project.ts';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import type { Clock } from '../../core/model/clock.ts';
import type { Entry } from '../../core/model/entry.ts';
import { parseNodeId, parseProjectName, parseTenant, shaOf } from '../../core/model/ids.ts';
import { type Log, silentLog } from '../../core/model/log.ts';
import type { WorkspaceStatus } from '../../core/model/node-status.ts';
import { fakePath, parseRelPath } from '../../core/model/rel-path.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import type { PutHints } from '../../core/store/put-hints.ts';
import { seededRandom } from '../../core/testing/seeded-random.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import type { Recall } from '../../core/tier/recall.ts';
import type { Disk } from '../disk/disk.ts';
import { MemoryDisk, type MemoryDiskOptions } from '../disk/memory-disk.ts';
import { Feeds } from '../subscribe/feeds.ts';
import type { Hint, Watcher } from '../watch/watcher.ts';
import { Workspace } from '../workspace.ts';

export const ROOT = '/data/demo';
const PROJECT = parseProjectName('demo');
const actor = { kind: 'system', id: 'test' } as const;

export interface FakeWorkspaceOptions {
  /** the part of the project that it holds; default: all of it */
  readonly prefix?: string;
  readonly disk?: Partial<MemoryDiskOptions>;
  /** what the workspace sees of the disk */
  readonly watched?: (disk: Disk) => Disk;
  /** what it hears of the disk */
  readonly watcher?: (watcher: Watcher) => Watcher;
  /** which of the watcher's hints come to it; default: all */
  readonly hears?: (hint: Hint) => boolean;
  /** what it sees of the objects */
  readonly objects?: (objects: ObjectStore) => ObjectStore;
  /** what it sees of the index */
  readonly index?: (index: KeyValue) => KeyValue;
  /** how it gets what is only in cold */
  readonly recall?: Recall;
  readonly hints?: PutHints;
  /** who proves what the commits of a strict project bring; this node's and others' */
  readonly proofs?: ColdProofs;
  /** default: one on which time passes when all is at rest */
  readonly clock?: Clock;
  readonly log?: Log;
}

export class FakeWorkspace {
  readonly machine: MemoryDisk;
  readonly io: CommitIo;
  readonly #workspace: Workspace;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #looks = new Set<() => void>();
  #head: string | undefined;

  private constructor(options: FakeWorkspaceOptions, io: CommitIo, machine?: MemoryDisk) {
    const { clock } = io;
    this.io = io;
    this.machine = machine ?? new MemoryDisk({ clock, random: seededRandom(1), ...options.disk });
    const process = this.machine.start();
    const objects = options.objects?.(io.objects) ?? io.objects;
    const index = options.index?.(io.index) ?? io.index;
    this.#workspace = new Workspace(
      {
        node: parseNodeId('a'),
        tenant: parseTenant('default'),
        stores: { ...io, objects, index },
        ...(options.recall && { recall: options.recall }),
        ...(options.hints && { hints: options.hints }),
        clock,
        log: options.log ?? silentLog,
        feeds: new Feeds(clock),
        stateDir: '/state',
        watch: 'inotify',
        disk: options.watched?.(process.disk) ?? process.disk,
        startWatcher(root, onHint) {
          const watcher = process.startWatcher(root, (hint) => {
            if (options.hears?.(hint) ?? true) onHint(hint);
          });
          return options.watcher?.(watcher) ?? watcher;
        },
        rescanEveryMs: 600_000,
        changed: () => {
          for (const look of this.#looks) look();
        },
      },
      { project: PROJECT, root: ROOT, ...(options.prefix !== undefined && { prefix: parseRelPath(options.prefix) }) },
    );
    this.#running = this.#workspace.run(this.#stop.signal);
  }

  static async open(options: FakeWorkspaceOptions = {}): Promise<FakeWorkspace> {
    const objects = memoryObjectStore();
    const io = {
      objects,
      index: memoryKeyValue(),
      nodes: objectNodes(objects),
      clock: options.clock ?? virtualClock(),
      ...(options.proofs && { proofs: options.proofs }),
    };
    await createProject(io, PROJECT, actor);
    return new FakeWorkspace(options, io).#opened();
  }

  /** On the same machine, after it was closed or killed. */
  async again(options: Omit<FakeWorkspaceOptions, 'disk' | 'clock'> = {}): Promise<FakeWorkspace> {
    return this.begunAgain(options).#opened();
  }

  /** The same, without waiting until it is in sync. */
  begunAgain(options: Omit<FakeWorkspaceOptions, 'disk' | 'clock'> = {}): FakeWorkspace {
    const begun = new FakeWorkspace(options, this.io, this.machine);
    begun.#head = this.#head;
    return begun;
  }

  async #opened(): Promise<FakeWorkspace> {
    await this.#readHead();
    await this.inSync();
    return this;
  }

  get head(): string | undefined {
    return this.#head;
  }

  get status(): WorkspaceStatus {
    return this.#workspace.status();
  }

  /** Somebody else commits. @param contents  undefined: the path is deleted; null: an empty directory */
  async commit(contents: Readonly<Record<string, string | Buffer | null | undefined>>): Promise<void> {
    const ops: PathOp[] = [];
    for (const [name, content] of Object.entries(contents)) {
      const path = fakePath(name);
      if (content === undefined) ops.push({ kind: 'delete', path, seen: 'absent' });
      else ops.push({ kind: 'put', entry: await this.#entry(name, content), seen: 'absent' });
    }
    await commit(this.io, { project: PROJECT, actor, ops });
    await this.#readHead();
  }

  async #entry(name: string, content: string | Buffer | null): Promise<Entry> {
    const path = fakePath(name);
    if (content === null) return { path, dir: true, mode: 0o755 };
    const bytes = Buffer.from(content);
    const sha = shaOf(bytes);
    await this.io.objects.put(sha, bytes.length, bytes);
    return { path, sha, size: bytes.length, mode: 0o644, mtime: 1_690_000_000_000 };
  }

  /** What comes next on it may be older (I12): the next commit tells. */
  breakLine(): void {
    this.#workspace.storageAway('NATS is away.');
  }

  async until(done: (status: WorkspaceStatus) => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!done(this.status)) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Of the status. */
  nextChange(): Promise<void> {
    let looks = 0;
    return this.until(() => ++looks > 1);
  }

  /** With what was committed by others, or with what it committed itself over that. */
  async inSync(): Promise<void> {
    await this.until(({ state, base }) => state === 'in-sync' && base === this.#head);
    await this.#readHead();
    if (this.status.base !== this.#head) await this.inSync();
  }

  async #readHead(): Promise<void> {
    this.#head = (await readCurrent(this.io.index, PROJECT))?.current.commit_sha;
  }

  /** Files by path below the root, without the agent's own. */
  tree(): Record<string, string> {
    const { disk } = this.machine.start();
    const found: Record<string, string> = {};
    const walk = (dir: string, prefix: string) => {
      for (const name of disk.readDirectory(dir).filter((one) => prefix !== '' || one.name.toString() !== '.fs-sync')) {
        const path = `${dir}/${name.name}`;
        if (name.isDirectory()) walk(path, `${prefix}${name.name}/`);
        else found[`${prefix}${name.name}`] = disk.readText(path);
      }
    };
    walk(ROOT, '');
    return found;
  }

  async close(): Promise<void> {
    this.#stop.abort(new Error('the test ends'));
    await this.#running;
  }
}
