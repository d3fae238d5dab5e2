// Fetches that begin before the commit, on a machine in memory: whatever is told of a put, in whatever order, no wrong byte
// is ever placed, what came early is not asked for again, and what is never committed leaves nothing.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseNodeId, parseProjectName, type Sha, shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { memoryPutHints } from '../../core/store/memory-put-hints.ts';
import type { ChunkPlaces, ChunkReader } from '../../core/store/object-store.ts';
import type { PutHint } from '../../core/store/put-hints.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { stagingFolder } from '../marker.ts';
import { EXPIRES_MS } from './early-fetch.ts';
import { FakeWorkspace, ROOT } from './workspace.fakes.ts';

const PROJECT = parseProjectName('demo');
const CHUNK = 100_000;
const COUNT = 15;
const SIZE = COUNT * CHUNK - 33;
let serial = 0;

/** Another object each time, with a chunk under each seq from 101 on. */
class Film {
  readonly bytes = randomBytes(SIZE);
  readonly sha = shaOf(this.bytes);
  readonly path = fakePath(`film-${++serial}`);

  hint(chunks: Partial<ChunkPlaces> & Pick<ChunkPlaces, 'first' | 'seqs'>): PutHint {
    const { path, sha } = this;
    return {
      node: parseNodeId('b'),
      path,
      sha,
      sizeBytes: SIZE,
      chunks: { attempt: 'put', chunkBytes: CHUNK, ...chunks },
    };
  }

  /** That these chunks are there. */
  told(first: number, end: number): PutHint {
    return this.hint({ first, seqs: Array.from({ length: end - first }, (_, i) => 101 + first + i) });
  }
}

let films: Map<Sha, Film>;
/** seqs that were read, and bytes that were asked for after the commit */
let read: { readonly sha: Sha; readonly seq: number }[];
let asked: number;
let isAway: boolean;
let w: FakeWorkspace;
let onRead: () => void;

const chunks: ChunkReader = {
  async *readChunks(sha, { attempt, chunkBytes, seqs }) {
    if (isAway) throw new StoreUnavailableError('hot', 'away');
    for (const seq of seqs) {
      const at = (seq - 101) * chunkBytes;
      const chunk = films.get(sha)?.bytes.subarray(Math.max(0, at), Math.max(0, at + chunkBytes));
      if (!chunk?.length) return;
      read.push({ sha, seq });
      onRead();
      yield attempt === 'lies' ? Buffer.alloc(chunk.length, 1) : Buffer.from(chunk);
    }
  },
};
const hints = memoryPutHints(chunks);

beforeEach(async () => {
  [films, read, asked, isAway, onRead] = [new Map(), [], 0, false, () => {}];
  w = await FakeWorkspace.open({
    hints,
    disk: { capacityBytes: 1_000_000_000 },
    objects: (objects) => ({
      ...objects,
      async get(sha, options) {
        const reader = await objects.get(sha, options);
        if (films.has(sha)) asked += SIZE - (options?.range?.start ?? 0);
        return reader;
      },
    }),
  });
});
afterEach(() => w.close());

function newFilm(): Film {
  const film = new Film();
  films.set(film.sha, film);
  return film;
}

const parts = (): string[] =>
  w.machine
    .start()
    .disk.readDirectory(stagingFolder(ROOT))
    .map(({ name }) => name.toString())
    .filter((name) => name.startsWith('part-'));

const untilRead = (count: number): Promise<void> =>
  new Promise((resolve) => {
    onRead = () => {
      if (read.length >= count) resolve();
    };
    onRead();
  });

async function commitAndCheck(film: Film): Promise<void> {
  await w.commit({ [film.path]: film.bytes });
  await w.inSync();
  expect(shaOf(w.machine.readFile(`${ROOT}/${film.path}`))).toBe(film.sha);
  expect(parts()).toEqual([]);
}

test('what is told is read at once, and after the commit only the rest is asked for', async () => {
  const film = newFilm();
  hints.tell(PROJECT, film.told(0, 8));
  await untilRead(8);
  expect(w.status.pending_down).toBe(0);
  await commitAndCheck(film);
  expect(read).toHaveLength(8);
  expect(asked).toBe(SIZE - 8 * CHUNK);
});

test('a put that is told of to its end leaves nothing to ask for', async () => {
  const film = newFilm();
  hints.tell(PROJECT, film.told(0, 8));
  hints.tell(PROJECT, film.told(0, COUNT));
  await untilRead(COUNT);
  await commitAndCheck(film);
  expect(read).toHaveLength(COUNT);
  expect(asked).toBe(0);
});

test('a put that never becomes a commit leaves no part behind', async () => {
  const film = newFilm();
  hints.tell(PROJECT, film.told(0, 8));
  await untilRead(8);
  expect(parts()).toEqual([`part-${film.sha}`]);
  await w.io.clock.sleep(2 * EXPIRES_MS);
  expect(parts()).toEqual([]);
  // Should it come after all, it is fetched as ever.
  await commitAndCheck(film);
  expect(asked).toBe(SIZE);
});

