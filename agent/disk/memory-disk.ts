// A machine's disk in memory, for simulations: a file system that processes of the agent use, each of which may be killed
// at any of its calls, and that other programs use beside them. Taking the power kills all and leaves what was durable.
import type { Clock } from '../../core/model/clock.ts';
import type { Random } from '../../core/testing/seeded-random.ts';
import { MemoryDatabases } from './memory-databases.ts';
import { isRaw } from './memory-nodes.ts';
import { type Machine, type MemoryProcess, Process, type ProcessOptions } from './memory-process.ts';
import { fileAt, MemoryTree, type TreeOptions } from './memory-tree.ts';

export interface MemoryDiskOptions extends Omit<TreeOptions, 'now'> {
  readonly clock: Clock;
  readonly random: Random;
  /** Lets time pass within a call that is synchronous; default: it takes none. */
  readonly spend?: (ms: number) => void;
}

export class MemoryDisk {
  readonly #options: MemoryDiskOptions;
  readonly #tree: MemoryTree;
  readonly #databases: MemoryDatabases;
  readonly #locks = new Set<string>();
  readonly #lockedBy = new Map<string, string>();
  readonly #processes = new Set<Process>();
  #boots = 0;

  constructor(options: MemoryDiskOptions) {
    this.#options = options;
    this.#tree = new MemoryTree({ ...options, now: () => options.clock.now() });
    this.#databases = new MemoryDatabases(options.random);
  }

  start(options: ProcessOptions = {}): MemoryProcess {
    const { clock, spend = () => {} } = this.#options;
    const machine: Machine = {
      clock,
      spend,
      tree: this.#tree,
      databases: this.#databases,
      locks: this.#locks,
      lockedBy: this.#lockedBy,
      boots: () => this.#boots,
    };
    const process = new Process(machine, options, () => this.#processes.delete(process));
    this.#processes.add(process);
    return process;
  }

  /** Every process dies; names and bytes that were not synced may be lost, databases go back to a checkpoint or later. */
  powerLoss(): void {
    for (const process of [...this.#processes]) process.kill();
    this.#tree.powerLoss();
    this.#databases.powerLoss();
    this.#boots++;
  }

  get freeBytes(): number {
    return this.#tree.freeBytes;
  }

  /** As when their files are removed; no process may have one open. */
  loseDatabases(): void {
    this.#databases.clear();
  }

  // What other programs do, each within one turn. They meet no faults.

  readFile(path: string): Uint8Array {
    return fileAt(this.#tree, path).bytes;
  }

  /** In place: an open file keeps its inode. */
  writeFile(path: string, bytes: Uint8Array, mode = 0o644): void {
    const there = this.#tree.find(path);
    const node = there ? fileAt(this.#tree, path) : this.#tree.makeFile(path, mode);
    this.#tree.write(path, node, bytes);
  }

  writeAt(path: string, position: number, bytes: Uint8Array): void {
    const node = fileAt(this.#tree, path);
    const after = new Uint8Array(Math.max(node.bytes.length, position + bytes.length));
    after.set(node.bytes);
    after.set(bytes, position);
    this.#tree.write(path, node, after);
  }

  /** What was done to names in the directory is durable. */
  syncNames(path: string): void {
    this.#tree.syncDirectory(this.#tree.directory(path));
  }

  makeLink(path: string, target: string): void {
    this.#tree.makeLink(path, target);
  }

  /** Removes what `makeRawFile` made in a directory. */
  removeRawFiles(dir: string): void {
    for (const name of [...this.#tree.directory(dir).names.keys()])
      if (isRaw(name)) this.#tree.unlink(`${dir}/${name}`);
  }

  makeRawFile(dir: string, name: Buffer): void {
    this.#tree.makeRawFile(dir, name);
  }
}
