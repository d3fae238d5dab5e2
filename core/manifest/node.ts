// One node of a manifest tree and its canonical JSON. A leaf lists entries, a branch lists children; both in path order.
//   leaf    {"entries":[{"mode":420,"mtime":1690000000000,"path":"docs/a.md","sha":"…","size":12}],"v":1}
//           an empty directory is {"dir":true,"mode":493,"path":"docs/empty"}
//   branch  {"children":[{"bytes":12,"files":1,"last":"docs/a.md","sha":"…"}],"level":1,"v":1}
// `files` and `bytes` are totals of the files below; empty directories count in neither. Strings escape only what JSON
// demands, with the short forms and lower-case \u00xx; `encode-node.ts` writes them. Decoding is on the way of every read,
// so it checks by hand and asks the zod schema only for the words of a refusal.
import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { type DirEntry, type Entry, entrySchema, type FileEntry, isFile } from '../model/entry.ts';
import { type Sha, shaSchema } from '../model/ids.ts';
import { comparePaths, pathFault, type RelPath, relPathSchema } from '../model/rel-path.ts';
import type { LeafRows } from './leaf-rows.ts';
import type { NodeReader } from './tree.ts';

export interface Totals {
  readonly files: number;
  readonly bytes: number;
}

/** A node as its parent sees it. */
export interface Child extends Totals {
  /** path of the last entry below it */
  readonly last: RelPath;
  readonly sha: Sha;
}

export interface Leaf {
  readonly kind: 'leaf';
  readonly level: 0;
  readonly entries: readonly Entry[];
}

export interface Branch {
  readonly kind: 'branch';
  /** 1 over leaves, and one more than that of its children */
  readonly level: number;
  readonly children: readonly Child[];
}

export type TreeNode = Leaf | Branch;

/** The bytes of a manifest node are intact but are not a node: a newer format, or a writer's bug. */
export class MalformedNodeError extends Error {
  override name = 'MalformedNodeError';
  constructor(
    readonly sha: Sha,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`manifest node ${sha.slice(0, 12)} cannot be read: ${detail}`, options);
  }
}

/** A reader that keeps decoded nodes, see `cached-nodes.ts`. */
export interface DecodedReader extends NodeReader {
  getDecoded(sha: Sha): TreeNode | Promise<TreeNode>;
  /** The same for who passes a leaf and needs little of it; a reader without it decodes the leaf. */
  getRows?(sha: Sha): LeafRows | Promise<LeafRows>;
  /** Offers a node that is stored and was not read. */
  keep(sha: Sha, node: TreeNode, sizeBytes: number): void;
}

/** What a parent says about the node to load; a node that differs is refused. */
export interface Expected {
  readonly level: number;
  readonly last: RelPath;
}

export const MISPLACED = 'its level or last path is not what its parent says';

/** @throws MalformedNodeError, and what the reader throws */
export async function loadNode(io: NodeReader, sha: Sha, expected?: Expected): Promise<TreeNode> {
  const node = isDecoded(io) ? await io.getDecoded(sha) : decodeNode(sha, await io.getNode(sha));
  if (expected && (node.level !== expected.level || lastPath(node) !== expected.last))
    throw new MalformedNodeError(sha, MISPLACED);
  return node;
}

export function isDecoded(io: NodeReader): io is DecodedReader {
  return 'getDecoded' in io;
}

export function lastPath(node: TreeNode): RelPath | undefined {
  return node.kind === 'leaf' ? node.entries.at(-1)?.path : node.children.at(-1)?.last;
}

export function totalsOf(node: TreeNode): Totals {
  return node.kind === 'leaf' ? entryTotals(node.entries, 0, node.entries.length) : childTotals(node.children);
}

/** Of entries `from` (inclusive) to `to` (exclusive). */
export function entryTotals(entries: readonly Entry[], from: number, to: number): Totals {
  let files = 0;
  let bytes = 0;
  for (let i = from; i < to; i++) {
    const entry = entries[i];
    if (entry && isFile(entry)) {
      files += 1;
      bytes += entry.size;
    }
  }
  return { files, bytes };
}

function childTotals(children: readonly Child[]): Totals {
  let files = 0;
  let bytes = 0;
  for (const child of children) {
    files += child.files;
    bytes += child.bytes;
  }
  return { files, bytes };
}

