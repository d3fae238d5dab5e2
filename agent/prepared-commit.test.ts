// A commit is prepared while the bytes of its files are still on their way to the store, and waits for them.
import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { type Sha, shaOf } from '../core/model/ids.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import type { ObjectStore } from '../core/store/object-store.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { currentOf } from './testing/elsewhere.ts';
import { Fleet } from './testing/fleet.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** Puts of `held` wait for `go`; `others` resolves when so many other objects were put meanwhile. */
function holding(held: Sha, others: number) {
  const inner = memoryObjectStore();
  let letGo: (outcome: Error | undefined) => void = () => {};
  let arrived = () => {};
  const gate = new Promise<Error | undefined>((resolve) => {
    letGo = resolve;
  });
  const othersThere = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  let left = others;
  let puts = 0;
  const store: ObjectStore = {
    ...inner,
    async put(sha, ...rest) {
      if (sha !== held) {
        const outcome = await inner.put(sha, ...rest);
        if (puts > 0 && --left === 0) arrived();
        return outcome;
      }
      const error = ++puts === 1 ? await gate : undefined;
      if (error) throw error;
      return inner.put(sha, ...rest);
    },
  };
  return { store, othersThere, letGo, puts: () => puts };
}

async function openWith(objects: ObjectStore): Promise<void> {
  fleet = await Fleet.open({ stores: { objects } });
}

const current = () => currentOf(fleet);
/** a leaf and a commit */
const OF_A_COMMIT = 2;

test('I1: a commit whose file is still on its way is prepared, and is not current before the file is stored', async () => {
  const { store, othersThere, letGo } = holding(shaOf('slow'), OF_A_COMMIT);
  await openWith(store);
  const [a, b] = [fleet.start('a'), fleet.start('b')];
  await fleet.converged();
  const before = await current();
  await writeFile(a.path('slow.txt'), 'slow');
  await othersThere;
  expect(await current()).toEqual(before);
  letGo(undefined);
  await b.has('slow.txt', 'slow');
  await fleet.converged();
  expect((await current())?.files).toBe(1);
});

test('I1: a file that cannot be stored takes its commit back, and both are tried again', async () => {
  const { store, othersThere, letGo, puts } = holding(shaOf('slow'), OF_A_COMMIT);
  await openWith(store);
  const [a, b] = [fleet.start('a'), fleet.start('b')];
  await fleet.converged();
  const before = await current();
  await mkdir(a.path('dir'));
  await writeFile(a.path('dir/slow.txt'), 'slow');
  await othersThere;
  letGo(new StoreUnavailableError('hot', 'no answer'));
  expect(await current()).toEqual(before);
  await b.has('dir/slow.txt', 'slow');
  await fleet.converged();
  expect(puts()).toBe(2);
  expect((await current())?.files).toBe(1);
});

test('a small commit comes to disk without a look at the tree, and the next commit here knows the tree all the same', async () => {
  const inner = memoryObjectStore();
  await openWith(inner);
  const gets: Sha[] = [];
  const watched: ObjectStore = {
    ...inner,
    get(sha, options) {
      gets.push(sha);
      return inner.get(sha, options);
    },
  };
  const [a, b] = [fleet.start('a'), fleet.start('b', { stores: { objects: watched } })];
  await fleet.converged();
  await writeFile(a.path('first.txt'), 'first');
  await b.has('first.txt', 'first');
  await fleet.converged();
  gets.length = 0;
  await writeFile(a.path('second.txt'), 'second');
  await b.has('second.txt', 'second');
  const manifest = (await current())?.manifest_sha;
  expect(gets[0]).toBe(shaOf('second'));
  await fleet.converged();
  await writeFile(b.path('third.txt'), 'third');
  await a.has('third.txt', 'third');
  await fleet.converged();
  expect(gets.filter((sha) => sha === manifest).length).toBe(1);
});
