// A file system in memory, without processes: inodes, names, links, modes and times, and what of it a power loss leaves.
// What a power loss leaves of names and facts the journal says; bytes that were not synced are old, new, cut short or mixed.
import type { Random } from '../../core/testing/seeded-random.ts';
import type { DiskStat } from './disk.ts';
import { MemoryDiskError } from './memory-disk-error.ts';
import { bytesLeft, Journal } from './memory-journal.ts';
import {
  contains,
  type DirectoryNode,
  type Facts,
  type FileNode,
  KIND_BITS,
  kindOf,
  type LinkNode,
  NOTHING,
  type Node,
  nameOfBytes,
} from './memory-nodes.ts';
import { MemoryPaths } from './memory-paths.ts';

/** Something happened under a name of a directory, or to what it names. */
export type OnChange = (dir: DirectoryNode, name: string, node: Node, how: 'name' | 'content' | 'facts') => void;

export interface TreeOptions {
  /** milliseconds since 1970 */
  readonly now: () => number;
  readonly random: Random;
  /** default: no limit */
  readonly capacityBytes?: number;
  /** Two changes in a row get two times; false: times move every 4 ms. Default true */
  readonly exactTimes?: boolean;
  /** Names that differ only in case or in Unicode form are one; the first one stays. Default false */
  readonly caseInsensitive?: boolean;
  /** Every sync makes all names durable, as a journal that all share does; false: only those of the directory. Default true */
  readonly sharedJournal?: boolean;
  /** A sync of a directory makes its names durable and nothing else, not its own name either: all that POSIX promises.
   *  Default false */
  readonly namesAlone?: boolean;
}

const COARSE_MS = 4;
const NO_FACTS: Facts = { ino: 0n, mode: 0, mtimeNs: 0n, ctimeNs: 0n };

export class MemoryTree extends MemoryPaths {
  readonly listeners = new Set<OnChange>();
  readonly #options: TreeOptions;
  readonly #freeInodes: bigint[] = [];
  readonly #journal: Journal;
  #inodes = 1n;
  #ticks = 0n;
  #usedBytes = 0;

