// One program that uses a disk in memory. Each of its calls may fail, take time, or be its last; from then on none of its
// calls does anything.
import type { Clock } from '../../core/model/clock.ts';
import type { OnHint, Watcher } from '../watch/watcher.ts';
import type { Disk, DiskDatabase, DiskLock } from './disk.ts';
import type { MemoryDatabases } from './memory-databases.ts';
import { MemoryDiskError, ProcessDeadError } from './memory-disk-error.ts';
import { MemoryFile, openNode } from './memory-file.ts';
import { bytesOfName, kindOf } from './memory-nodes.ts';
import { fileAt, type MemoryTree } from './memory-tree.ts';
import { memoryWatcher, type WatchFaults } from './memory-watcher.ts';

export type DiskFault =
  /** nothing happens; the caller is told with this code */
  | { readonly kind: 'fail'; readonly code: string }
  /** it happens after this time */
  | { readonly kind: 'slow'; readonly ms: number }
  /** the process is killed before or after it happens */
  | { readonly kind: 'kill'; readonly when: 'before' | 'after' };

export interface DiskFaults {
  /** Asked before each call of a process. @param verb  of `Disk` or `DiskFile` */
  next(verb: string, path: string): DiskFault | undefined;
}

/** One program that uses the disk. */
export interface MemoryProcess {
  readonly disk: Disk;
  readonly isDead: boolean;
  startWatcher(root: string, onHint: OnHint): Watcher;
  /** From here on every call throws and does nothing; its locks are free, its databases as they were at their last commit. */
  kill(): void;
}

export interface ProcessOptions {
  readonly faults?: DiskFaults;
  readonly watchFaults?: WatchFaults;
  /** Told once, at the moment of its end. */
  readonly onDeath?: () => void;
}

export interface Machine {
  readonly clock: Clock;
  readonly spend: (ms: number) => void;
  readonly tree: MemoryTree;
  readonly databases: MemoryDatabases;
  readonly locks: Set<string>;
  /** lock → who said last to have it */
  readonly lockedBy: Map<string, string>;
  /** how often the power was lost */
  readonly boots: () => number;
}

export class Process implements MemoryProcess {
  readonly disk: Disk;
  readonly #machine: Machine;
  readonly #options: ProcessOptions;
  readonly #gone: () => void;
  readonly #held = new Set<string>();
  readonly #open = new Set<DiskDatabase & { kill(): void }>();
  readonly #watchers = new Set<Watcher>();
  #isDead = false;

