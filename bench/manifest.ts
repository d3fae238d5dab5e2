// The manifest tree at 1k to 1M paths, deep and wide. Nodes lie in one append-only file, as bytes that are read back
// and verified by their sha, so that neither the heap nor the resident size hides the store; the file's pages are the
// kernel's, and are read in place: a thread for each would be most of what is measured. "cold" operations start without
// any node in memory, "warm" ones go through `cachedNodes` as the server and the committers do. A cold page of large
// directories has to read a leaf for each of their ends, and the branch that names it: "nodes alone" is what it takes
// to read and verify these and do nothing else. "at 1 ms a read" shows what reading ahead saves there. What NATS adds is
// in the bench `commit`.
import { randomInt } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { applyEdits } from '../core/manifest/apply.ts';
import { buildTree } from '../core/manifest/build.ts';
import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { diffTrees } from '../core/manifest/diff.ts';
import { listTree } from '../core/manifest/list.ts';
import type { Edit, NodeIo, TreeRoot } from '../core/manifest/tree.ts';
import { walkTree } from '../core/manifest/walk.ts';
import { assert } from '../core/model/assert.ts';
import type { FileEntry } from '../core/model/entry.ts';
import { type Sha, shaOf } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { percentile, type Report, rounded } from './row.ts';

type Shape = 'deep' | 'wide';

const COUNTS = [1_000, 10_000, 100_000, 1_000_000] as const;
/** Commits and diffs a case. */
const OPERATIONS = 600;
const CACHE_BYTES = 64 * 1024 * 1024;
const MEGABYTE = 1024 * 1024;

export async function run(report: Report): Promise<void> {
  const measured = (name: string, value: number, unit: string, target?: number) => {
    const row = { bench: 'manifest', case: name, value: rounded(value), unit, better: 'lower' as const };
    report(target === undefined ? { ...row, ok: true } : { ...row, target, ok: value <= target });
  };
  for (const shape of ['deep', 'wide'] as const) {
    const applies = new Map<number, number>();
    for (const count of COUNTS) {
      const nodes = await FileNodes.create();
      try {
        const label = `${shape} ${count >= 1_000_000 ? `${count / 1_000_000}M` : `${count / 1000}k`}`;
        applies.set(count, await measureTree(label, shape, count, nodes, measured));
      } finally {
        await nodes.close();
      }
    }
    const [small, large] = [applies.get(1_000), applies.get(1_000_000)];
    if (small && large) measured(`apply 1 path warm, ${shape} 1M against 1k`, large / small, 'times', 2);
  }
}

