// A large file that one agent puts comes to the other while it is put; by whole agents over stores in memory.
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { memoryPutHints } from '../core/store/memory-put-hints.ts';
import type { ByteSource, ChunkReader, ObjectStore } from '../core/store/object-store.ts';
import { stagingFolder } from './marker.ts';
import { Fleet, type TestNode } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const MIB = 1024 * 1024;

/** Stores that count what is read of large objects, and stop a large put in its middle until the test lets it go on. */
function watchedStores() {
  const inner = memoryObjectStore();
  const counts = { early: 0, asked: 0 };
  let earlyCame = () => {};
  const early = new Promise<void>((resolve) => {
    earlyCame = resolve;
  });
  const gate = { inTheMiddle: async () => {} };
  const chunks: ChunkReader = {
    async *readChunks(...args) {
      for await (const chunk of inner.readChunks(...args)) {
        counts.early += chunk.length;
        yield chunk;
        earlyCame();
      }
    },
  };
  const objects: ObjectStore = {
    ...inner,
    put: (sha, sizeBytes, body, options) =>
      inner.put(sha, sizeBytes, typeof body === 'function' ? stopping(body, sizeBytes) : body, options),
    async get(sha, options) {
      const reader = await inner.get(sha, options);
      if (reader.sizeBytes > MIB) counts.asked += reader.sizeBytes - (options?.range?.start ?? 0);
      return reader;
    },
  };
  const stopping = (body: ByteSource, sizeBytes: number): ByteSource =>
    async function* () {
      let given = 0;
      for await (const part of body()) {
        yield part;
        const before = given;
        given += part.length;
        if (before < sizeBytes / 2 && given >= sizeBytes / 2) await gate.inTheMiddle();
      }
    };
  return { stores: { objects, hints: memoryPutHints(chunks) }, counts, early, gate };
}

/** As programs do that are careful: the file is whole when it gets its name. */
function place(node: TestNode, name: string, bytes: Uint8Array): void {
  const draft = join(fleet.dir, `draft of ${name}`);
  writeFileSync(draft, bytes);
  renameSync(draft, node.path(name));
}

const partsOf = ({ root }: TestNode): string[] =>
  readdirSync(stagingFolder(root)).filter((name) => name.startsWith('part-'));

test('its fetch begins before the commit, and no byte is read twice', async () => {
  const { stores, counts, early, gate } = watchedStores();
  fleet = await Fleet.open({ stores });
  const [a, b] = await fleet.two();
  gate.inTheMiddle = () => early;
  const bytes = randomBytes(12 * MIB + 77);
  place(a, 'film.mp4', bytes);
  // The put, and so the commit, waits for bytes that B has read.
  await early;
  await fleet.settled();
  expect(readFileSync(b.path('film.mp4')).equals(bytes)).toBe(true);
  expect(counts.early).toBeGreaterThan(0);
  expect(counts.early + counts.asked).toBe(bytes.length);
  expect(partsOf(b)).toEqual([]);
});

test('a put that fails in its middle is made again, and B ends with what A has then', async () => {
  const { stores, early, gate } = watchedStores();
  fleet = await Fleet.open({ stores });
  const [a, b] = await fleet.two();
  const bytes = randomBytes(12 * MIB);
  gate.inTheMiddle = async () => {
    await early;
    gate.inTheMiddle = async () => {};
    // I7: what was read so far is no version of the file.
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    place(a, 'film.mp4', bytes);
    throw new Error('the line broke');
  };
  place(a, 'film.mp4', bytes);
  await early;
  await fleet.settled();
  expect(readFileSync(b.path('film.mp4')).equals(bytes)).toBe(true);
  expect(partsOf(b)).toEqual([]);
});

test('a workspace that only sends fetches nothing', async () => {
  const { stores, counts } = watchedStores();
  fleet = await Fleet.open({ stores });
  const a = fleet.start('a');
  fleet.start('b', { mode: 'send' });
  await fleet.converged();
  place(a, 'film.mp4', randomBytes(4 * MIB));
  await fleet.settled();
  expect(counts).toEqual({ early: 0, asked: 0 });
});
