// Where a node ends. The rule looks at paths only, so that the same set of paths is always cut the same way and a change
// of content never moves a cut. Everything here is part of the format: another program that follows it gets the same shas.
//
//   bytes(path)       length of its UTF-8 form
//   weight(path)      bytes(path) + 128, about what one item takes in a node's JSON
//   hash(path, level) FNV-1a, 32 bits, over the UTF-8 bytes (offset 0x811c9dc5, prime 0x01000193); then xor with
//                     level × 0x9e3779b1 mod 2^32; then the finalizer of MurmurHash3:
//                     h ^= h >> 16, h *= 0x85ebca6b, h ^= h >> 13, h *= 0xc2b2ae35, h ^= h >> 16 (unsigned)
//   An entry closes its leaf when hash(path, 0) < weight(path) × 349525, that is with probability weight / 12 KiB.
//   A child closes its branch when hash(last, level) < weight(last) × 1048576, that is with probability weight / 4 KiB;
//   but never the first child of a branch, so that every level is at most about half as long as the one below it.
//   Either closes its node when the weights in the node have reached 49152 (48 KiB).
//
// `level` is 0 for leaves, whose items are entries; a branch's items are its children. With paths of 20 to 60 bytes a
// leaf has 65 to 83 entries on average. Branches are smaller because a commit writes one of each level: at a million
// paths this costs no level more than larger ones would, and half of the bytes. The cap bounds count (381) and bytes.

const ITEM_WEIGHT = 128;
const CAP_WEIGHT = 48 * 1024;
/** 2^32 divided by the mean weight of a node. */
const LEAF_CHANCE = 349_525;
const BRANCH_CHANCE = 1_048_576;

/** Items that a node of this level has before one can close it. */
export const fewestItems = (level: number): number => (level === 0 ? 1 : 2);

/** Collects the items of one level from left to right and says when a node is complete. */
export class Cutter<T> {
  private items: T[] = [];
  private weight = 0;
  private readonly fewest: number;
  private readonly chance: number;

  constructor(private readonly level: number) {
    this.fewest = fewestItems(level);
    this.chance = level === 0 ? LEAF_CHANCE : BRANCH_CHANCE;
  }

  get isEmpty(): boolean {
    return this.items.length === 0;
  }

  /** @param isOpen the path is known not to close a node of this level by its hash
   *  @returns whether `item` closes the node; `take` then gives it */
  add(item: T, path: string, isOpen = false): boolean {
    this.items.push(item);
    const weight = utf8Length(path) + ITEM_WEIGHT;
    this.weight += weight;
    if (this.items.length < this.fewest) return false;
    return this.weight >= CAP_WEIGHT || (!isOpen && pathHash(path, this.level) < weight * this.chance);
  }

  /** The items since the last cut; empties the cutter. */
  take(): T[] {
    const items = this.items;
    this.items = [];
    this.weight = 0;
    return items;
  }
}

/** Spreads a path over 0 to 2^32 - 1, differently at each level. Cheap, not secret: a chosen set of names can make uneven
 *  nodes, which the cap bounds, and never wrong ones. */
export function pathHash(path: string, level: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    if (unit < 0x80) {
      hash = Math.imul(hash ^ unit, 0x01000193);
    } else if (unit < 0x800) {
      hash = Math.imul(hash ^ (0xc0 | (unit >> 6)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | (unit & 0x3f)), 0x01000193);
    } else if (unit >= 0xd800 && unit <= 0xdfff) {
      const point = path.codePointAt(i++) ?? 0;
      hash = Math.imul(hash ^ (0xf0 | (point >> 18)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | ((point >> 12) & 0x3f)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | ((point >> 6) & 0x3f)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | (point & 0x3f)), 0x01000193);
    } else {
      hash = Math.imul(hash ^ (0xe0 | (unit >> 12)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | ((unit >> 6) & 0x3f)), 0x01000193);
      hash = Math.imul(hash ^ (0x80 | (unit & 0x3f)), 0x01000193);
    }
  }
  hash ^= Math.imul(level, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Of a well-formed string. */
function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    // A surrogate pair is two units and four bytes, so each half counts one extra.
    if (unit >= 0x80) length += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return length;
}
