// The hot tier against the stock JavaScript object-store client, side by side on one nats-server that fsyncs every
// message: large and small objects, and the memory of a very large one. On nats-server 2.10, the oldest that is
// supported, and on the newest that this machine can get. Whatever was read is compared with what was written.
import { execFile } from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Objm, type ObjectStore as StockStore } from '@nats-io/obj';
import { findNatsServer, startNatsServer } from '../core/embedded/nats-server.ts';
import { assert } from '../core/model/assert.ts';
import { parseTenant, type Sha, shaOf } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { connectNats, type NatsLink } from '../core/store/nats-connect.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import type { ByteSource, ObjectStore } from '../core/store/object-store.ts';
import { percentile, type Report, type Row, rounded } from './row.ts';

const MIB = 1024 * 1024;
const LARGE_BYTES = 256 * MIB;
const HUGE_BYTES = 1024 * MIB;
const ROUNDS = 5;
const SMALL_BYTES = 4096;
const SMALL_COUNT = 6_000;
const CONCURRENCY = 256;
const PEER = '@nats-io/obj';

export async function run(report: Report): Promise<void> {
  const oldest = await binaryOf('trixie');
  const newest = await binaryOf('sid');
  const binaries = newest === oldest ? [oldest] : [oldest, newest];
  // The memory first, while this process has not been anything else yet.
  for (const binary of binaries) await withServer(binary, report, ({ store, row }) => hugeObject(store, row));
  for (const binary of binaries) {
    await withServer(binary, report, async ({ store, stock, link, row }) => {
      await largeObjects(store, stock, link, row);
      await smallObjects(store, stock, row);
    });
  }
}

type RowOf = (name: string, rest: Omit<Row, 'bench' | 'case'>) => void;

interface Rig {
  readonly link: NatsLink;
  readonly store: ObjectStore;
  readonly stock: StockStore;
  readonly row: RowOf;
}

/** What the set-up's own script fetches; where it cannot, what the machine has. */
async function binaryOf(suite: 'trixie' | 'sid'): Promise<string> {
  try {
    const script = join(projectRoot(), 'scripts', 'get-nats-server.mjs');
    return (await promisify(execFile)(process.execPath, [script, suite])).stdout.trim();
  } catch {
    return (await findNatsServer()).path;
  }
}

/** This runs from a bundle below the project's root. */
function projectRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package.json'))) directory = dirname(directory);
  return directory;
}

async function withServer(binary: string, report: Report, bench: (rig: Rig) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'fs-bench-hot-'));
  const server = await startNatsServer({ binary, storeDir: join(dir, 'nats'), logFile: join(dir, 'nats.log') });
  const link = await connectNats({ servers: server.url, name: 'bench', log: silentLog });
  try {
    const tenant = parseTenant('bench');
    const store = natsObjectStore(link, tenant, await ensureTenant(link, tenant));
    const stock = await new Objm(link.connection).create('stock');
    const row = (name: string, rest: Omit<Row, 'bench' | 'case'>) =>
      report({ bench: 'hot', case: `${name} · nats-server ${link.serverVersion}`, ...rest });
    await bench({ link, store, stock, row });
  } finally {
    await link.close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Bytes that no layer can compress or share, made as they are read: the same again for the same `seed`. */
function keystream(seed: number, sizeBytes: number): ByteSource {
  return async function* () {
    const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
    const zeros = Buffer.alloc(MIB);
    for (let at = 0; at < sizeBytes; at += MIB) yield cipher.update(zeros.subarray(0, Math.min(MIB, sizeBytes - at)));
  };
}

async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<Sha> {
  const hash = createHash('sha256');
  for await (const part of bytes) hash.update(part);
  return hash.digest('hex') as Sha;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

async function drained(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let total = 0;
  for await (const part of bytes) total += part.length;
  return total;
}

async function largeObjects(store: ObjectStore, stock: StockStore, link: NatsLink, row: RowOf): Promise<void> {
  const rates = { put: [] as number[], get: [] as number[], stockPut: [] as number[], stockGet: [] as number[] };
  const perSecond = (took: number) => LARGE_BYTES / MIB / took;
  let intact = true;
  for (let round = 1; round <= ROUNDS; round++) {
    // In memory for both, so that neither pays for the making of the bytes.
    const parts: Uint8Array[] = [];
    for await (const part of keystream(round, LARGE_BYTES)()) parts.push(Uint8Array.from(part));
    const sha = await hashOf(streamOf(parts));
    rates.put.push(perSecond(await seconds(() => store.put(sha, LARGE_BYTES, () => streamOf(parts)))));
    rates.stockPut.push(perSecond(await seconds(() => stock.put({ name: 'large' }, stockStream(parts)))));
    rates.get.push(perSecond(await seconds(async () => drained((await store.get(sha)).bytes))));
    rates.stockGet.push(perSecond(await seconds(async () => drained(await stockBytes(stock, 'large')))));
    intact &&= (await hashOf((await store.get(sha)).bytes)) === sha;
    if (round === ROUNDS) intact &&= await stockReads(link, sha);
    await store.delete(sha);
    await stock.delete('large');
  }
  for (const kind of ['put', 'get'] as const) {
    const value = percentile(rates[kind], 0.5);
    const peerValue = percentile(kind === 'put' ? rates.stockPut : rates.stockGet, 0.5);
    const ratio = value / peerValue;
    row(`${kind} of 256 MiB, at least 6 times the stock client`, {
      value: rounded(value),
      unit: 'MiB/s',
      better: 'higher',
      peer: PEER,
      peerValue: rounded(peerValue),
      ratio: rounded(ratio),
      ok: intact && ratio >= 6,
    });
  }
}

async function* streamOf(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

function stockStream(parts: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      const part = parts[next++];
      if (part) controller.enqueue(part);
      else controller.close();
    },
  });
}

