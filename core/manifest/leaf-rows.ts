// A leaf as a listing sees it. Who jumps over a directory needs of its last leaf one entry and the totals before it, and
// to decode the hundred others is most of what a page of large directories costs. So a leaf's bytes are only scanned
// for where its paths and sizes are. A path that is given out is checked, and an entry decoded by `decodeNode`.
import { isUtf8 } from 'node:buffer';
import { assert } from '../model/assert.ts';
import type { Entry } from '../model/entry.ts';
import { quote, type Sha } from '../model/ids.ts';
import { pathFault, type RelPath } from '../model/rel-path.ts';
import {
  type Child,
  decodeNode,
  entryTotals,
  firstEntryAt,
  isDecoded,
  type Leaf,
  loadNode,
  MalformedNodeError,
  MISPLACED,
  type Totals,
  type TreeNode,
} from './node.ts';
import type { NodeReader } from './tree.ts';

export interface LeafRows {
  readonly length: number;
  /** path of the last entry */
  readonly last: string | undefined;
  /** Index of the first entry at or after `key`; the length when there is none. */
  firstAt(key: string, from?: number): number;
  /** Of entries `from` (inclusive) to `to` (exclusive). */
  totals(from: number, to: number): Totals;
  path(at: number): RelPath | undefined;
  entry(at: number): Entry | undefined;
}

/** @throws MalformedNodeError, and what the reader throws */
export async function loadRows(io: NodeReader, child: Child): Promise<LeafRows> {
  const { sha, last } = child;
  if (!isDecoded(io) || !io.getRows) return rowsOf(sha, await loadNode(io, sha, { level: 0, last }));
  const rows = await io.getRows(sha);
  if (rows.last !== last) throw new MalformedNodeError(sha, MISPLACED);
  return rows;
}

/** @throws MalformedNodeError  it is a branch, where a leaf has to be */
export function rowsOf(sha: Sha, node: TreeNode): LeafRows {
  if (node.kind !== 'leaf') throw new MalformedNodeError(sha, MISPLACED);
  return decodedRows(node);
}

export function decodedRows({ entries }: Leaf): LeafRows {
  return {
    length: entries.length,
    last: entries.at(-1)?.path,
    firstAt: (key, from) => firstEntryAt(entries, key, from),
    totals: (from, to) => entryTotals(entries, from, to),
    path: (at) => entries[at]?.path,
    entry: (at) => entries[at],
  };
}

const HEAD = Buffer.from('{"entries":[');
const TAIL = Buffer.from('],"v":1}');
const PATH = Buffer.from('"path":"');
const SHA = Buffer.from('","sha":"');
const SIZE = Buffer.from('","size":');
const SHA_LENGTH = 64;
const byteOf = (char: string): number => char.charCodeAt(0);
const [QUOTE, BACKSLASH, COMMA, CLOSE, ZERO] = [byteOf('"'), byteOf('\\'), byteOf(','), byteOf('}'), byteOf('0')];

/** Where one entry is among the bytes of its leaf. */
interface Place {
  readonly path: number;
  readonly pathEnd: number;
  readonly end: number;
  /** undefined for a directory */
  readonly size: number | undefined;
}

export class ScannedRows implements LeafRows {
  private one: { readonly at: number; readonly entry: Entry | undefined } | undefined;
  private leaf: Leaf | undefined;

  private constructor(
    private readonly sha: Sha,
    private readonly bytes: Uint8Array,
    private readonly places: readonly Place[],
  ) {}

  /** @returns undefined when the text is not as plain as nearly all leaves are: it is for `decodeNode`, or not a leaf */
  static scan(sha: Sha, bytes: Uint8Array): ScannedRows | undefined {
    const places = isUtf8(bytes) ? placesIn(bytes) : undefined;
    return places && new ScannedRows(sha, bytes, places);
  }

  get length(): number {
    return this.places.length;
  }

  get last(): RelPath | undefined {
    return this.path(this.length - 1);
  }