  constructor(options: TreeOptions) {
    super(options.caseInsensitive ?? false, { kind: 'directory', names: new Map(), ...NO_FACTS });
    this.#options = options;
    this.#journal = new Journal(options.namesAlone ? 'alone' : (options.sharedJournal ?? true) ? 'shared' : 'ordered');
    Object.assign(this.root, this.#facts(0o755));
  }

  get freeBytes(): number {
    return (this.#options.capacityBytes ?? Number.POSITIVE_INFINITY) - this.#usedBytes;
  }

  makeFile(path: string, mode: number): FileNode {
    const node: FileNode = { kind: 'file', bytes: NOTHING, durable: NOTHING, links: 0, ...this.#facts(mode) };
    return this.#make(path, node);
  }

  /** @param name  its bytes, UTF-8 or not */
  makeRawFile(dir: string, name: Buffer): FileNode {
    const node: FileNode = { kind: 'file', bytes: NOTHING, durable: NOTHING, links: 0, ...this.#facts(0o644) };
    this.#setName(this.directory(dir), nameOfBytes(name), node);
    return node;
  }

  makeDirectory(path: string, mode: number): DirectoryNode {
    return this.#make(path, { kind: 'directory', names: new Map(), ...this.#facts(mode) });
  }

  makeLink(path: string, target: string): LinkNode {
    return this.#make(path, { kind: 'symlink', target, ...this.#facts(0o777) });
  }

  #make<T extends Node>(path: string, node: T): T {
    const { dir, name } = this.place(path);
    if (name === '' || dir.names.has(name)) throw new MemoryDiskError('EEXIST', path);
    this.#setName(dir, name, node);
    return node;
  }

  link(from: string, to: string): void {
    const node = this.get(from, false);
    if (node.kind !== 'file') throw new MemoryDiskError('EPERM', from);
    const { dir, name } = this.place(to);
    if (dir.names.has(name)) throw new MemoryDiskError('EEXIST', to);
    this.#touch(node, { ctimeNs: this.#time() });
    this.#setName(dir, name, node);
  }

  unlink(path: string): void {
    const node = this.get(path, false);
    if (node.kind === 'directory') throw new MemoryDiskError('EISDIR', path);
    const { dir, name } = this.place(path);
    if (node.kind === 'file') this.#touch(node, { ctimeNs: this.#time() });
    this.#dropName(dir, name, node);
  }

  removeDirectory(path: string): void {
    const node = this.get(path, false);
    if (node.kind !== 'directory') throw new MemoryDiskError('ENOTDIR', path);
    if (node.names.size > 0) throw new MemoryDiskError('ENOTEMPTY', path);
    const { dir, name } = this.place(path);
    if (name === '') throw new MemoryDiskError('EBUSY', path);
    this.#dropName(dir, name, node);
  }

  rename(from: string, to: string): void {
    const node = this.get(from, false);
    const source = this.place(from);
    const target = this.place(to);
    // The same name in another case.
    if (target.dir === source.dir && target.name === source.name) target.name = to.slice(to.lastIndexOf('/') + 1);
    const replaced = target.dir.names.get(target.name);
    if (replaced === node) return;
    if (node.kind === 'directory') {
      if (replaced && replaced.kind !== 'directory') throw new MemoryDiskError('ENOTDIR', to);
      if (replaced?.kind === 'directory' && replaced.names.size > 0) throw new MemoryDiskError('ENOTEMPTY', to);
      if (target.dir === node || contains(node, target.dir)) throw new MemoryDiskError('EINVAL', to);
    } else if (replaced?.kind === 'directory') throw new MemoryDiskError('EISDIR', to);
    this.#touch(node, { ctimeNs: this.#time() });
    // One change of the journal: after a power loss it has happened, or it has not.
    this.#journal.names([source.dir, target.dir], node, () => {
      source.dir.names.set(source.name, node);
      if (replaced) target.dir.names.set(target.name, replaced);
      else target.dir.names.delete(target.name);
      if (replaced) this.#named(replaced, 1);
    });
    source.dir.names.delete(source.name);
    target.dir.names.set(target.name, node);
    if (replaced) this.#named(replaced, -1);
    this.#tell(source.dir, source.name, node, 'name');
    this.#tell(target.dir, target.name, node, 'name');
  }

  /** @throws ENOSPC */
  write(path: string, node: FileNode, bytes: Uint8Array): void {
    const growth = bytes.length - node.bytes.length;
    if (growth > 0 && growth > this.freeBytes) throw new MemoryDiskError('ENOSPC', path);
    if (node.links > 0) this.#usedBytes += growth;
    node.bytes = bytes;
    this.#touch(node, { mtimeNs: this.#time(), ctimeNs: this.#time() });
    this.#tellAt(path, node, 'content');
  }

  setMode(path: string, node: Node, mode: number): void {
    this.#touch(node, { mode, ctimeNs: this.#time() });
    this.#tellAt(path, node, 'facts');
  }

  setTime(path: string, node: Node, seconds: number): void {
    this.#touch(node, { mtimeNs: BigInt(Math.floor(seconds * 1e6)) * 1000n, ctimeNs: this.#time() });
    this.#tellAt(path, node, 'facts');
  }

  syncFile(node: FileNode): void {
    node.durable = node.bytes;
    this.#journal.syncFacts(node);
  }

  syncDirectory(node: Node): void {
    this.#journal.syncNames(node);
  }

  /** What is left is durable from then on. */
  powerLoss(): void {
    this.#journal.powerLoss(this.#options.random);
    const seen = new Set<Node>();
    const settle = (node: Node) => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.kind === 'directory') for (const below of node.names.values()) settle(below);
      if (node.kind === 'file') this.#settleBytes(node);
    };
    settle(this.root);
  }

  #settleBytes(node: FileNode): void {
    const { bytes: fresh, durable } = node;
    if (fresh === durable) return;
    const left = bytesLeft(durable, fresh, this.#options.random);
    this.#usedBytes += left.length - fresh.length;
    node.bytes = left;
    node.durable = left;
    // The time of a write is on the device before its bytes are, as the journal is written every few seconds and dirty
    // pages are not. Where it were not so, nobody would find the change without reading all files.
    if (left === durable) return;
    node.mtimeNs = this.#time();
    node.ctimeNs = node.mtimeNs;
  }

  stat(node: Node): DiskStat {
    const { kind, ino, mtimeNs, ctimeNs } = node;
    return {
      ino,
      nlink: BigInt(kind === 'file' ? node.links : 1),
      size: BigInt(kind === 'file' ? node.bytes.length : kind === 'symlink' ? node.target.length : 4096),
      mode: BigInt(node.mode | KIND_BITS[kind]),
      mtimeNs,
      ctimeNs,
      ...kindOf(node),
    };
  }

  #facts(mode: number): Facts {
    const time = this.#time();
    return { ino: this.#nextInode(), mode, mtimeNs: time, ctimeNs: time };
  }

  /** Real ones are used again soon, but not before that which they had is gone for good. */
  #nextInode(): bigint {
    const mayReuse = !this.#options.namesAlone && this.#options.random() < 0.5;
    return (mayReuse ? this.#freeInodes.pop() : undefined) ?? ++this.#inodes;
  }

  #time(): bigint {
    const now = Math.floor(this.#options.now());
    if (this.#options.exactTimes ?? true) return BigInt(now) * 1_000_000n + (++this.#ticks % 1_000_000n);
    return BigInt(now - (now % COARSE_MS)) * 1_000_000n;
  }

  #touch(node: Node, facts: Partial<Facts>): void {
    const before = { mode: node.mode, mtimeNs: node.mtimeNs, ctimeNs: node.ctimeNs };
    this.#journal.facts(node, () => Object.assign(node, before));
    Object.assign(node, facts);
  }

  #setName(dir: DirectoryNode, name: string, node: Node): void {
    this.#journal.names([dir], node, () => {
      dir.names.delete(name);
      this.#named(node, -1);
    });
    dir.names.set(name, node);
    this.#named(node, 1);
    this.#nameChanged(dir, name, node);
  }

  #dropName(dir: DirectoryNode, name: string, node: Node): void {
    this.#journal.names([dir], node, () => {
      dir.names.set(name, node);
      this.#named(node, 1);
    });
    dir.names.delete(name);
    this.#named(node, -1);
    this.#nameChanged(dir, name, node);
  }

  #nameChanged(dir: DirectoryNode, name: string, node: Node): void {
    this.#touch(dir, { mtimeNs: this.#time(), ctimeNs: this.#time() });
    this.#tell(dir, name, node, 'name');
  }

  /** It has a name more or less; what has none is gone, with its inode and its bytes. */
  #named(node: Node, names: 1 | -1): void {
    const before = node.kind === 'file' ? node.links : names === 1 ? 0 : 1;
    const now = before + names;
    if (node.kind === 'file') node.links = now;
    const bytes = node.kind === 'file' ? node.bytes.length : 0;
    if (before === 0) {
      this.#usedBytes += bytes;
      const at = this.#freeInodes.indexOf(node.ino);
      if (at >= 0) this.#freeInodes.splice(at, 1);
    }
    if (now > 0) return;
    this.#usedBytes -= bytes;
    this.#freeInodes.push(node.ino);
  }

  #tellAt(path: string, node: Node, how: 'content' | 'facts'): void {
    const { dir, name } = this.walk(path, true, 0);
    if (dir?.names.get(name) === node) this.#tell(dir, name, node, how);
  }

  #tell(dir: DirectoryNode, name: string, node: Node, how: 'name' | 'content' | 'facts'): void {
    for (const listener of this.listeners) listener(dir, name, node, how);
  }
}

/** @throws EISDIR, ENOENT */
export function fileAt(tree: MemoryTree, path: string): FileNode {
  const node = tree.get(path);
  if (node.kind !== 'file') throw new MemoryDiskError('EISDIR', path);
  return node;
}
