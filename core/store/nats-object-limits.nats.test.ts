// What the hot tier keeps within: the server's largest message, and the bytes that may be on their way, whatever an object's
// size. Seen from the connection, where it counts.
import { randomBytes } from 'node:crypto';
import { Objm } from '@nats-io/obj';
import { describe, expect, test } from 'vitest';
import { fakeSha, shaOf } from '../model/ids.ts';
import { onEachNatsServer, useNats } from '../testing/use-nats.ts';
import { chunksAsked, watchedLink } from '../testing/watched-link.ts';
import type { Asker } from './nats-connect.ts';
import { objectBucket } from './nats-names.ts';
import { objectFixture, SHARDS } from './nats-object-fixture.ts';
import { IN_FLIGHT_BYTES, natsObjectStore } from './nats-object-store.ts';
import { ensureTenant } from './nats-setup.ts';
import { sourceOf } from './object-store.contract.ts';
import { collect, readObject } from './object-store.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('a server whose largest message is 64 KiB', () => {
  const maxPayloadBytes = 64 * KIB;
  const nats = useNats({ maxPayloadBytes });

  test.each([maxPayloadBytes - 100, maxPayloadBytes - 1, maxPayloadBytes, maxPayloadBytes + 1, MIB])(
    'chunks fit into it with all that goes with them, and stock clients read them (%i bytes)',
    async (size) => {
      const tenant = nats.rig.freshTenant();
      await ensureTenant(nats.link, tenant, { shards: 1 });
      const store = natsObjectStore(nats.link, tenant, { shards: 1 });
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      expect(await store.put(sha, size, sourceOf(bytes))).toBe('stored');
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
      const stock = await new Objm(nats.link.connection).open(objectBucket(tenant, 0));
      expect(Buffer.from((await stock.getBlob(sha)) ?? []).equals(bytes)).toBe(true);
    },
  );

  test('metadata fits into it, however many chunks it would name', async () => {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 1 });
    const store = natsObjectStore(nats.link, tenant, { shards: 1, chunkBytes: 16 });
    const bytes = randomBytes(200_000);
    expect(await store.put(shaOf(bytes), bytes.length, bytes)).toBe('stored');
    expect(await store.stat(shaOf(bytes))).toMatchObject({ kind: 'present', sizeBytes: bytes.length });
    const { bytes: part } = await store.get(shaOf(bytes), { range: { start: 100, end: 200 } });
    expect(Buffer.from(await collect(part)).equals(bytes.subarray(100, 200))).toBe(true);
  });
});

await onEachNatsServer((nats) => {
  test('many puts and gets at once have no more bytes on their way than the budget, and use all of it', async () => {
    const { tenant } = await objectFixture(nats);
    const chunk = 768 * KIB;
    const flow = new Flow(IN_FLIGHT_BYTES - 8 * chunk);
    const store = natsObjectStore(watchedLink(nats.link, flow.gate(chunk)), tenant, {
      shards: SHARDS,
      chunkBytes: chunk,
    });
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

  test('memory is flat: of a body of any size no more is taken than what may be on its way', async () => {
    const { tenant } = await objectFixture(nats);
    const chunk = 64 * KIB;
    const flow = new Flow(7 * chunk);
    const store = natsObjectStore(watchedLink(nats.link, flow.gate(chunk)), tenant, {
      shards: SHARDS,
      chunkBytes: chunk,
    });
    const stop = new AbortController();
    let taken = 0;
    const endless = async function* () {
      while (!stop.signal.aborted) {
        taken += chunk;
        yield Buffer.alloc(chunk, taken);
      }
    };
    const put = store.put(fakeSha(), 1024 * 1024 * MIB, endless, stop);
    await flow.pileUp();
    expect(flow.mostBytes).toBe(8 * chunk);
    expect(taken).toBeLessThanOrEqual(9 * chunk);
    stop.abort(new Error('enough'));
    flow.open();
    await expect(put).rejects.toThrow('enough');
  });

  test('memory is flat: a reader that takes its time has no more than sixteen chunks asked for ahead of it', async () => {
    const { tenant } = await objectFixture(nats);
    const chunk = 4 * KIB;
    const flow = new Flow(0);
    flow.open();
    const store = natsObjectStore(watchedLink(nats.link, flow.gate(chunk)), tenant, {
      shards: SHARDS,
      chunkBytes: chunk,
    });
    const bytes = randomBytes(200 * chunk);
    await store.put(shaOf(bytes), bytes.length, bytes);
    flow.passedBytes = 0;
    let read = 0;
    for await (const part of (await store.get(shaOf(bytes))).bytes) {
      read += part.length;
      expect(flow.passedBytes - read).toBeLessThanOrEqual(16 * chunk);
    }
    expect(flow.passedBytes).toBe(bytes.length);
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
  /** all that ever went */
  passedBytes = 0;
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

  /** Lets chunks pass, of objects that have them of `chunkBytes`; and all else, which is small. */
  gate(chunkBytes: number): (asker: Asker) => Asker {
    return (asker) => ({
      request: (subject, payload, options) => {
        const bytes = subject.includes('.C.') && payload ? payload.length : chunksAsked(subject, payload) * chunkBytes;
        return this.#pass(bytes, () => asker.request(subject, payload, options));
      },
      collect: (subject, payload, onReply) =>
        this.#pass(chunksAsked(subject, payload) * chunkBytes, (arrived) =>
          asker.collect(subject, payload, (reply) => {
            // What has arrived is not on its way any more, though the server has yet to say that it was the last.
            arrived(chunkBytes);
            return onReply(reply);
          }),
        ),
    });
  }

  async #pass<T>(bytes: number, act: (arrived: (bytes: number) => void) => Promise<T>): Promise<T> {
    let onTheirWay = 0;
    const move = (more: number) => {
      onTheirWay += more;
      this.#bytes += more;
    };
    move(bytes);
    this.passedBytes += bytes;
    this.mostBytes = Math.max(this.mostBytes, this.#bytes);
    if (this.#bytes > this.#manyBytes) this.#piledUp.give();
    try {
      if (bytes > 0) await this.#opened.given;
      return await act((some) => move(-Math.min(some, onTheirWay)));
    } finally {
      move(-onTheirWay);
    }
  }
}
