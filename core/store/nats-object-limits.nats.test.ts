// What the hot tier keeps within: the server's largest message, the chunks that a range needs, and the bytes that may be
// on their way. Seen from the connection, where it counts.
import { randomBytes } from 'node:crypto';
import { Objm } from '@nats-io/obj';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { type NatsRig, startNatsRig } from '../testing/nats-rig.ts';
import { type Asker, connectNats, type NatsLink } from './nats-connect.ts';
import { objectBucket } from './nats-names.ts';
import { IN_FLIGHT_BYTES, natsObjectStore } from './nats-object-store.ts';
import { ensureTenant } from './nats-setup.ts';
import { sourceOf } from './object-store.contract.ts';
import { collect, readObject } from './object-store.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('a server whose largest message is 64 KiB', () => {
  const maxPayloadBytes = 64 * KIB;
  let rig: NatsRig;
  let link: NatsLink;
  beforeAll(async () => {
    rig = await startNatsRig({ maxPayloadBytes });
    link = await connectNats({ servers: rig.url, name: 'test', log: silentLog });
  });
  afterAll(async () => {
    await link.close();
    await rig.close();
  });

  test.each([maxPayloadBytes - 100, maxPayloadBytes - 1, maxPayloadBytes, maxPayloadBytes + 1, MIB])(
    'chunks fit into it with all that goes with them, and stock clients read them (%i bytes)',
    async (size) => {
      const tenant = rig.freshTenant();
      await ensureTenant(link, tenant, { shards: 1 });
      const store = natsObjectStore(link, tenant, { shards: 1 });
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      expect(await store.put(sha, size, sourceOf(bytes))).toBe('stored');
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      const stock = await new Objm(link.connection).open(objectBucket(tenant, 0));
      expect(Buffer.from((await stock.getBlob(sha)) ?? []).equals(bytes)).toBe(true);
    },
  );

  test('metadata fits into it, however many chunks it would name', async () => {
    const tenant = rig.freshTenant();
    await ensureTenant(link, tenant, { shards: 1 });
    const store = natsObjectStore(link, tenant, { shards: 1, chunkBytes: 16 });
    const bytes = randomBytes(200_000);
    expect(await store.put(shaOf(bytes), bytes.length, bytes)).toBe('stored');
    expect(await store.stat(shaOf(bytes))).toMatchObject({ kind: 'present', sizeBytes: bytes.length });
    const { bytes: part } = await store.get(shaOf(bytes), { range: { start: 100, end: 200 } });
    expect(Buffer.from(await collect(part)).equals(bytes.subarray(100, 200))).toBe(true);
  });
});

/** `link`, with the connection that objects travel on replaced by what `watch` makes of it. */
function watched(link: NatsLink, watch: (asker: Asker) => Asker, serverVersion = link.serverVersion): NatsLink {
  return Object.create(link, {
    forObjects: { value: async () => watch(await link.forObjects()) },
    serverVersion: { value: serverVersion },
  }) as NatsLink;
}

/** How many chunks a question asks for. */
function chunksAsked(subject: string, payload: Uint8Array | string | undefined): number {
  if (typeof payload !== 'string' || !subject.startsWith('$JS.API.DIRECT.GET.')) return 0;
  const { batch } = JSON.parse(payload) as { batch?: number };
  return batch ?? 1;
}

