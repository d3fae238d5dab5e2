// A live page is made of parts: blocks, and lists of rows. First paint and live patches render the same parts; this file
// compares what a tab has with what it should have and writes the smallest patch that closes the gap. A tab costs the
// server one number a row, not the row's text.
import { createHash } from 'node:crypto';
import type { JSX } from 'hono/jsx/jsx-runtime';
import { type Html, rendered, toHtml } from './html.ts';
import { mergeFragments, removeFragments } from './sse.ts';

/** One element with its own id, replaced as a whole. */
export interface Block {
  readonly kind: 'block';
  readonly id: string;
  readonly html: string;
}

export interface Row {
  /** the row element's own id; safe in a selector: letters, digits, `-` */
  readonly id: string;
  readonly html: string;
}

/** An element that holds rows and nothing else. */
export interface List {
  readonly kind: 'list';
  readonly tag: 'tbody' | 'div';
  readonly id: string;
  readonly rows: readonly Row[];
  /** When more rows change at once than a reader can follow, they stay as they are, and this block says how many it was: 0
   *  takes it away again. It is no part of the page beside the list. Absent: the list is sent whole. */
  readonly news?: (changes: number) => Block;
}

export type Part = Block | List;

/** More row patches than this at once, and the list is sent whole: one morph is cheaper than many searches. */
const MAX_ROW_PATCHES = 50;

export const block = (id: string, node: JSX.Element): Block => ({ kind: 'block', id, html: patchable(node) });

export const listRow = (id: string, node: JSX.Element): Row => ({ id, html: patchable(node) });

/** Rendered, and marked as nothing that Datastar looks into: it would give ids of its own to elements with `data-*`, and
 *  the next patch, which has none, would then replace those elements and take the reader's focus with them. */
export const patchable = (node: JSX.Element): string => toHtml(node).replace(/^<[a-z]+/, '$& data-star-ignore=""');

export function partHtml(part: Part): Html {
  if (part.kind === 'block') return rendered(part.html);
  return rendered(listHtml(part));
}

function listHtml(list: List): string {
  const rows = list.rows.map((row) => row.html).join('');
  return `<${list.tag} id="${list.id}" data-star-ignore="">${rows}</${list.tag}>`;
}

/** A row's id in the page, from what it stands for: any text in, a selector-safe name out. */
export const rowId = (kind: string, key: string): string =>
  `${kind}-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;

/** What a page shows, as one word: a stream that finds the same word sends nothing at first. */
export function markOf(parts: readonly Part[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    if (part.kind === 'block') hash.update(part.html);
    else for (const row of part.rows) hash.update(row.html);
    hash.update('\0');
  }
  return hash.digest('base64url').slice(0, 16);
}

/** What one tab has. `patch` returns the events that bring it up to date, and remembers that it did. */
export class TabParts {
  readonly #blocks = new Map<string, number>();
  readonly #lists = new Map<string, Map<string, number>>();

  /** The tab has these parts already. */
  adopt(parts: readonly Part[]): void {
    for (const part of parts) this.#patchPart(part);
  }

  patch(parts: readonly Part[]): string {
    return parts.map((part) => this.#patchPart(part)).join('');
  }

  #patchPart(part: Part): string {
    if (part.kind === 'list') return this.#patchList(part);
    const now = fingerprint(part.html);
    if (this.#blocks.get(part.id) === now) return '';
    this.#blocks.set(part.id, now);
    return mergeFragments(part.html);
  }

  #patchList(list: List): string {
    const was = this.#lists.get(list.id);
    const now = new Map(list.rows.map((row) => [row.id, fingerprint(row.html)]));
    const changes = was ? changesBetween(was, now) : 0;
    if (list.news && changes > MAX_ROW_PATCHES) return this.#patchPart(list.news(changes));
    this.#lists.set(list.id, now);
    const patch = (was && rowPatches(list, was, now)) ?? mergeFragments(listHtml(list));
    return list.news ? patch + this.#patchPart(list.news(0)) : patch;
  }
}

/** How many rows went, came or are other ones. */
function changesBetween(was: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number {
  let changes = 0;
  for (const id of was.keys()) if (!now.has(id)) changes++;
  for (const [id, row] of now) if (was.get(id) !== row) changes++;
  return changes;
}

/** @returns undefined when the list is better sent whole */
function rowPatches(
  list: List,
  was: ReadonlyMap<string, number>,
  now: ReadonlyMap<string, number>,
): string | undefined {
  const removed = [...was.keys()].filter((id) => !now.has(id));
  const changed = list.rows.filter((row) => was.has(row.id) && was.get(row.id) !== now.get(row.id));
  if (changesBetween(was, now) > MAX_ROW_PATCHES) return undefined;
  if (!sameOrder(was, now)) return undefined;

  let patch = removed.length > 0 ? removeFragments(removed.map((id) => `#${id}`).join(',')) : '';
  if (changed.length > 0) patch += mergeFragments(changed.map((row) => row.html).join(''));
  return patch + insertions(list, was);
}

function sameOrder(was: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): boolean {
  const kept = [...was.keys()].filter((id) => now.has(id));
  let at = 0;
  for (const id of now.keys()) if (id === kept[at]) at++;
  return at === kept.length;
}

/** Each run of new rows goes before the next row that the tab has, or to the end. */
function insertions(list: List, was: ReadonlyMap<string, number>): string {
  let patch = '';
  let run = '';
  for (const row of list.rows) {
    if (!was.has(row.id)) {
      run += row.html;
      continue;
    }
    if (run !== '') patch += mergeFragments(run, { selector: `#${row.id}`, mode: 'before' });
    run = '';
  }
  if (run !== '') patch += mergeFragments(run, { selector: `#${list.id}`, mode: 'append' });
  return patch;
}

/** 53 bits over the text, fast. Two texts that meet by chance would leave one row stale until it changes again. */
export function fingerprint(text: string): number {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
