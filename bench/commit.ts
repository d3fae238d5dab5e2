// Commits on a real nats-server that fsyncs every message: one changed path in projects of 1k to 1M paths, and sixteen
// committers on one project at once. Counted are the commit's own writes (manifest nodes, commit); the object is in hot
// before, as I1 demands. Each result is read back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type CommitIo, commit } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import type { PathOp } from '../core/commit/path-op.ts';
import { createProject } from '../core/commit/project.ts';
import { findNatsServer, startNatsServer } from '../core/embedded/nats-server.ts';
import { buildTree } from '../core/manifest/build.ts';
import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { getEntry } from '../core/manifest/get.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import type { NodeIo } from '../core/manifest/tree.ts';
import { assert } from '../core/model/assert.ts';
import { systemClock } from '../core/model/clock.ts';
import { type Actor, encodeCommit } from '../core/model/commit.ts';
import { type FileEntry, isFile } from '../core/model/entry.ts';
import { fakeSha, type ProjectName, parseProjectName, parseTenant, shaOf } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { connectNats, type NatsLink } from '../core/store/nats-connect.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { indexBucket } from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { percentile, type Report, rounded } from './row.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
const COMMITS = 200;
const COMMITTERS = 16;
const COMMITS_EACH = 25;
const CACHE_BYTES = 64 * 1024 * 1024;
const TENANT = parseTenant('bench');
const ACTOR: Actor = { kind: 'system', id: 'bench' };