/** @returns the time of a warm apply */
async function measureTree(
  label: string,
  shape: Shape,
  count: number,
  nodes: FileNodes,
  measured: (name: string, value: number, unit: string, target?: number) => void,
): Promise<number> {
  const isLargest = count === 1_000_000;
  globalThis.gc?.();
  nodes.peakRss = process.memoryUsage.rss();
  const start = performance.now();
  const root = await buildTree(nodes, entriesOf(shape, count));
  const buildMs = performance.now() - start;
  assert(root.files === count, 'the tree has all entries');
  measured(`build, ${label}`, buildMs / 1000, 's', isLargest ? 20 : undefined);
  if (isLargest) measured(`build peak RSS, nodes on disk, ${label}`, nodes.peakRss / MEGABYTE, 'MB', 500);

  if (isLargest) {
    const walkStart = performance.now();
    let walked = 0;
    for await (const _ of walkTree(nodes, root.sha)) walked += 1;
    assert(walked === count, 'the walk gives all entries');
    measured(`walk of all, ${label}`, (performance.now() - walkStart) / 1000, 's');
    await measureStream(label, shape, count, nodes, root, measured);
  }

  const cold = await applyOneByOne(nodes, nodes, root, shape, count);
  measured(`apply 1 path cold p50, ${label}`, cold.p50Ms, 'ms', 10);
  measured(`apply 1 path, written p50, ${label}`, cold.p50Bytes / 1024, 'KB', 100);
  measured(`apply 1 path, written p99, ${label}`, cold.p99Bytes / 1024, 'KB');
  const cached = cachedNodes(nodes, { maxBytes: CACHE_BYTES });
  const warm = await applyOneByOne(cached, nodes, root, shape, count);
  measured(`apply 1 path warm p50, ${label}`, warm.p50Ms, 'ms', 10);

  // The listing jumps over subtrees: `deep` gives directories with their totals, `wide` files from a random place on.
  const cursors: (string | undefined)[] = [undefined];
  if (shape === 'wide') {
    for (let i = 0; i < 40; i++) cursors.push(cursorBehind(pathOf(shape, count, randomInt(count - 200))));
  }
  const list = (io: NodeIo) => async (i: number) => {
    const prefix = shape === 'wide' ? WIDE : '';
    const page = await listTree(io, root.sha, { prefix, cursor: cursors[i % cursors.length], limit: 200 });
    assert(page.rows.length === 200, 'a page is full');
  };
  measured(`list 200 cold p50, ${label}`, await p50(50, list(nodes)), 'ms', 5);
  const needed: Sha[] = [];
  await list({
    putNode: (sha, bytes) => nodes.putNode(sha, bytes),
    getNode: (sha) => {
      needed.push(sha);
      return nodes.getNode(sha);
    },
  })(0);
  const alone = async () => {
    for (const sha of needed) await nodes.getNode(sha);
  };
  // A leaf and the branch over it a row, and what is above them; files lie side by side.
  measured(`list 200 cold, nodes, ${label}`, needed.length, 'nodes', shape === 'wide' ? 20 : 450);
  measured(`list 200 cold, nodes alone p50, ${label}`, await p50(50, alone), 'ms');
  measured(`list 200 warm p50, ${label}`, await p50(200, list(cached)), 'ms', 5);

  const changed = await applyEdits(nodes, root.sha, [editAt(shape, count, randomInt(count), 1)]);
  const diff = (io: NodeIo) => async () => {
    let changes = 0;
    for await (const _ of diffTrees(io, root.sha, changed.sha)) changes += 1;
    assert(changes === 1, 'there is one change');
  };
  measured(`diff of 1 change cold p50, ${label}`, await p50(OPERATIONS, diff(nodes)), 'ms', 5);
  measured(`diff of 1 change warm p50, ${label}`, await p50(OPERATIONS, diff(cached)), 'ms', 5);
  if (isLargest) await measureBulk(label, shape, count, nodes, root, measured);
  return warm.p50Ms;
}

/** As many edits as there are paths, none of which is kept by who gives them. */
async function measureStream(
  label: string,
  shape: Shape,
  count: number,
  nodes: FileNodes,
  root: TreeRoot,
  measured: (name: string, value: number, unit: string, target?: number) => void,
): Promise<void> {
  function* edits(): Iterable<Edit> {
    for (let i = 0; i < count; i++) yield editAt(shape, count, i, 1);
  }
  globalThis.gc?.();
  nodes.peakRss = process.memoryUsage.rss();
  const start = performance.now();
  const changed = await applyEdits(nodes, root.sha, edits());
  assert(changed.files === count && changed.sha !== root.sha, 'all paths are there, and changed');
  measured(`apply ${label} edits streamed`, (performance.now() - start) / 1000, 's', 20);
  measured(`apply ${label} edits streamed, peak RSS`, nodes.peakRss / MEGABYTE, 'MB', 500);
}

/** 10,000 paths all over the tree, in a store that is a millisecond away. */
async function measureBulk(
  label: string,
  shape: Shape,
  count: number,
  nodes: FileNodes,
  root: TreeRoot,
  measured: (name: string, value: number, unit: string, target?: number) => void,
): Promise<void> {
  const distant: NodeIo = {
    getNode: async (sha) => {
      await delay(1);
      return nodes.getNode(sha);
    },
    putNode: async (sha, bytes) => {
      await delay(1);
      await nodes.putNode(sha, bytes);
    },
  };
  const seconds = async (name: string, work: () => Promise<void>) => {
    const start = performance.now();
    await work();
    measured(`${name} at 1 ms a read, ${label}`, (performance.now() - start) / 1000, 's');
  };
  const edits = Array.from({ length: 10_000 }, (_, i) => editAt(shape, count, i * (count / 10_000), 1));
  let changed = root;
  await seconds('apply 10k paths', async () => {
    changed = await applyEdits(distant, root.sha, edits);
  });
  await seconds('diff of 10k changes', async () => {
    let changes = 0;
    for await (const _ of diffTrees(distant, root.sha, changed.sha)) changes += 1;
    assert(changes === edits.length, 'the diff has all changes');
  });
  await seconds('walk of 100k paths', async () => {
    let walked = 0;
    for await (const _ of walkTree(distant, root.sha)) if (++walked === 100_000) break;
  });
  await seconds('list 200 cold', async () => {
    const page = await listTree(distant, root.sha, { prefix: shape === 'wide' ? WIDE : '', limit: 200 });
    assert(page.rows.length === 200, 'a page is full');
  });
}

