// Writes a node as its canonical JSON, see `node.ts`. A commit makes a leaf and a branch a level anew, each but for an entry
// or two like the one that it replaces; so of a branch the text that stays is taken over and not made again.
import { type Entry, isFile } from '../model/entry.ts';
import { type Sha, shaOf } from '../model/ids.ts';
import type { Branch, Child, Leaf, TreeNode } from './node.ts';

/** @param was the node that this one replaces: what is equal in both is not written anew */
export function encodeNode(node: TreeNode, was?: TreeNode): { readonly sha: Sha; readonly bytes: Uint8Array } {
  const bytes = Buffer.from(node.kind === 'leaf' ? leafText(node) : branchText(node, was));
  return { sha: shaOf(bytes), bytes };
}

function leafText({ entries }: Leaf): string {
  let text = '{"entries":[';
  let comma = '';
  for (const entry of entries) {
    text += comma + entryJson(entry);
    comma = ',';
  }
  return `${text}],"v":1}`;
}

/** A branch's children as text, a comma behind each, and where each of them ends. */
interface Written {
  readonly text: string;
  readonly ends: Uint32Array;
}

/** Of branches that were encoded: commits pass the upper ones again and again, and change a child or two. */
const written = new WeakMap<TreeNode, Written>();

function branchText(branch: Branch, was: TreeNode | undefined): string {
  const { children, level } = branch;
  const old = was && written.get(was);
  const oldChildren = old && was?.kind === 'branch' ? was.children : [];
  const most = Math.min(children.length, oldChildren.length);
  let head = 0;
  while (head < most && children[head] === oldChildren[head]) head += 1;
  let tail = 0;
  while (tail < most - head && children.at(-1 - tail) === oldChildren.at(-1 - tail)) tail += 1;

  const oldEnd = (count: number): number => (count === 0 ? 0 : (old?.ends[count - 1] ?? 0));
  const ends = new Uint32Array(children.length);
  let text = '';
  if (old && head > 0) {
    text = old.text.slice(0, oldEnd(head));
    ends.set(old.ends.subarray(0, head));
  }
  for (let i = head; i < children.length - tail; i++) {
    const child = children[i];
    if (child) text += `${childJson(child)},`;
    ends[i] = text.length;
  }
  if (old && tail > 0) {
    const from = oldEnd(oldChildren.length - tail);
    const shift = text.length - from;
    text += old.text.slice(from);
    for (let i = 1; i <= tail; i++) ends[children.length - i] = oldEnd(oldChildren.length - i + 1) + shift;
  }
  written.set(branch, { text, ends });
  return `{"children":[${text.slice(0, -1)}],"level":${level},"v":1}`;
}

function entryJson(entry: Entry): string {
  return isFile(entry)
    ? `{"mode":${entry.mode},"mtime":${entry.mtime},"path":${json(entry.path)},"sha":"${entry.sha}","size":${entry.size}}`
    : `{"dir":true,"mode":${entry.mode},"path":${json(entry.path)}}`;
}

function childJson(child: Child): string {
  return `{"bytes":${child.bytes},"files":${child.files},"last":${json(child.last)},"sha":"${child.sha}"}`;
}

/** Nearly all paths are their own JSON between quotes, and to see that is quicker than to have them escaped. */
const ESCAPED = /["\\\u0000-\u001f]/;
const json = (path: string): string => (ESCAPED.test(path) ? JSON.stringify(path) : `"${path}"`);