/** Index of the first entry at or after `key` in path order; the length when there is none. */
export function firstEntryAt(entries: readonly Entry[], key: string, from = 0): number {
  let low = from;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry && comparePaths(entry.path, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first child whose last path is at or after `key`; the length when there is none. */
export function firstChildAt(children: readonly Child[], key: string, from = 0): number {
  let low = from;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const child = children[middle];
    if (child && comparePaths(child.last, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @throws MalformedNodeError */
export function decodeNode(sha: Sha, bytes: Uint8Array): TreeNode {
  if (!isUtf8(bytes)) throw new MalformedNodeError(sha, 'it is not UTF-8');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (cause) {
    throw new MalformedNodeError(sha, 'it is not JSON', { cause });
  }
  const node = isObject(value) && value.v === 1 ? (asLeaf(value) ?? asBranch(value)) : undefined;
  if (!node) throw new MalformedNodeError(sha, faultOf(value));
  return node;
}

function asLeaf(value: Fields): Leaf | undefined {
  const { entries } = value;
  if (!Array.isArray(entries) || fieldCount(value) !== 2) return undefined;
  const order = new Ascent();
  for (const entry of entries) {
    if (!isObject(entry) || !(isFileEntry(entry) || isDirEntry(entry)) || !order.takes(entry.path)) return undefined;
  }
  return { kind: 'leaf', level: 0, entries };
}

function asBranch(value: Fields): Branch | undefined {
  const { children, level } = value;
  if (!Array.isArray(children) || !isCount(level) || level === 0 || fieldCount(value) !== 3) return undefined;
  const order = new Ascent();
  for (const child of children) {
    if (!isObject(child) || !isChild(child) || !order.takes(child.last)) return undefined;
  }
  return children.length === 0 ? undefined : { kind: 'branch', level, children };
}

type Fields = Record<string, unknown>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function isFileEntry(value: Fields): value is Fields & FileEntry {
  return (
    isMode(value.mode) &&
    Number.isSafeInteger(value.mtime) &&
    typeof value.path === 'string' &&
    isSha(value.sha) &&
    isCount(value.size) &&
    fieldCount(value) === 5
  );
}

function isDirEntry(value: Fields): value is Fields & DirEntry {
  return value.dir === true && isMode(value.mode) && typeof value.path === 'string' && fieldCount(value) === 3;
}

function isChild(value: Fields): value is Fields & Child {
  return (
    isCount(value.bytes) &&
    isCount(value.files) &&
    typeof value.last === 'string' &&
    isSha(value.sha) &&
    fieldCount(value) === 4
  );
}

const fieldCount = (value: Fields): number => Object.keys(value).length;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isMode = (value: unknown): value is number => isCount(value) && value <= 0o777;

/** 1 at the codes of the hex digits; a table is quicker than a pattern here. */
const HEX = new Uint8Array(128);
for (const digit of '0123456789abcdef') HEX[digit.charCodeAt(0)] = 1;

function isSha(value: unknown): value is Sha {
  if (typeof value !== 'string' || value.length !== 64) return false;
  let all = 1;
  for (let i = 0; i < 64; i++) all &= HEX[value.charCodeAt(i)] ?? 0;
  return all === 1;
}

/** Paths that need no closer look: no NUL, no surrogate, no empty segment and none that starts with a dot. */
const PLAIN =
  /^[\x01-\x2d\x30-\ud7ff\ue000-\uffff][\x01-\x2e\x30-\ud7ff\ue000-\uffff]*(?:\/[\x01-\x2d\x30-\ud7ff\ue000-\uffff][\x01-\x2e\x30-\ud7ff\ue000-\uffff]*)*$/;
/** A path of so many units has at most 4,096 bytes, whatever they are. */
const PLAIN_LENGTH = 1365;

/** Takes one path after the other, as long as they are paths and ascend. */
class Ascent {
  private previous = '';
  private wasPlain = true;

  takes(path: string): boolean {
    const plain = path.length <= PLAIN_LENGTH && PLAIN.test(path);
    if (!plain && pathFault(path) !== undefined) return false;
    // Without surrogates, JavaScript's order is that of the bytes.
    const ascends = plain && this.wasPlain ? this.previous < path : comparePaths(this.previous, path) < 0;
    this.previous = path;
    this.wasPlain = plain;
    return ascends;
  }
}

/** The format in zod's words. Paths must also ascend. */
export const nodeSchema = z.union([
  z.strictObject({ entries: z.array(entrySchema), v: z.literal(1) }),
  z.strictObject({
    children: z
      .array(z.strictObject({ bytes: z.int().min(0), files: z.int().min(0), last: relPathSchema, sha: shaSchema }))
      .min(1),
    level: z.int().min(1),
    v: z.literal(1),
  }),
]);

function faultOf(value: unknown): string {
  const version = isObject(value) ? value.v : undefined;
  if (typeof version === 'number' && version !== 1) return `its format is version ${version}, this program reads 1`;
  const result = nodeSchema.safeParse(value);
  return result.success ? 'its paths do not ascend' : z.prettifyError(result.error);
}