test('a put of another version of the path ends the fetch of the one before', async () => {
  const [before, after] = [newFilm(), newFilm()];
  hints.tell(PROJECT, before.told(0, 8));
  await untilRead(8);
  hints.tell(PROJECT, { ...after.told(0, 8), path: before.path });
  await untilRead(16);
  expect(parts()).toEqual([`part-${after.sha}`]);
});

test('two nodes that put at one path do not end each other’s fetch', async () => {
  const [one, other] = [newFilm(), newFilm()];
  const told = (end: number) => {
    hints.tell(PROJECT, one.told(0, end));
    hints.tell(PROJECT, { ...other.told(0, end), path: one.path, node: parseNodeId('c') });
  };
  told(3);
  await untilRead(6);
  told(6);
  await untilRead(12);
  expect(parts().sort()).toEqual([`part-${one.sha}`, `part-${other.sha}`].sort());
  // None of them began anew.
  expect(new Set(read.map(({ sha, seq }) => `${sha} ${seq}`)).size).toBe(12);
  expect(read).toHaveLength(12);
});

test('a hint of chunks of one byte costs no step for each byte that is there', async () => {
  const film = newFilm();
  hints.tell(PROJECT, film.told(0, 8));
  await untilRead(8);
  const deletions = vi.spyOn(Map.prototype, 'delete');
  try {
    hints.tell(PROJECT, film.hint({ attempt: 'again', chunkBytes: 1, first: 0, seqs: [101, 102] }));
    await w.io.clock.sleep(1_000);
    expect(deletions.mock.calls.length).toBeLessThan(8 * CHUNK);
  } finally {
    deletions.mockRestore();
  }
  await commitAndCheck(film);
});

test('nothing is fetched that is small, ignored, there already, its own, or larger than what the disk can spare', async () => {
  const [small, ignored, there, own, huge, wanted] = Array.from({ length: 6 }, newFilm) as [
    Film,
    Film,
    Film,
    Film,
    Film,
    Film,
  ];
  await w.commit({ '.fsignore': `${ignored.path}\n`, there: there.bytes });
  await w.inSync();
  read = [];
  hints.tell(PROJECT, { ...small.told(0, 8), sizeBytes: 1_000_000 });
  hints.tell(PROJECT, ignored.told(0, 8));
  hints.tell(PROJECT, there.told(0, 8));
  hints.tell(PROJECT, { ...own.told(0, 8), node: parseNodeId('a') });
  hints.tell(PROJECT, { ...huge.told(0, 8), sizeBytes: w.machine.start().disk.freeBytes(ROOT) / 2 });
  hints.tell(PROJECT, wanted.told(0, 8));
  await untilRead(8);
  await w.io.clock.sleep(1_000);
  expect(new Set(read.map(({ sha }) => sha))).toEqual(new Set([wanted.sha]));
});

test('a store that goes away in between costs nothing that came before', async () => {
  const film = newFilm();
  hints.tell(PROJECT, film.told(0, 3));
  await untilRead(3);
  isAway = true;
  hints.tell(PROJECT, film.told(0, 6));
  await w.io.clock.sleep(1_000);
  isAway = false;
  hints.tell(PROJECT, film.told(0, 9));
  await untilRead(9);
  expect(read.map(({ seq }) => seq)).toEqual(Array.from({ length: 9 }, (_, i) => 101 + i));
  await commitAndCheck(film);
});

test('I6: hints in any order, twice, with gaps, of other chunks or of lies never place a wrong byte', async () => {
  const place = fc.nat(COUNT - 1).chain((first) =>
    fc.record({
      first: fc.constant(first),
      count: fc.integer({ min: 1, max: COUNT - first }),
      /** added to the right seqs */
      off: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: -120, max: 20 })),
      attempt: fc.oneof({ weight: 3, arbitrary: fc.constant('put') }, fc.constantFrom('lies', 'again')),
      chunkBytes: fc.oneof({ weight: 5, arbitrary: fc.constant(CHUNK) }, fc.constantFrom(1, 999, SIZE, 2 * SIZE)),
      sizeBytes: fc.oneof({ weight: 9, arbitrary: fc.constant(SIZE) }, fc.constantFrom(SIZE - 1, SIZE + CHUNK)),
      waitMs: fc.constantFrom(0, 0, 1, EXPIRES_MS + 1),
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 12 }), async (told) => {
      const film = newFilm();
      asked = 0;
      for (const { first, count, off, waitMs, sizeBytes, ...rest } of told) {
        const seqs = Array.from({ length: count }, (_, i) => Math.max(i + 1, 101 + first + i + off));
        hints.tell(PROJECT, { ...film.hint({ first, seqs, ...rest }), sizeBytes });
        if (waitMs > 0) await w.io.clock.sleep(waitMs);
      }
      await commitAndCheck(film);
      expect(w.status.problem_count).toBe(0);
    }),
    { numRuns: 60 },
  );
});