describe('a server as it usually is', () => {
  let rig: NatsRig;
  let link: NatsLink;
  beforeAll(async () => {
    rig = await startNatsRig();
    link = await connectNats({ servers: rig.url, name: 'test', log: silentLog });
  });
  afterAll(async () => {
    await link.close();
    await rig.close();
  });

  test.each(['chunk by chunk', 'in batches'])(
    'a range asks for the chunks that it lies in, and no other (%s)',
    async (how) => {
      const tenant = rig.freshTenant();
      await ensureTenant(link, tenant, { shards: 1 });
      let asked = 0;
      const counting = (asker: Asker): Asker => ({
        request: (subject, payload, options) => {
          asked += chunksAsked(subject, payload);
          return asker.request(subject, payload, options);
        },
        collect: (subject, payload, onReply) => {
          asked += chunksAsked(subject, payload);
          return asker.collect(subject, payload, onReply);
        },
      });
      const counted = watched(link, counting, how === 'chunk by chunk' ? '2.10.0' : undefined);
      const chunk = 4 * KIB;
      const store = natsObjectStore(counted, tenant, { shards: 1, chunkBytes: chunk });
      const bytes = randomBytes(40 * chunk + 1);
      const sha = shaOf(bytes);
      await store.put(sha, bytes.length, bytes);
      const ranges = [
        [0, 1, 1],
        [chunk - 1, chunk + 1, 2],
        [17 * chunk, 18 * chunk, 1],
        [17 * chunk + 5, 28 * chunk + 5, 12],
        [40 * chunk, 50 * chunk, 1],
        [7, 7, 0],
        [50 * chunk, 60 * chunk, 0],
      ] as const;
      for (const [start, end, chunks] of ranges) {
        asked = 0;
        const { bytes: part } = await store.get(sha, { range: { start, end } });
        expect(Buffer.from(await collect(part)).equals(bytes.subarray(start, end))).toBe(true);
        expect(asked, `${start} to ${end}`).toBe(chunks);
      }
    },
  );

  test('many puts and gets at once have no more bytes on their way than the budget, and use all of it', async () => {
    const tenant = rig.freshTenant();
    await ensureTenant(link, tenant, { shards: 1 });
    const chunk = 768 * KIB;
    const flow = new Flow(IN_FLIGHT_BYTES - 8 * chunk);
    const gated = (asker: Asker): Asker => ({
      request: (subject, payload, options) =>
        flow.pass(subject.includes('.C.') && payload ? payload.length : chunksAsked(subject, payload) * chunk, () =>
          asker.request(subject, payload, options),
        ),
      collect: (subject, payload, onReply) =>
        flow.pass(chunksAsked(subject, payload) * chunk, () => asker.collect(subject, payload, onReply)),
    });
    const store = natsObjectStore(watched(link, gated), tenant, { shards: 1, chunkBytes: chunk });
    const objects = Array.from({ length: 12 }, () => randomBytes(8 * chunk));

    const puts = objects.map((bytes) => store.put(shaOf(bytes), bytes.length, bytes));
    await flow.pileUp();
    expect(flow.mostBytes).toBeLessThanOrEqual(IN_FLIGHT_BYTES);
    flow.open();
    expect(await Promise.all(puts)).toEqual(objects.map(() => 'stored'));

    flow.close();
    const gets = objects.map((bytes) => readObject(store, shaOf(bytes)));
    await flow.pileUp();
    flow.open();
    for (const [i, bytes] of (await Promise.all(gets)).entries()) expect(objects[i]?.equals(bytes)).toBe(true);
    expect(flow.mostBytes).toBeLessThanOrEqual(IN_FLIGHT_BYTES);
  });
});

function signal(): { readonly given: Promise<void>; give(): void } {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

/** Holds back what wants to go while it is closed, and knows the most that ever waited or was on its way. */
class Flow {
  mostBytes = 0;
  readonly #manyBytes: number;
  #bytes = 0;
  #opened = signal();
  #piledUp = signal();

  /** @param manyBytes  more than these are piled up */
  constructor(manyBytes: number) {
    this.#manyBytes = manyBytes;
  }

  open(): void {
    this.#opened.give();
  }

  close(): void {
    this.#opened = signal();
    this.#piledUp = signal();
  }

  /** Resolves when there is much, and all that can go on has gone on. */
  async pileUp(): Promise<void> {
    await this.#piledUp.given;
    for (let turn = 0; turn < 100; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async pass<T>(bytes: number, act: () => Promise<T>): Promise<T> {
    this.#bytes += bytes;
    this.mostBytes = Math.max(this.mostBytes, this.#bytes);
    if (this.#bytes > this.#manyBytes) this.#piledUp.give();
    try {
      if (bytes > 0) await this.#opened.given;
      return await act();
    } finally {
      this.#bytes -= bytes;
    }
  }
}
