// A file system in memory, without processes: inodes, names, links, modes and times, and what of it a power loss leaves.
// Durability is that of a journaling file system: changes of names and facts are lost from the newest back to some moment
// after the last sync, and bytes that were not synced are old, new, cut short or mixed.
import type { Random } from '../../core/testing/seeded-random.ts';
import type { DiskStat } from './disk.ts';
import { MemoryDiskError } from './memory-disk-error.ts';
import { Journal } from './memory-journal.ts';
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
}

const COARSE_MS = 4;
const MAX_NAME_BYTES = 255;
export class MemoryTree {
  readonly root: DirectoryNode;
  readonly listeners = new Set<OnChange>();
  readonly #options: TreeOptions;
  readonly #freeInodes: bigint[] = [];
  readonly #journal: Journal;
  #inodes = 1n;
  #ticks = 0n;
  #usedBytes = 0;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.#journal = new Journal(options.sharedJournal ?? true);
    this.root = { kind: 'directory', names: new Map(), ...this.#facts(0o755) };
  }

  get freeBytes(): number {
    return (this.#options.capacityBytes ?? Number.POSITIVE_INFINITY) - this.#usedBytes;
  }

  /** @param follow  whether a link in the path's own place is followed
   *  @throws ENOTDIR, ELOOP  @returns undefined when there is nothing */
  find(path: string, follow = true): Node | undefined {
    const found = this.#walk(path, follow, 0);
    return found.name === '' ? found.dir : found.dir?.names.get(found.name);
  }

  /** @returns undefined also when something above it is no directory */
  findIfReachable(path: string): Node | undefined {
    try {
      return this.find(path);
    } catch (error) {
      if (error instanceof MemoryDiskError) return undefined;
      throw error;
    }
  }

  /** @throws ENOENT too */
  get(path: string, follow = true): Node {
    const node = this.find(path, follow);
    if (!node) throw new MemoryDiskError('ENOENT', path);
    return node;
  }

  directory(path: string): DirectoryNode {
    const node = this.get(path);
    if (node.kind !== 'directory') throw new MemoryDiskError('ENOTDIR', path);
    return node;
  }

  /** Where the path lies, all links above it followed. */
  realPath(path: string): string {
    this.get(path);
    const parts: string[] = [];
    const collect = (at: string) => {
      for (const part of at.split('/').filter((one) => one !== '')) {
        const node = this.get(`/${[...parts, part].join('/')}`, false);
        if (node.kind !== 'symlink') parts.push(part);
        else if (node.target.startsWith('/')) {
          parts.length = 0;
          collect(node.target);
        } else collect(node.target);
      }
    };
    collect(path);
    return `/${parts.join('/')}`;
  }

  #walk(path: string, follow: boolean, links: number): { dir: DirectoryNode | undefined; name: string } {
    if (links > 8) throw new MemoryDiskError('ELOOP', path);
    const parts = path.split('/').filter((part) => part !== '');
    let dir: DirectoryNode | undefined = this.root;
    for (const [i, part] of parts.entries()) {
      if (Buffer.byteLength(part) > MAX_NAME_BYTES) throw new MemoryDiskError('ENAMETOOLONG', path);
      const isLast = i === parts.length - 1;
      const name = dir ? this.#nameIn(dir, part) : part;
      const node: Node | undefined = dir?.names.get(name);
      if (node?.kind === 'symlink' && (!isLast || follow)) {
        const at = node.target.startsWith('/') ? '' : `/${parts.slice(0, i).join('/')}/`;
        return this.#walk([at + node.target, ...parts.slice(i + 1)].join('/'), follow, links + 1);
      }
      if (isLast) return { dir, name };
      if (node && node.kind !== 'directory') throw new MemoryDiskError('ENOTDIR', path);
      dir = node;
    }
    return { dir, name: '' };
  }

  /** The name that is there already for this one. */
  #nameIn({ names }: DirectoryNode, name: string): string {
    if (!this.#options.caseInsensitive || names.has(name)) return name;
    for (const there of names.keys()) if (folded(there) === folded(name)) return there;
    return name;
  }

