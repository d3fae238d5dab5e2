import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { memoryObjectStore } from './memory-object-store.ts';
import { objectStoreContract } from './object-store.contract.ts';
import { readObject } from './object-store.ts';
import { ObjectCorruptError } from './store-errors.ts';

objectStoreContract('in memory', async () => ({ store: memoryObjectStore(), chunkBytes: 64 * 1024 }));

test('I6: damaged bytes are never read as good ones', async () => {
  const store = memoryObjectStore();
  const bytes = Buffer.from('good');
  await store.put(shaOf(bytes), 4, bytes);
  store.damage(shaOf(bytes), Buffer.from('evil'));
  await expect(readObject(store, shaOf(bytes))).rejects.toThrow(ObjectCorruptError);
  store.damage(shaOf(bytes), Buffer.from('goo'));
  await expect(readObject(store, shaOf(bytes))).rejects.toThrow(ObjectCorruptError);
});
