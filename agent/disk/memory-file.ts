// An open file of a program that uses a disk in memory.
import type { DiskFile, DiskStat, OpenHow } from './disk.ts';
import { MemoryDiskError } from './memory-disk-error.ts';
import type { FileNode } from './memory-nodes.ts';
import type { Process } from './memory-process.ts';
import type { MemoryTree } from './memory-tree.ts';

export function openNode(tree: MemoryTree, path: string, how: OpenHow): FileNode {
  const there = tree.find(path, how === 'overwrite' || how === 'append');
  if (how === 'create' && there) throw new MemoryDiskError('EEXIST', path);
  if (!there && how === 'read') throw new MemoryDiskError('ENOENT', path);
  if (!there) return tree.makeFile(path, 0o600);
  if (there.kind === 'symlink') throw new MemoryDiskError('ELOOP', path);
  if (there.kind === 'directory') {
    // A real one opens for reading, and fails when it is read.
    throw new MemoryDiskError('EISDIR', path);
  }
  if (how === 'overwrite') tree.write(path, there, new Uint8Array());
  return there;
}

export class MemoryFile implements DiskFile {
  readonly #process: Process;
  readonly #path: string;
  readonly #node: FileNode;
  readonly #appends: boolean;
  #position = 0;

  constructor(process: Process, path: string, node: FileNode, appends: boolean) {
    this.#process = process;
    this.#path = path;
    this.#node = node;
    this.#appends = appends;
  }

  stat(): DiskStat {
    return this.#process.act('stat', this.#path, (tree) => tree.stat(this.#node));
  }

  read(into: Uint8Array, offset: number, length: number, position: number): number {
    return this.#process.act('read', this.#path, () => this.#read(into, offset, length, position));
  }

  readLater(into: Uint8Array, offset: number, length: number, position: number): Promise<number> {
    return this.#process.actLater('read', this.#path, () => this.#read(into, offset, length, position));
  }

  write(bytes: Uint8Array, offset: number): number {
    return this.#process.act('write', this.#path, (tree) => this.#write(tree, bytes, offset));
  }

  writeLater(bytes: Uint8Array, offset: number): Promise<number> {
    return this.#process.actLater('write', this.#path, (tree) => this.#write(tree, bytes, offset));
  }

  setMode(mode: number): void {
    this.#process.act('setMode', this.#path, (tree) => tree.setMode(this.#path, this.#node, mode));
  }

  setTime(seconds: number): void {
    this.#process.act('setTime', this.#path, (tree) => tree.setTime(this.#path, this.#node, seconds));
  }

  sync(): Promise<void> {
    return this.#process.actLater('sync', this.#path, (tree) => tree.syncFile(this.#node));
  }

  syncNow(): void {
    this.#process.act('sync', this.#path, (tree) => tree.syncFile(this.#node));
  }

  close(): void {}

  #read(into: Uint8Array, offset: number, length: number, position: number): number {
    const part = this.#node.bytes.subarray(position, position + length);
    into.set(part, offset);
    return part.length;
  }

  #write(tree: MemoryTree, bytes: Uint8Array, offset: number): number {
    const part = bytes.subarray(offset);
    const { bytes: before } = this.#node;
    if (this.#appends) this.#position = before.length;
    const after = new Uint8Array(Math.max(before.length, this.#position + part.length));
    after.set(before);
    after.set(part, this.#position);
    tree.write(this.#path, this.#node, after);
    this.#position += part.length;
    return part.length;
  }
}