export async function run(report: Report): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'fs-bench-commit-'));
  const { path: binary } = await findNatsServer();
  const server = await startNatsServer({ binary, storeDir: join(dir, 'nats'), logFile: join(dir, 'nats.log') });
  const link = await connectNats({ servers: server.url, name: 'bench', log: silentLog });
  try {
    const { shards } = await ensureTenant(link, TENANT);
    const medians: number[] = [];
    for (const size of SIZES) medians.push(await onePathCommits(link, shards, size, report));
    const flatness = Math.max(...medians) / Math.min(...medians);
    report({
      bench: 'commit',
      case: 'p50, slowest size against fastest',
      value: rounded(flatness),
      unit: 'times',
      better: 'lower',
      target: 2,
      ok: flatness <= 2,
    });
    await manyCommitters(link, shards, report);
  } finally {
    await link.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

const pathOf = (n: number) =>
  parseRelPath(
    `dir-${String(Math.floor(n / 1000)).padStart(4, '0')}/sub-${String(Math.floor(n / 50) % 20).padStart(2, '0')}/file-${String(n).padStart(7, '0')}.txt`,
  );
const fileOf = (n: number, version: number): FileEntry => ({
  path: pathOf(n),
  sha: fakeSha(`${n}:${version}`),
  size: 4096,
  mode: 0o644,
  mtime: 1_700_000_000_000 + version,
});

/** A committer of its own, as each process has: its own cache, and a count of what it writes. */
function committer(link: NatsLink, shards: number): CommitIo & { writtenBytes: number } {
  const objects = natsObjectStore(link, TENANT, { shards });
  const nodes: NodeIo = cachedNodes(objectNodes(objects), { maxBytes: CACHE_BYTES });
  const io = {
    writtenBytes: 0,
    objects: {
      ...objects,
      put: (...args: Parameters<typeof objects.put>) => {
        io.writtenBytes += args[1];
        return objects.put(...args);
      },
    },
    nodes: {
      ...nodes,
      putNode: (...args: Parameters<typeof nodes.putNode>) => {
        io.writtenBytes += args[1].length;
        return nodes.putNode(...args);
      },
    },
    index: natsKeyValue(link, indexBucket(TENANT)),
    clock: systemClock,
  };
  return io;
}

async function projectOf(io: CommitIo, name: ProjectName, size: number): Promise<void> {
  await createProject(io, name, ACTOR);
  const at = await readCurrent(io.index, name);
  assert(at, 'the project is there');
  // Paths in byte order, a thousand a directory.
  const root = await buildTree(
    io.nodes,
    (function* () {
      for (let n = 0; n < size; n++) yield fileOf(n, 0);
    })(),
  );
  const ts = new Date().toISOString();
  const { sha, bytes } = encodeCommit({
    v: 1,
    project: name,
    manifest_sha: root.sha,
    parents: [at.current.commit_sha],
    actor: ACTOR,
    ts,
    counts: { added: size, updated: 0, deleted: 0, moved: 0 },
    files: root.files,
    bytes: root.bytes,
  });
  await io.objects.put(sha, bytes.length, bytes);
  const current = { manifest_sha: root.sha, commit_sha: sha, files: root.files, bytes: root.bytes, ts };
  await io.index.put(currentKey(name), Buffer.from(JSON.stringify(current)));
}

/** @returns the median, milliseconds */
async function onePathCommits(link: NatsLink, shards: number, size: number, report: Report): Promise<number> {
  const name = parseProjectName(`p-${size}`);
  const io = committer(link, shards);
  await projectOf(io, name, size);
  const label = size >= 1_000_000 ? '1M paths' : `${size / 1000}k paths`;
  const times: number[] = [];
  const writes: number[] = [];
  for (let i = -10; i < COMMITS; i++) {
    // Spread over the whole tree, so that leaves are mostly not in the cache.
    const n = Math.abs((i + 11) * 7919 * 31) % size;
    const ops: PathOp[] = [{ kind: 'put', entry: fileOf(n, i + 100) }];
    io.writtenBytes = 0;
    const start = performance.now();
    const result = await commit(io, { project: name, ops, actor: ACTOR });
    const elapsed = performance.now() - start;
    assert(result.kind === 'committed', 'the commit was made');
    if (i < 0) continue;
    times.push(elapsed);
    writes.push(io.writtenBytes);
    if (i % 20 === 0) {
      const entry = await getEntry(io.nodes, result.at.current.manifest_sha, pathOf(n));
      assert(entry && isFile(entry) && entry.sha === shaOf(`fake:${n}:${i + 100}`), 'the committed entry is read back');
    }
  }
  const isLargest = size === 1_000_000;
  const row = (name: string, value: number, unit: string, target?: number) =>
    report({
      bench: 'commit',
      case: `${name}, ${label}`,
      value: rounded(value),
      unit,
      better: 'lower',
      ...(target === undefined ? {} : { target }),
      ok: target === undefined || value <= target,
    });
  row('one path p50', percentile(times, 0.5), 'ms', isLargest ? 10 : undefined);
  row('one path p99', percentile(times, 0.99), 'ms');
  row('written p50', percentile(writes, 0.5) / 1000, 'KB', isLargest ? 100 : undefined);
  return percentile(times, 0.5);
}

async function manyCommitters(link: NatsLink, shards: number, report: Report): Promise<void> {
  const name = parseProjectName('contended');
  await projectOf(committer(link, shards), name, 1_000);
  const waits: number[] = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: COMMITTERS }, async (_, who) => {
      const io = committer(link, shards);
      for (let i = 0; i < COMMITS_EACH; i++) {
        const before = performance.now();
        const entry = { ...fileOf(0, i), path: parseRelPath(`committer-${who}/${i}`) };
        const result = await commit(io, { project: name, ops: [{ kind: 'put', entry }], actor: ACTOR });
        assert(result.kind === 'committed', 'the commit was made');
        waits.push(performance.now() - before);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const at = await readCurrent(natsKeyValue(link, indexBucket(TENANT)), name);
  const complete = at?.current.files === 1_000 + COMMITTERS * COMMITS_EACH;
  const base = { bench: 'commit', ok: complete } as const;
  report({
    ...base,
    case: `${COMMITTERS} committers on one project`,
    value: rounded((COMMITTERS * COMMITS_EACH) / seconds),
    unit: 'commits/s',
    better: 'higher',
  });
  report({
    ...base,
    case: `${COMMITTERS} committers, longest wait`,
    value: rounded(Math.max(...waits)),
    unit: 'ms',
    better: 'lower',
  });
}