/** A chain of commits, each of one path: new, changed and removed in turn. */
async function applyOneByOne(io: NodeIo, nodes: FileNodes, from: TreeRoot, shape: Shape, count: number) {
  const bytes: number[] = [];
  let root = from;
  const p50Ms = await p50(OPERATIONS, async (i) => {
    const before = nodes.writtenBytes;
    root = await applyEdits(io, root.sha, [editAt(shape, count, randomInt(count), i)]);
    bytes.push(nodes.writtenBytes - before);
  });
  return { p50Ms, p50Bytes: percentile(bytes, 0.5), p99Bytes: percentile(bytes, 0.99) };
}

function editAt(shape: Shape, count: number, at: number, turn: number): Edit {
  const entry = entryAt(shape, count, at);
  if (turn % 3 === 0) return { kind: 'put', entry: { ...entry, path: `${entry.path}.copy` as RelPath } };
  if (turn % 3 === 1)
    return { kind: 'put', entry: { ...entry, sha: shaOf(`${turn} ${at}`), mtime: 1_800_000_000_000 + turn } };
  return { kind: 'remove', path: entry.path };
}

const WIDE = 'inbox' as RelPath;

function* entriesOf(shape: Shape, count: number): Iterable<FileEntry> {
  for (let i = 0; i < count; i++) yield entryAt(shape, count, i);
}

function entryAt(shape: Shape, count: number, i: number): FileEntry {
  const path = pathOf(shape, count, i);
  return { path, sha: shaOf(path), size: (i * 7919) % 1_000_000, mode: 0o644, mtime: 1_690_000_000_000 + i };
}

/** Ascends with `i`. Deep: 250 directories at the top, four levels below. */
function pathOf(shape: Shape, count: number, i: number): RelPath {
  const digits = (n: number, width: number) => String(n).padStart(width, '0');
  if (shape === 'wide') return `${WIDE}/message-${digits(i, 8)}.eml` as RelPath;
  const perTop = count / 250;
  const inTop = i % perTop;
  const year = Math.floor((inTop * 10) / perTop);
  const batch = Math.floor((inTop * 100) / perTop);
  return `customer-${digits(Math.floor(i / perTop), 4)}/orders/year-${year}/batch-${digits(batch, 2)}/item-${digits(inTop, 6)}.json` as RelPath;
}

/** What a page that ends with this file gives as `next`. */
const cursorBehind = (path: RelPath): string => Buffer.from(`f${path}`).toString('base64url');

async function p50(times: number, work: (i: number) => Promise<void>): Promise<number> {
  for (let i = 0; i < 20; i++) await work(i);
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work(i);
    taken.push(performance.now() - start);
  }
  return percentile(taken, 0.5);
}

/** Nodes in a file that only grows; their places are in memory (about 100 bytes a node). */
class FileNodes implements NodeIo {
  writtenBytes = 0;
  peakRss = 0;
  private readonly places = new Map<Sha, { readonly at: number; readonly length: number }>();

  private constructor(
    private readonly directory: string,
    private readonly file: number,
  ) {}

  static async create(): Promise<FileNodes> {
    const directory = await mkdtemp(join(tmpdir(), 'bench-manifest-'));
    return new FileNodes(directory, openSync(join(directory, 'nodes'), 'w+'));
  }

  async putNode(sha: Sha, bytes: Uint8Array): Promise<void> {
    if (this.places.has(sha)) return;
    const place = { at: this.writtenBytes, length: bytes.byteLength };
    this.writtenBytes += bytes.byteLength;
    this.places.set(sha, place);
    if (this.places.size % 16 === 0) this.peakRss = Math.max(this.peakRss, process.memoryUsage.rss());
    writeSync(this.file, bytes, 0, place.length, place.at);
  }

  async getNode(sha: Sha): Promise<Uint8Array> {
    const place = this.places.get(sha);
    assert(place, `node ${sha} was put before it is read`);
    const bytes = Buffer.allocUnsafe(place.length);
    readSync(this.file, bytes, 0, place.length, place.at);
    assert(shaOf(bytes) === sha, `node ${sha} comes back as it was put`);
    return bytes;
  }

  async close(): Promise<void> {
    closeSync(this.file);
    await rm(this.directory, { recursive: true });
  }
}
