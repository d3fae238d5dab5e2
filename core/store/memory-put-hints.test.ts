import { memoryObjectStore } from './memory-object-store.ts';
import { memoryPutHints } from './memory-put-hints.ts';
import { putHintsContract } from './put-hints.contract.ts';

putHintsContract('in memory', async () => {
  const store = memoryObjectStore();
  return { store, hints: memoryPutHints(store), chunkBytes: 64 * 1024 };
});
