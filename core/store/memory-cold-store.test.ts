import { expect, test } from 'vitest';
import { parseTenant, shaOf } from '../model/ids.ts';
import { coldStoreContract } from './cold-store.contract.ts';
import { type MemoryColdStorage, memoryColdStore } from './memory-cold-store.ts';

const tenant = parseTenant('acme');

for (const compression of ['none', 'gzip'] as const)
  coldStoreContract(`memory, compression ${compression}`, async () => {
    const storage: MemoryColdStorage = new Map();
    const store = memoryColdStore(tenant, { storage, compression });
    return {
      store,
      inMemory: true,
      neighbour: memoryColdStore(parseTenant('other'), { storage }),
      overwrite: async (sha, bytes) => store.damage(sha, bytes),
      leftovers: async () => [],
      takeAway: async () => store.setAway(true),
      giveBack: async () => store.setAway(false),
      close: async () => {},
    };
  });

test('I3: a copy that a restored backup brings back has the proof of then, and what came later is absent', async () => {
  const store = memoryColdStore(tenant);
  const sha = shaOf('kept');
  const { etag } = await store.put(sha, 4, Buffer.from('kept'));
  const lose = store.checkpoint();
  await store.put(shaOf('late'), 4, Buffer.from('late'));
  store.damage(sha, Buffer.from('evil'));
  lose();
  expect(await store.check(sha, { sizeBytes: 4, etag })).toMatchObject({ kind: 'proven' });
  expect(await store.check(shaOf('late'), { sizeBytes: 4 })).toEqual({ kind: 'absent' });
});