async function stockBytes(stock: StockStore, name: string): Promise<AsyncIterable<Uint8Array>> {
  const result = await stock.get(name);
  assert(result, `${name} is in the stock client's bucket`);
  return result.data as unknown as AsyncIterable<Uint8Array>;
}

/** What we stored, read and checked by the stock client. */
async function stockReads(link: NatsLink, sha: Sha): Promise<boolean> {
  for await (const status of new Objm(link.connection).list()) {
    const bucket = await new Objm(link.connection).open(status.streamInfo.config.name.slice('OBJ_'.length));
    if ((await bucket.info(sha)) === null) continue;
    const result = await bucket.get(sha);
    assert(result, 'it was listed a moment ago');
    const found = await hashOf(result.data as unknown as AsyncIterable<Uint8Array>);
    return found === sha && !(await result.error);
  }
  return false;
}

/** The best of the rounds: the disk's fsyncs decide, and other programs' disturb them more than they disturb a processor. */
async function smallObjects(store: ObjectStore, stock: StockStore, row: RowOf): Promise<void> {
  const best = { put: 0, stockPut: 0, get: 0, present: 0 };
  let intact = true;
  for (let round = 1; round <= ROUNDS; round++) {
    const objects = Array.from({ length: SMALL_COUNT }, () => {
      const bytes = randomBytes(SMALL_BYTES);
      return { bytes, sha: shaOf(bytes) };
    });
    const measure = async (kind: keyof typeof best, act: (object: (typeof objects)[number]) => Promise<unknown>) => {
      const rate = objects.length / (await seconds(() => inParallel(objects, act)));
      best[kind] = Math.max(best[kind], rate);
    };
    await measure('put', ({ sha, bytes }) => store.put(sha, bytes.length, bytes));
    await measure('stockPut', ({ sha, bytes }) => stock.putBlob({ name: sha }, bytes));
    await measure('get', async ({ sha }) => {
      intact &&= (await hashOf((await store.get(sha)).bytes)) === sha;
    });
    await measure('present', ({ sha, bytes }) => store.put(sha, bytes.length, bytes));
  }
  const rate = { unit: 'objects/s', better: 'higher' } as const;
  row(`put of 4 KiB, ${CONCURRENCY} at once`, {
    ...rate,
    value: rounded(best.put),
    target: 4000,
    peer: PEER,
    peerValue: rounded(best.stockPut),
    ratio: rounded(best.put / best.stockPut),
    ok: intact && best.put >= 4000,
  });
  // No peer: it makes a consumer for every read, and the newest servers refuse that many.
  row(`get of 4 KiB, ${CONCURRENCY} at once`, { ...rate, value: rounded(best.get), ok: intact });
  row(`put of 4 KiB that is there already, ${CONCURRENCY} at once`, {
    ...rate,
    value: rounded(best.present),
    ok: true,
  });
}

async function inParallel<T>(list: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let item = list[next++]; item !== undefined; item = list[next++]) await act(item);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
}

/** Memory is flat when 1 GiB takes what any object takes: buffers of the window, and what the collector lets lie. */
async function hugeObject(store: ObjectStore, row: RowOf): Promise<void> {
  const source = keystream(200, HUGE_BYTES);
  const sha = await hashOf(source());
  const put = await peakOf(async () => {
    await store.put(sha, HUGE_BYTES, source);
  });
  let intact = false;
  const get = await peakOf(async () => {
    intact = (await hashOf((await store.get(sha)).bytes)) === sha;
  });
  await store.delete(sha);
  for (const [name, peak] of [
    ['put', put],
    ['get', get],
  ] as const) {
    row(`peak memory of the process, ${name} of 1 GiB`, {
      value: rounded(peak / MIB),
      unit: 'MiB',
      better: 'lower',
      target: 250,
      ok: intact && peak <= 250 * MIB,
    });
  }
}

async function peakOf(work: () => Promise<void>): Promise<number> {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 20);
  await work();
  look();
  clearInterval(timer);
  return peak;
}