  constructor(machine: Machine, options: ProcessOptions, gone: () => void) {
    this.#machine = machine;
    this.#options = options;
    this.#gone = gone;
    this.disk = this.#makeDisk();
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const database of this.#open) database.kill();
    for (const path of this.#held) this.#machine.locks.delete(path);
    for (const watcher of this.#watchers) void watcher.close();
    this.#gone();
    this.#options.onDeath?.();
  }

  startWatcher(root: string, onHint: OnHint): Watcher {
    const { tree, clock } = this.#machine;
    const heard: OnHint = (hint) => {
      if (!this.#isDead) onHint(hint);
    };
    const watcher = memoryWatcher({ tree, clock, root, ...this.#options.watchFaults }, heard);
    this.#watchers.add(watcher);
    return watcher;
  }

  /** One call of the process, which may be its last. */
  act<T>(verb: string, path: string, work: (tree: MemoryTree) => T): T {
    if (this.#isDead) throw new ProcessDeadError();
    const { tree, spend } = this.#machine;
    const fault = this.#options.faults?.next(verb, path);
    if (fault?.kind === 'fail') throw new MemoryDiskError(fault.code, path);
    if (fault?.kind === 'slow') spend(fault.ms);
    if (fault?.kind === 'kill') {
      if (fault.when === 'after') work(tree);
      this.kill();
      throw new ProcessDeadError();
    }
    return work(tree);
  }

  /** The same off the main thread: others go on meanwhile, and the process may be dead when it comes back. */
  async actLater<T>(verb: string, path: string, work: (tree: MemoryTree) => T): Promise<T> {
    if (this.#isDead) throw new ProcessDeadError();
    const fault = this.#options.faults?.next(verb, path);
    if (fault?.kind === 'slow') await this.#machine.clock.sleep(fault.ms);
    if (this.#isDead) throw new ProcessDeadError();
    if (fault?.kind === 'fail') throw new MemoryDiskError(fault.code, path);
    if (fault?.kind !== 'kill') return work(this.#machine.tree);
    if (fault.when === 'after') work(this.#machine.tree);
    this.kill();
    throw new ProcessDeadError();
  }

  #makeDisk(): Disk {
    return {
      lstat: (path) =>
        this.act('lstat', path, (tree) => {
          const node = tree.find(path, false);
          return node && tree.stat(node);
        }),
      readDirectory: (path) =>
        this.act('readDirectory', path, (tree) =>
          Array.from(tree.directory(path).names, ([name, node]) => ({ name: bytesOfName(name), ...kindOf(node) })),
        ),
      realPath: (path) => this.act('realPath', path, (tree) => tree.realPath(path)),
      freeBytes: (path) =>
        this.act('freeBytes', path, (tree) => {
          tree.get(path);
          return tree.freeBytes;
        }),
      readText: (path) => this.act('readText', path, (tree) => Buffer.from(fileAt(tree, path).bytes).toString('utf8')),
      open: (path, how) =>
        this.act('open', path, (tree) => new MemoryFile(this, path, openNode(tree, path, how), how === 'append')),
      link: (from, to) => this.act('link', to, (tree) => tree.link(from, to)),
      rename: (from, to) => this.act('rename', to, (tree) => tree.rename(from, to)),
      unlink: (path) => this.act('unlink', path, (tree) => tree.unlink(path)),
      makeDirectory: (path) => this.act('makeDirectory', path, (tree) => void tree.makeDirectory(path, 0o755)),
      makeDirectories: (path, mode = 0o755) => this.#makeDirectories(path, mode),
      removeDirectory: (path) => this.act('removeDirectory', path, (tree) => tree.removeDirectory(path)),
      removeTree: (path) => this.#removeTree(path),
      setMode: (path, mode) => this.act('setMode', path, (tree) => tree.setMode(path, tree.get(path), mode)),
      setTime: (path, seconds) =>
        this.act('setTime', path, (tree) => tree.setTime(path, tree.get(path, false), seconds)),
      syncDirectory: (path) =>
        this.actLater('syncDirectory', path, (tree) => {
          const node = tree.findIfReachable(path);
          if (node) tree.syncDirectory(node);
        }),
      syncDirectoryNow: (path) =>
        this.act('syncDirectory', path, (tree) => {
          const node = tree.findIfReachable(path);
          if (node) tree.syncDirectory(node);
        }),
      bootId: () => this.act('bootId', '/', () => `boot ${this.#machine.boots()}`),
      lock: (path, who) => this.act('lock', path, (tree) => this.#lock(tree, path, who)),
      lockedBy: (path) => this.act('lockedBy', path, () => this.#machine.lockedBy.get(path)),
      openDatabase: (path) => this.#openDatabase(path),
      removeDatabase: (path) => this.act('removeDatabase', path, () => this.#machine.databases.remove(path)),
    };
  }

  /** Each step is a call of its own: the process may die between two. */
  #makeDirectories(path: string, mode: number): void {
    const parts = path.split('/').slice(1);
    for (const i of parts.keys()) {
      const at = `/${parts.slice(0, i + 1).join('/')}`;
      this.act('makeDirectories', at, (tree) => {
        const there = tree.find(at);
        if (!there) tree.makeDirectory(at, mode);
        else if (there.kind !== 'directory') throw new MemoryDiskError(at === path ? 'EEXIST' : 'ENOTDIR', at);
      });
    }
  }

  #removeTree(path: string): void {
    const node = this.act('removeTree', path, (tree) => tree.find(path, false));
    if (!node) return;
    if (node.kind === 'directory') for (const name of [...node.names.keys()]) this.#removeTree(`${path}/${name}`);
    this.act('removeTree', path, (tree) => {
      if (node.kind === 'directory') tree.removeDirectory(path);
      else tree.unlink(path);
    });
  }

  #lock(tree: MemoryTree, path: string, who: string | undefined): DiskLock | undefined {
    const { locks, lockedBy } = this.#machine;
    if (!tree.find(path)) tree.makeFile(path, 0o644);
    if (locks.has(path)) return undefined;
    locks.add(path);
    if (who !== undefined) lockedBy.set(path, who);
    this.#held.add(path);
    return {
      release: () => {
        if (this.#held.delete(path)) locks.delete(path);
      },
    };
  }

  #openDatabase(path: string): DiskDatabase {
    return this.act('openDatabase', path, () => {
      const database = this.#machine.databases.open(path);
      this.#open.add(database);
      return {
        db: database.db,
        checkpoint: () => this.act('checkpoint', path, () => database.checkpoint()),
        close: () => {
          this.#open.delete(database);
          if (!this.#isDead) database.close();
        },
      };
    });
  }
}