  path(at: number): RelPath | undefined {
    const place = this.places[at];
    if (this.leaf || !place) return this.leaf?.entries[at]?.path;
    const { path, pathEnd } = place;
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + path, pathEnd - path).toString('utf8');
    const fault = pathFault(text);
    if (fault) throw new MalformedNodeError(this.sha, `path ${quote(text)} ${fault}`);
    return text as RelPath;
  }

  firstAt(key: string, from = 0): number {
    const wanted = Buffer.from(key);
    let low = from;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.isBefore(middle, wanted)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  totals(from: number, to: number): Totals {
    let files = 0;
    let bytes = 0;
    for (let i = from; i < to; i++) {
      const size = this.places[i]?.size;
      if (size === undefined) continue;
      files += 1;
      bytes += size;
    }
    return { files, bytes };
  }

  /** Who asks for a second one will ask for more. */
  entry(at: number): Entry | undefined {
    const place = this.places[at];
    if (this.leaf || !place) return this.leaf?.entries[at];
    if (this.one && this.one.at !== at) return this.decode().entries[at];
    this.one ??= { at, entry: this.decodeOne(at, place) };
    return this.one.entry;
  }

  decode(): Leaf {
    this.leaf ??= this.leafOf(this.bytes);
    return this.leaf;
  }

  private decodeOne(at: number, place: Place): Entry | undefined {
    const before = this.places[at - 1];
    const start = before ? before.end + 1 : HEAD.length;
    return this.leafOf(Buffer.concat([HEAD, this.bytes.subarray(start, place.end), TAIL])).entries[0];
  }

  private leafOf(bytes: Uint8Array): Leaf {
    const node = decodeNode(this.sha, bytes);
    assert(node.kind === 'leaf', 'what begins as a leaf is one');
    return node;
  }

  /** The order of paths is the order of their bytes. */
  private isBefore(at: number, wanted: Uint8Array): boolean {
    const { path = 0, pathEnd = 0 } = this.places[at] ?? {};
    const length = Math.min(pathEnd - path, wanted.length);
    for (let i = 0; i < length; i++) {
      const a = this.bytes[path + i] ?? 0;
      const b = wanted[i] ?? 0;
      if (a !== b) return a < b;
    }
    return pathEnd - path < wanted.length;
  }
}

function placesIn(bytes: Uint8Array): Place[] | undefined {
  const stop = bytes.length - TAIL.length;
  if (!isAt(bytes, 0, HEAD) || !isAt(bytes, stop, TAIL)) return undefined;
  const places: Place[] = [];
  for (let at = HEAD.length; at < stop; ) {
    const place = placeAt(bytes, at);
    if (!place) return undefined;
    places.push(place);
    if (place.end === stop) return places;
    if (bytes[place.end] !== COMMA) return undefined;
    at = place.end + 1;
  }
  return undefined;
}

/** Two fields come before the path, in a file and in a directory. A quote inside it takes a backslash, and that is left
 *  to `decodeNode`. */
function placeAt(bytes: Uint8Array, from: number): Place | undefined {
  const path = after(bytes, after(bytes, from)) + PATH.length;
  if (!isAt(bytes, path - PATH.length, PATH)) return undefined;
  let pathEnd = path;
  for (; bytes[pathEnd] !== QUOTE; pathEnd++) {
    if (bytes[pathEnd] === BACKSLASH || pathEnd >= bytes.length) return undefined;
  }
  if (bytes[pathEnd + 1] === CLOSE) return { path, pathEnd, end: pathEnd + 2, size: undefined };
  const shaEnd = pathEnd + SHA.length + SHA_LENGTH;
  if (!isAt(bytes, pathEnd, SHA) || !isAt(bytes, shaEnd, SIZE)) return undefined;
  let size = 0;
  let end = shaEnd + SIZE.length;
  for (let digit = digitAt(bytes, end); digit !== undefined; digit = digitAt(bytes, ++end)) size = size * 10 + digit;
  return bytes[end] === CLOSE && Number.isSafeInteger(size) ? { path, pathEnd, end: end + 1, size } : undefined;
}

/** Behind the next comma. */
function after(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== COMMA) at += 1;
  return at + 1;
}

function digitAt(bytes: Uint8Array, at: number): number | undefined {
  const digit = (bytes[at] ?? 0) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : undefined;
}

function isAt(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}
