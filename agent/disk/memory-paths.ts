// Where a path leads in a file system in memory: links that are followed, names that are one though they are written in two
// ways, and names that are too long.
import { MemoryDiskError } from './memory-disk-error.ts';
import type { DirectoryNode, Node } from './memory-nodes.ts';

const MAX_NAME_BYTES = 255;

export class MemoryPaths {
  readonly root: DirectoryNode;
  readonly #caseInsensitive: boolean;

  /** @param caseInsensitive  names that differ only in case or in Unicode form are one; the first one stays */
  constructor(caseInsensitive: boolean, root: DirectoryNode) {
    this.#caseInsensitive = caseInsensitive;
    this.root = root;
  }

  /** @param follow  whether a link in the path's own place is followed
   *  @throws ENOTDIR, ELOOP  @returns undefined when there is nothing */
  find(path: string, follow = true): Node | undefined {
    const found = this.walk(path, follow, 0);
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

  protected walk(path: string, follow: boolean, links: number): { dir: DirectoryNode | undefined; name: string } {
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
        return this.walk([at + node.target, ...parts.slice(i + 1)].join('/'), follow, links + 1);
      }
      if (isLast) return { dir, name };
      if (node && node.kind !== 'directory') throw new MemoryDiskError('ENOTDIR', path);
      dir = node;
    }
    return { dir, name: '' };
  }

  /** The name that is there already for this one. */
  #nameIn({ names }: DirectoryNode, name: string): string {
    if (!this.#caseInsensitive || names.has(name)) return name;
    for (const there of names.keys()) if (folded(there) === folded(name)) return there;
    return name;
  }

  /** @throws ENOENT when the directory is not there */
  protected place(path: string, follow = false): { dir: DirectoryNode; name: string } {
    const { dir, name } = this.walk(path, follow, 0);
    if (!dir) throw new MemoryDiskError('ENOENT', path);
    return { dir, name };
  }
}

const folded = (name: string): string => name.normalize('NFC').toLowerCase();
