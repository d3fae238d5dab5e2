// A project archived to a real S3 server (Ceph radosgw, on this machine) and promoted back, by the jobs that a server runs, on
// a nats-server that fsyncs every message: one file of 1 GiB, and 10,000 of 4 KiB. What was archived is proven by cold before
// it leaves hot, and what came back is read from hot to its end and compared by SHA-256. Beside the small ones stands what the
// same S3 server does of plain PUTs and GETs of 4 KiB, with nothing before, between and after them.
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { commit } from '../core/commit/commit.ts';
import { createProject } from '../core/commit/project.ts';
import { type JobHandler, JobReport } from '../core/job/job-context.ts';
import { archiveJob } from '../core/lifecycle/archive-job.ts';
import { evictJob } from '../core/lifecycle/evict-job.ts';
import { promoteJob } from '../core/lifecycle/promote-job.ts';
import { isoTime, systemClock } from '../core/model/clock.ts';
import type { Actor } from '../core/model/commit.ts';
import type { FileEntry } from '../core/model/entry.ts';
import { type ProjectName, parseProjectName } from '../core/model/ids.ts';
import type { JobKind, TaskOf } from '../core/model/job.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { collect } from '../core/store/object-store.ts';
import { putWhole, type S3Target } from '../core/store/s3-upload.ts';
import { ObjectArchiver } from '../core/tier/archive-object.ts';
import { Claims } from '../core/tier/claims.ts';
import { DeadLetters } from '../core/tier/dead-letters.ts';
import { Rehydrator } from '../core/tier/rehydrate.ts';
import { RestorePoints } from '../core/tier/restore-points.ts';
import type { TierIo } from '../core/tier/tier-io.ts';
import { hashOf, keystream } from './keystream.ts';
import { fillPageCache } from './page-cache.ts';
import { withRealTiers } from './real-tiers.ts';
import { type Report, rounded } from './row.ts';

const MIB = 1024 * 1024;
/** A megabyte of `MB/s`, as disks and networks are sold. */
const MB = 1_000_000;
const LARGE_BYTES = 1024 * MIB;
const SMALL_BYTES = 4096;
const SMALL_COUNT = 10_000;
const PUTS_AT_ONCE = 128;
/** Of S3 alone; more at once are no faster. */
const S3_AT_ONCE = 64;
const S3_COUNT = 2_000;
const MEMORY_TARGET_MIB = 300;
const ACTOR: Actor = { kind: 'user', id: 'bench' };

export const run = (report: Report): Promise<void> =>
  withRealTiers(async ({ tiers, jobs, s3, dir }) => {
    const bench = new Bench(tiers, new Claims(jobs, 'bench', systemClock), new DeadLetters(jobs, systemClock), report);
    // The large one first, while this process has not been anything else yet: its memory is told too.
    fillPageCache(dir);
    await bench.measure('large', [LARGE_BYTES], 'one file of 1 GiB', 'MB/s');
    const small = Array.from({ length: SMALL_COUNT }, () => SMALL_BYTES);
    await bench.measure('small', small, '10,000 files of 4 KiB', 'objects/s', await plainS3(s3));
  });

class Bench {
  readonly #tiers: TierIo;
  readonly #report: Report;
  readonly #archive: JobHandler<'archive'>;
  readonly #evict: JobHandler<'evict'>;
  readonly #promote: JobHandler<'promote'>;

  constructor(tiers: TierIo, claims: Claims, dead: DeadLetters, report: Report) {
    this.#tiers = tiers;
    this.#report = report;
    const archiver = new ObjectArchiver(tiers, claims);
    const points = new RestorePoints(tiers, archiver, claims);
    this.#archive = archiveJob({ tiers, archiver, points, dead });
    this.#evict = evictJob({ tiers, rules: {}, lastRead: () => undefined });
    this.#promote = promoteJob({ tiers, rehydrator: new Rehydrator(tiers, claims) });
  }

