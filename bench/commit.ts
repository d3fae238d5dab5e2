// Commits on a real nats-server that fsyncs every message: one changed path in projects of 1k to 1M paths, in many
// directories and all in one, and sixteen committers on one project at once, each a process's worth of its own and all
// through one process's line. Counted are the commit's own writes (manifest nodes, commit); the object is in hot
// before, as I1 demands. Each result is read back.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type CommitIo, type CommitRequest, commit } from '../core/commit/commit.ts';
import { Committer } from '../core/commit/committer.ts';
import { readCurrent } from '../core/commit/current.ts';
import type { PathOp } from '../core/commit/path-op.ts';
import { findNatsServer, startNatsServer } from '../core/embedded/nats-server.ts';
import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { getEntry } from '../core/manifest/get.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import type { NodeIo } from '../core/manifest/tree.ts';
import { assert } from '../core/model/assert.ts';
import { systemClock } from '../core/model/clock.ts';
import { isFile } from '../core/model/entry.ts';
import { type ProjectName, parseProjectName, parseTenant } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { connectNats, type NatsLink } from '../core/store/nats-connect.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import { indexBucket } from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { ACTOR, DEEP, fileOf, type Layout, projectOf, WIDE } from './large-project.ts';
import { percentile, type Report, rounded } from './row.ts';

const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;
const WARM_UP = 10;
const COMMITS = 200;
const COMMITTERS = 16;
const COMMITS_EACH = 25;
const CACHE_BYTES = 64 * 1024 * 1024;
const TENANT = parseTenant('bench');

export async function run(report: Report): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'fs-bench-commit-'));
  const { path: binary } = await findNatsServer();
  const server = await startNatsServer({ binary, storeDir: join(dir, 'nats'), logFile: join(dir, 'nats.log') });
  const link = await connectNats({ servers: server.url, name: 'bench', log: silentLog });
  try {
    const { shards } = await ensureTenant(link, TENANT);
    await onePathCommits(link, shards, report);
    await manyCommitters(link, shards, 'each by itself', report);
    await manyCommitters(link, shards, 'through one line', report);
  } finally {
    await link.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

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

const LAYOUTS = [DEEP, WIDE] as const;

/** A project that is committed to. */
interface Subject {
  readonly layout: Layout;
  readonly size: number;
  readonly name: ProjectName;
  readonly io: ReturnType<typeof committer>;
  readonly times: number[];
  readonly writes: number[];
}

async function onePathCommits(link: NatsLink, shards: number, report: Report): Promise<void> {
  const subjects: Subject[] = [];
  for (const layout of LAYOUTS) {
    for (const size of SIZES) {
      const name = parseProjectName(`${layout === DEEP ? 'deep' : 'wide'}-${size}`);
      const io = committer(link, shards);
      await projectOf(io, name, layout, size);
      subjects.push({ layout, size, name, io, times: [], writes: [] });
    }
  }
  // In turns, so that what else the machine does is the same for all.
  for (let i = -WARM_UP; i < COMMITS; i++) for (const subject of subjects) await commitOnePath(subject, i);
  for (const subject of subjects) reportSubject(subject, report);
  for (const layout of LAYOUTS) {
    const medians = subjects.filter((one) => one.layout === layout).map(({ times }) => percentile(times, 0.5));
    const flatness = Math.max(...medians) / Math.min(...medians);
    report({
      bench: 'commit',
      case: `p50, slowest size against fastest, ${layout.name}`,
      value: rounded(flatness),
      unit: 'times',
      better: 'lower',
      target: 2,
      ok: flatness <= 2,
    });
  }
}

/** @param i  below 0: not counted */
async function commitOnePath({ layout, size, name, io, times, writes }: Subject, i: number): Promise<void> {
  // Spread over the whole tree, so that leaves are mostly not in the cache.
  const n = Math.abs((i + WARM_UP + 1) * 7919 * 31) % size;
  const file = fileOf(layout.pathOf(n), `change ${i}`);
  const ops: PathOp[] = [{ kind: 'put', entry: file }];
  io.writtenBytes = 0;
  const start = performance.now();
  const result = await commit(io, { project: name, ops, actor: ACTOR });
  const elapsed = performance.now() - start;
  assert(result.kind === 'committed', 'the commit was made');
  if (i < 0) return;
  times.push(elapsed);
  writes.push(io.writtenBytes);
  if (i % 20 === 0) {
    const entry = await getEntry(io.nodes, result.at.current.manifest_sha, file.path);
    assert(entry && isFile(entry) && entry.sha === file.sha, 'the committed entry is read back');
  }
}

function reportSubject({ layout, size, times, writes }: Subject, report: Report): void {
  const isLargest = size === 1_000_000;
  const label = `${isLargest ? '1M' : `${size / 1000}k`} paths, ${layout.name}`;
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
}

async function manyCommitters(
  link: NatsLink,
  shards: number,
  how: 'each by itself' | 'through one line',
  report: Report,
): Promise<void> {
  const name = parseProjectName(how === 'through one line' ? 'shared-line' : 'contended');
  const first = committer(link, shards);
  await projectOf(first, name, DEEP, 1_000);
  const line = new Committer(first);
  const waits: number[] = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: COMMITTERS }, async (_, who) => {
      const io = committer(link, shards);
      for (let i = 0; i < COMMITS_EACH; i++) {
        const before = performance.now();
        const entry = fileOf(parseRelPath(`committer-${who}/${i}`), 'first');
        const request: CommitRequest = { project: name, ops: [{ kind: 'put', entry }], actor: ACTOR };
        const result = how === 'through one line' ? await line.submit(request) : await commit(io, request);
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
    case: `${COMMITTERS} committers on one project, ${how}`,
    value: rounded((COMMITTERS * COMMITS_EACH) / seconds),
    unit: 'changes/s',
    better: 'higher',
  });
  report({
    ...base,
    case: `${COMMITTERS} committers, ${how}, longest wait`,
    value: rounded(Math.max(...waits)),
    unit: 'ms',
    better: 'lower',
  });
}