  /** @throws ENOENT when the directory is not there */
  #place(path: string, follow = false): { dir: DirectoryNode; name: string } {
    const { dir, name } = this.#walk(path, follow, 0);
    if (!dir) throw new MemoryDiskError('ENOENT', path);
    return { dir, name };
  }

  makeFile(path: string, mode: number): FileNode {
    const node: FileNode = { kind: 'file', bytes: NOTHING, durable: NOTHING, links: 1, ...this.#facts(mode) };
    return this.#make(path, node);
  }

  /** @param name  its bytes, UTF-8 or not */
  makeRawFile(dir: string, name: Buffer): FileNode {
    const node: FileNode = { kind: 'file', bytes: NOTHING, durable: NOTHING, links: 1, ...this.#facts(0o644) };
    this.#setName(this.directory(dir), nameOfBytes(name), node, 'name');
    return node;
  }

  makeDirectory(path: string, mode: number): DirectoryNode {
    return this.#make(path, { kind: 'directory', names: new Map(), ...this.#facts(mode) });
  }

  makeLink(path: string, target: string): LinkNode {
    return this.#make(path, { kind: 'symlink', target, ...this.#facts(0o777) });
  }

  #make<T extends Node>(path: string, node: T): T {
    const { dir, name } = this.#place(path);
    if (name === '' || dir.names.has(name)) throw new MemoryDiskError('EEXIST', path);
    this.#setName(dir, name, node, 'name');
    return node;
  }

  link(from: string, to: string): void {
    const node = this.get(from, false);
    if (node.kind !== 'file') throw new MemoryDiskError('EPERM', from);
    const { dir, name } = this.#place(to);
    if (dir.names.has(name)) throw new MemoryDiskError('EEXIST', to);
    this.#count(node, 1);
    this.#setName(dir, name, node, 'name');
  }

  unlink(path: string): void {
    const node = this.get(path, false);
    if (node.kind === 'directory') throw new MemoryDiskError('EISDIR', path);
    const { dir, name } = this.#place(path);
    this.#dropName(dir, name, node);
    if (node.kind === 'file') this.#count(node, -1);
    else this.#free(node);
  }

  removeDirectory(path: string): void {
    const node = this.get(path, false);
    if (node.kind !== 'directory') throw new MemoryDiskError('ENOTDIR', path);
    if (node.names.size > 0) throw new MemoryDiskError('ENOTEMPTY', path);
    const { dir, name } = this.#place(path);
    if (name === '') throw new MemoryDiskError('EBUSY', path);
    this.#dropName(dir, name, node);
    this.#free(node);
  }

  rename(from: string, to: string): void {
    const node = this.get(from, false);
    const source = this.#place(from);
    const target = this.#place(to);
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
    this.#journal.add([source.dir, target.dir], () => {
      source.dir.names.set(source.name, node);
      if (replaced) target.dir.names.set(target.name, replaced);
      else target.dir.names.delete(target.name);
      if (replaced?.kind === 'file') this.#addLinks(replaced, 1);
    });
    source.dir.names.delete(source.name);
    target.dir.names.set(target.name, node);
    if (replaced?.kind === 'file') this.#addLinks(replaced, -1);
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
    const { random } = this.#options;
    const cut = Math.floor(random() * (fresh.length + 1));
    const choices: readonly (() => Uint8Array)[] = [
      () => durable,
      () => fresh,
      () => fresh.slice(0, cut),
      () => Buffer.concat([fresh.slice(0, cut), durable.slice(cut)]),
    ];
    const left = (choices[Math.floor(random() * choices.length)] ?? (() => durable))();
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

  /** Real ones are used again soon. */
  #nextInode(): bigint {
    const reused = this.#options.random() < 0.5 ? this.#freeInodes.pop() : undefined;
    return reused ?? ++this.#inodes;
  }

  #time(): bigint {
    const now = Math.floor(this.#options.now());
    if (this.#options.exactTimes ?? true) return BigInt(now) * 1_000_000n + (++this.#ticks % 1_000_000n);
    return BigInt(now - (now % COARSE_MS)) * 1_000_000n;
  }

  #touch(node: Node, facts: Partial<Facts>): void {
    const before = { mode: node.mode, mtimeNs: node.mtimeNs, ctimeNs: node.ctimeNs };
    this.#journal.add([node], () => Object.assign(node, before));
    Object.assign(node, facts);
  }

  #setName(dir: DirectoryNode, name: string, node: Node, how: 'name'): void {
    this.#journal.add([dir, node], () => {
      dir.names.delete(name);
    });
    dir.names.set(name, node);
    this.#touch(dir, { mtimeNs: this.#time(), ctimeNs: this.#time() });
    this.#tell(dir, name, node, how);
  }

  #dropName(dir: DirectoryNode, name: string, node: Node): void {
    this.#journal.add([dir, node], () => {
      dir.names.set(name, node);
    });
    dir.names.delete(name);
    this.#touch(dir, { mtimeNs: this.#time(), ctimeNs: this.#time() });
    this.#tell(dir, name, node, 'name');
  }

  #count(node: FileNode, links: 1 | -1): void {
    this.#touch(node, { ctimeNs: this.#time() });
    this.#journal.add([node, node], () => this.#addLinks(node, links === 1 ? -1 : 1));
    this.#addLinks(node, links);
  }

  #addLinks(node: FileNode, links: 1 | -1): void {
    const before = node.links;
    node.links += links;
    if (before === 0) {
      this.#usedBytes += node.bytes.length;
      this.#takeBack(node);
    }
    if (node.links > 0) return;
    this.#usedBytes -= node.bytes.length;
    this.#freeInodes.push(node.ino);
  }

  #free(node: Node): void {
    this.#journal.add([node, node], () => this.#takeBack(node));
    this.#freeInodes.push(node.ino);
  }

  #takeBack({ ino }: Node): void {
    const at = this.#freeInodes.indexOf(ino);
    if (at >= 0) this.#freeInodes.splice(at, 1);
  }

  #tellAt(path: string, node: Node, how: 'content' | 'facts'): void {
    const { dir, name } = this.#walk(path, true, 0);
    if (dir?.names.get(name) === node) this.#tell(dir, name, node, how);
  }

  #tell(dir: DirectoryNode, name: string, node: Node, how: 'name' | 'content' | 'facts'): void {
    for (const listener of this.listeners) listener(dir, name, node, how);
  }
}

const folded = (name: string): string => name.normalize('NFC').toLowerCase();

/** @throws EISDIR, ENOENT */
export function fileAt(tree: MemoryTree, path: string): FileNode {
  const node = tree.get(path);
  if (node.kind !== 'file') throw new MemoryDiskError('EISDIR', path);
  return node;
}
