// Puts and deletions of the same object at the same moment, from stock clients' point of view too.
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { CHUNK, objectFixture } from './nats-object-fixture.ts';
import { sourceOf } from './object-store.contract.ts';
import { readObject } from './object-store.ts';

await onEachNatsServer((nats) => {
  test.each([10, 3 * CHUNK])(
    'I1, I5: what is visible afterwards is whole, also for stock clients (%i bytes)',
    async (size) => {
      const { store, stock } = await objectFixture(nats, { touchAfterMs: 0 });
      const bytes = randomBytes(size);
      const sha = shaOf(bytes);
      let visible = 0;
      for (let round = 0; round < 40; round++) {
        const acts = Array.from({ length: 8 }, (_, lane) =>
          (round + lane) % 3 === 0
            ? store.delete(sha)
            : store.put(sha, size, (round + lane) % 3 === 1 ? sourceOf(bytes) : bytes),
        );
        await Promise.all(acts);
        if ((await store.stat(sha)).kind === 'absent') {
          expect(await (await stock(sha)).get(sha)).toBeNull();
          continue;
        }
        visible += 1;
        expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
        expect(Buffer.from((await (await stock(sha)).getBlob(sha)) ?? []).equals(bytes)).toBe(true);
      }
      expect(visible).toBeGreaterThan(0);
    },
  );

  test('I5: a put that says present or stored is never undone by a deletion that began before it', async () => {
    const { store } = await objectFixture(nats, { touchAfterMs: 0 });
    const bytes = randomBytes(10);
    const sha = shaOf(bytes);
    for (let round = 0; round < 40; round++) {
      const before = await store.stat(sha);
      const untouchedSince = before.kind === 'present' ? before.touchedAt : 0;
      // Two touches within one millisecond cannot be told apart.
      while (Date.now() <= untouchedSince) await store.stat(sha);
      await Promise.all([store.put(sha, 10, bytes), store.delete(sha, { untouchedSince })]);
      // Whoever was first: a deletion that saw the touch kept the object; one that did not came before the put.
      expect(Buffer.from(await readObject(store, sha)).equals(bytes)).toBe(true);
    }
  });
});
