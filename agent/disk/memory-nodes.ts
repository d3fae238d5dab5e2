// What a file system in memory consists of: files, directories and links, and their names as bytes.

export interface Facts {
  ino: bigint;
  mode: number;
  mtimeNs: bigint;
  ctimeNs: bigint;
}

export interface FileNode extends Facts {
  readonly kind: 'file';
  /** never changed in place: each write makes new ones */
  bytes: Uint8Array;
  /** what is on the device */
  durable: Uint8Array;
  links: number;
}

export interface DirectoryNode extends Facts {
  readonly kind: 'directory';
  readonly names: Map<string, Node>;
}

export interface LinkNode extends Facts {
  readonly kind: 'symlink';
  readonly target: string;
}

export type Node = FileNode | DirectoryNode | LinkNode;

/** A name that is no UTF-8 is kept under this and its bytes as Latin-1; no name has a NUL. */
const RAW = '\0';

export const isRaw = (name: string): boolean => name.startsWith(RAW);

export const nameOfBytes = (bytes: Buffer): string => {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : RAW + bytes.toString('latin1');
};
export const bytesOfName = (name: string): Buffer =>
  isRaw(name) ? Buffer.from(name.slice(1), 'latin1') : Buffer.from(name, 'utf8');

export const NOTHING = new Uint8Array();
export const KIND_BITS = { file: 0o100_000, directory: 0o040_000, symlink: 0o120_000 } as const;

export const kindOf = ({ kind }: Node) => ({
  isFile: () => kind === 'file',
  isDirectory: () => kind === 'directory',
  isSymbolicLink: () => kind === 'symlink',
});

/** Whether `wanted` lies somewhere below. */
export function contains(dir: DirectoryNode, wanted: Node): boolean {
  for (const node of dir.names.values()) {
    if (node === wanted || (node.kind === 'directory' && contains(node, wanted))) return true;
  }
  return false;
}
