// What every PutHints does, as tests, together with the store whose puts it tells of. In memory and NATS pass the same suite.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fakeSha, parseNodeId, parseProjectName, shaOf } from '../model/ids.ts';
import { fakePath } from '../model/rel-path.ts';
import type { ByteSource, ChunkPlaces, ObjectStore } from './object-store.ts';
import { MAX_TOLD_CHUNKS, TOLD_CHUNKS } from './object-store.ts';
import type { PutHint, PutHints } from './put-hints.ts';

export interface PutHintsUnderTest {
  readonly hints: PutHints;
  readonly store: ObjectStore;
  /** of large objects in `store` */
  readonly chunkBytes: number;
}

const demo = parseProjectName('demo');
const other = parseProjectName('other');
const signal = new AbortController().signal;

export function aHint(chunks: Partial<ChunkPlaces> = {}): PutHint {
  return {
    node: parseNodeId('node-a'),
    path: fakePath('films/ä one.mp4'),
    sha: fakeSha('film'),
    sizeBytes: 1e12,
    chunks: { attempt: 'put_1', chunkBytes: 786_432, first: 3, seqs: [17, 18, 21], ...chunks },
  };
}

/** The hints that come next, one a call. */
function inbox(hints: PutHints, project = demo): { next(): Promise<PutHint>; stop(): void } {
  const waiting: ((hint: PutHint) => void)[] = [];
  const come: PutHint[] = [];
  const stop = hints.listen(project, (hint) => {
    const wake = waiting.shift();
    if (wake) wake(hint);
    else come.push(hint);
  });
  return {
    next: () => {
      const first = come.shift();
      return first ? Promise.resolve(first) : new Promise((resolve) => waiting.push(resolve));
    },
    stop,
  };
}

async function read(hints: PutHints, sha: PutHint['sha'], chunks: ChunkPlaces): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const chunk of hints.readChunks(sha, chunks, signal)) found.push(Buffer.from(chunk));
  return found;
}

export function putHintsContract(name: string, fresh: () => Promise<PutHintsUnderTest>): void {
  describe(`PutHints: ${name}`, () => {
    test('a hint reaches all who listen to its project as it was, and nobody else', async () => {
      const { hints } = await fresh();
      const [one, two, elsewhere] = [inbox(hints), inbox(hints), inbox(hints, other)];
      const told = aHint({ seqs: Array.from({ length: MAX_TOLD_CHUNKS }, (_, i) => 1_000 + i * i) });
      hints.tell(demo, told);
      expect(await one.next()).toEqual(told);
      expect(await two.next()).toEqual(told);
      hints.tell(other, aHint({ first: 0 }));
      expect(await elsewhere.next()).toEqual(aHint({ first: 0 }));
    });

    test('who has stopped hears nothing more', async () => {
      const { hints } = await fresh();
      const heard: PutHint[] = [];
      const stop = hints.listen(demo, (hint) => heard.push(hint));
      const last = inbox(hints);
      hints.tell(demo, aHint());
      await last.next();
      stop();
      hints.tell(demo, aHint({ first: 5 }));
      expect((await last.next()).chunks.first).toBe(5);
      expect(heard).toHaveLength(1);
      last.stop();
    });

    test('what a put has stored is told and can be read while it is under way, and nothing is visible of it', async () => {
      const { hints, store, chunkBytes } = await fresh();
      const bytes = randomBytes(TOLD_CHUNKS * 3 * chunkBytes + 5);
      const sha = shaOf(bytes);
      const told: ChunkPlaces[] = [];
      let goOn = () => {};
      const seen = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      let isTold = () => {};
      const twice = new Promise<void>((resolve) => {
        isTold = resolve;
      });
      const body: ByteSource = async function* () {
        yield bytes.subarray(0, TOLD_CHUNKS * 2 * chunkBytes);
        await seen;
        yield bytes.subarray(TOLD_CHUNKS * 2 * chunkBytes);
      };
      const placed = (chunks: ChunkPlaces) => {
        if (told.push(chunks) === 2) isTold();
      };
      const put = store.put(sha, bytes.length, body, { placed });
      await twice;
      const chunks = told[1];
      expect(chunks).toMatchObject({ chunkBytes, first: 0 });
      expect(chunks?.seqs).toHaveLength(TOLD_CHUNKS * 2);
      if (chunks) expect(bytes.indexOf(Buffer.concat(await read(hints, sha, chunks)))).toBe(0);
      expect(await store.stat(sha)).toEqual({ kind: 'absent' });
      goOn();
      expect(await put).toBe('stored');
      // What follows is told from where it is new, or from before that.
      const last = told.at(-1);
      expect(last && last.first + last.seqs.length).toBe(TOLD_CHUNKS * 3);
      if (last) {
        const end = Buffer.concat(await read(hints, sha, last));
        expect(end.equals(bytes.subarray(last.first * chunkBytes, TOLD_CHUNKS * 3 * chunkBytes))).toBe(true);
      }
    });

    test('what is not there ends a read early, and a signal ends it at once', async () => {
      const { hints, store, chunkBytes } = await fresh();
      const bytes = randomBytes(TOLD_CHUNKS * chunkBytes + 5);
      const sha = shaOf(bytes);
      let told: ChunkPlaces | undefined;
      const placed = (chunks: ChunkPlaces) => {
        told = chunks;
      };
      async function* body() {
        yield bytes;
      }
      await store.put(sha, bytes.length, body, { placed });
      if (!told) throw new Error('nothing was told of the put');
      const [first = 0, second = 0] = told.seqs;
      const some = await read(hints, sha, { ...told, seqs: [first, second, 1_000_000, 1_000_001] });
      expect(some.map(({ length }) => length)).toEqual([chunkBytes, chunkBytes]);
      const stop = new AbortController();
      stop.abort(new Error('enough'));
      const chunks = hints.readChunks(sha, told, stop.signal)[Symbol.asyncIterator]();
      await expect(chunks.next()).rejects.toThrow('enough');
    });
  });
}