  async measure(
    name: string,
    sizes: readonly number[],
    what: string,
    unit: 'MB/s' | 'objects/s',
    peer?: PlainS3,
  ): Promise<void> {
    const project = parseProjectName(name);
    const files = await this.#make(project, sizes);
    const amount = unit === 'MB/s' ? sizes.reduce((sum, size) => sum + size, 0) / MB : sizes.length;

    const archived = await timed(() => job(this.#archive, { kind: 'archive', project }));
    const isProven = await this.#allProven(files);
    this.#rows(`archive ${what}`, amount, unit, archived, isProven, peer && { of: 'plain PUTs', perSecond: peer.puts });

    await job(this.#evict, { kind: 'evict', by: 'hand', project });
    const isGone = await this.#areInHot(files, 0);
    const promoted = await timed(() => job(this.#promote, { kind: 'promote', mode: 'fast', project }));
    const isBack = isGone && (await this.#areInHot(files, files.length)) && (await this.#isWhole(files));
    this.#rows(`promote ${what}`, amount, unit, promoted, isBack, peer && { of: 'plain GETs', perSecond: peer.gets });
  }

  async #make(project: ProjectName, sizes: readonly number[]): Promise<readonly FileEntry[]> {
    const { hot, nodes, index, clock } = this.#tiers;
    const io = { objects: hot, nodes, index, clock };
    await createProject(io, project, ACTOR);
    const files: FileEntry[] = [];
    await atOnce(sizes, async (size, i) => {
      const sha = await hashOf(keystream(i + 1, size)());
      await hot.put(sha, size, keystream(i + 1, size));
      files.push({ path: parseRelPath(`dir-${i % 100}/file-${i}.bin`), sha, size, mode: 0o644, mtime: 0 });
    });
    await commit(io, { project, ops: files.map((entry) => ({ kind: 'put', entry })), actor: ACTOR });
    return files;
  }

  async #allProven(files: readonly FileEntry[]): Promise<boolean> {
    let proven = 0;
    await atOnce(files, async ({ sha, size }) => {
      if ((await this.#tiers.cold.check(sha, { sizeBytes: size })).kind === 'proven') proven += 1;
    });
    return proven === files.length;
  }

  async #areInHot(files: readonly FileEntry[], expected: number): Promise<boolean> {
    let there = 0;
    await atOnce(files, async ({ sha }) => {
      if ((await this.#tiers.hot.stat(sha)).kind === 'present') there += 1;
    });
    return there === expected;
  }

  async #isWhole(files: readonly FileEntry[]): Promise<boolean> {
    let whole = 0;
    await atOnce(files, async ({ sha }) => {
      if ((await hashOf((await this.#tiers.hot.get(sha)).bytes)) === sha) whole += 1;
    });
    return whole === files.length;
  }

  #rows(
    name: string,
    amount: number,
    unit: string,
    { seconds, peakBytes }: Timed,
    isRight: boolean,
    peer: { readonly of: string; readonly perSecond: number } | undefined,
  ): void {
    const row = { bench: 'archive', ok: isRight };
    const beside = peer && { peer: peer.of, peerValue: rounded(peer.perSecond) };
    this.#report({ ...row, case: name, value: rounded(amount / seconds), unit, better: 'higher', ...beside });
    this.#report({
      ...row,
      case: `${name} · peak memory of the process`,
      value: rounded(peakBytes / MIB),
      unit: 'MiB',
      better: 'lower',
      target: MEMORY_TARGET_MIB,
      ok: isRight && peakBytes / MIB <= MEMORY_TARGET_MIB,
    });
  }
}

interface PlainS3 {
  readonly puts: number;
  readonly gets: number;
}

/** @returns how many a second the S3 server does by itself */
async function plainS3(target: S3Target): Promise<PlainS3> {
  const keys = Array.from({ length: S3_COUNT }, (_, i) => `plain/${i}`);
  const put = async (key: string, i: number) => {
    await putWhole(target, key, await collect(keystream(-1 - i, SMALL_BYTES)()));
  };
  const get = async (key: string) => {
    const { Body } = await target.client.send(new GetObjectCommand({ Bucket: target.bucket, Key: key }));
    await Body?.transformToByteArray();
  };
  const puts = await timed(() => atOnce(keys, put, S3_AT_ONCE));
  const gets = await timed(() => atOnce(keys, get, S3_AT_ONCE));
  return { puts: S3_COUNT / puts.seconds, gets: S3_COUNT / gets.seconds };
}

/** Runs it as a server does, but for its record. @throws when anything of it failed */
async function job<K extends JobKind>(handler: JobHandler<K>, task: TaskOf<K>): Promise<void> {
  const report = new JobReport();
  const { signal } = new AbortController();
  const sentence = await handler({
    id: `bench-${Date.now()}`,
    task,
    started: isoTime(Date.now()),
    dryRun: false,
    actor: ACTOR,
    signal,
    report,
  });
  if (report.failed > 0) throw new Error(`${sentence} ${JSON.stringify(report.fields.failures.listed[0])}`);
}

interface Timed {
  readonly seconds: number;
  readonly peakBytes: number;
}

async function timed(work: () => Promise<void>): Promise<Timed> {
  global.gc?.();
  let peakBytes = 0;
  const look = () => {
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  };
  const looking = setInterval(look, 20);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(looking);
  look();
  return { seconds, peakBytes };
}

async function atOnce<T>(
  items: readonly T[],
  work: (item: T, i: number) => Promise<void>,
  most = PUTS_AT_ONCE,
): Promise<void> {
  let next = 0;
  const line = async () => {
    for (let i = next++; i < items.length; i = next++) await work(items[i] as T, i);
  };
  await Promise.all(Array.from({ length: most }, line));
}
