// A thousand open events screens while a thousand events a second happen. Each stream is one that a browser keeps, answered
// compressed as browsers ask for it. Some are read as a browser reads them, and every event is timed from its publishing
// to the bytes that show it; of the others the bytes are counted, because reading all of them would take the
// processor that the server is measured on.
import type { IncomingMessage } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, createGunzip } from 'node:zlib';
import { assert } from '../core/model/assert.ts';
import { type FsEvent, traceOf } from '../core/model/event.ts';
import { fakeSha, parseProjectName, type Tenant } from '../core/model/ids.ts';
import { parseRelPath } from '../core/model/rel-path.ts';
import { percentile, type Report, rounded } from './row.ts';
import { type BenchedServer, withServer } from './server.ts';

const STREAMS = 1_000;
const READ = 10;
const EVENTS_PER_SECOND = 1_000;
const WARM_UP_SECONDS = 5;
const SECONDS = 20;
const TICK_MS = 10;
const PROJECT = parseProjectName('live');
const TARGET_MS = 250;
const TARGET_BYTES = 400_000_000;

export async function run(report: Report): Promise<void> {
  await withServer(
    async () => {},
    async (server) => {
      const { tenant, events } = server;
      await events.publish([eventOf(tenant, 0)]);
      const first = (await events.last({}))?.seq ?? 0;
      const publishedAt = new Map<number, number>();
      const readers: Reader[] = [];
      for (let n = 0; n < STREAMS; n++) readers.push(new Reader(await server.open('/events/live'), n < READ));
      await publishAll(server, first, publishedAt);
      const last = first + publishedAt.size;
      const patience = sleep(30_000, undefined, { ref: false }).then(() => 'late');
      for (const reader of readers.slice(0, READ)) {
        assert((await Promise.race([reader.has(last), patience])) !== 'late', 'the last event is on every screen');
      }
      const peak = readers.map(({ bytes }) => bytes);
      const times: number[] = [];
      for (const reader of readers.slice(0, READ)) {
        for (const [seq, at] of publishedAt) {
          const shownAt = reader.shownAt.get(seq);
          assert(shownAt !== undefined, `event ${seq} was shown`);
          if (seq > first + WARM_UP_SECONDS * EVENTS_PER_SECOND) times.push(shownAt - at);
        }
      }
      const starved = peak.filter((bytes) => bytes < 0.9 * percentile(peak, 0.5)).length;
      assert(starved === 0, `${starved} streams got less than the others`);
      const row = (name: string, value: number, unit: string, target: number) =>
        report({
          bench: 'live',
          case: `${name}, 1,000 screens, 1,000 events/s`,
          value: rounded(value),
          unit,
          better: 'lower',
          target,
          ok: value <= target,
        });
      row('event to bytes, p99', percentile(times, 0.99), 'ms', TARGET_MS);
      row('server, most resident', server.peakRss() / 1e6, 'MB', TARGET_BYTES / 1e6);
      for (const reader of readers) reader.close();
    },
  );
}

/** At an even pace. @param publishedAt  gets the time of each, by its seq */
async function publishAll(
  { tenant, events }: BenchedServer,
  first: number,
  publishedAt: Map<number, number>,
): Promise<void> {
  const total = (WARM_UP_SECONDS + SECONDS) * EVENTS_PER_SECOND;
  const startedAt = performance.now();
  const under = new Set<Promise<void>>();
  for (let n = 1; n <= total; ) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * EVENTS_PER_SECOND));
    const batch: FsEvent[] = [];
    for (; n <= due; n++) {
      batch.push(eventOf(tenant, n));
      publishedAt.set(first + n, performance.now());
    }
    // One connection keeps their order.
    const publishing = events.publish(batch).finally(() => under.delete(publishing));
    under.add(publishing);
    await sleep(TICK_MS);
  }
  await Promise.all(under);
}

function eventOf(tenant: Tenant, n: number): FsEvent {
  const sha = fakeSha(`event ${n}`);
  return {
    id: `live-${n}`,
    ts: new Date().toISOString(),
    tenant,
    project: PROJECT,
    actor: { kind: 'system', id: 'bench' },
    trace: traceOf(sha),
    type: 'PathUpdated',
    payload: {
      path: parseRelPath(`dir-${n % 100}/file-${n}.txt`),
      entry: { sha, size: 4096, mode: 0o644, mtime: 0 },
      was: { sha: fakeSha('before'), size: 4096, mode: 0o644, mtime: 0 },
      commit_sha: sha,
    },
  };
}

/** One browser's stream. */
class Reader {
  readonly shownAt = new Map<number, number>();
  bytes = 0;
  readonly #answer: IncomingMessage;
  readonly #waiting = new Map<number, () => void>();
  #rest = '';

  constructor(answer: IncomingMessage, reads: boolean) {
    this.#answer = answer;
    answer.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
    });
    answer.on('error', () => {});
    if (!reads) return;
    const isGzip = answer.headers['content-encoding'] === 'gzip';
    const plain = isGzip ? answer.pipe(createGunzip({ flush: constants.Z_SYNC_FLUSH })) : answer;
    plain.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')));
    plain.on('error', () => {});
  }

  /** Resolves when the event is shown. */
  async has(seq: number): Promise<void> {
    if (!this.shownAt.has(seq)) await new Promise<void>((resolve) => this.#waiting.set(seq, resolve));
  }

  close(): void {
    this.#answer.destroy();
  }

  #read(text: string): void {
    const now = performance.now();
    const all = this.#rest + text;
    for (const [, digits] of all.matchAll(/data-seq="(\d+)"/g)) {
      const seq = Number(digits);
      if (!this.shownAt.has(seq)) this.shownAt.set(seq, now);
      this.#waiting.get(seq)?.();
    }
    this.#rest = all.slice(-40);
  }
}
