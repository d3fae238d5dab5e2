// What time it is where the records are kept: the time at which a mark is stored there. Whoever judges by how long ago
// something was stored asks for it, because the clock of the machine that asks may be wrong.
import type { KeyValue } from '../store/key-value.ts';

/** @param key  of the mark; nobody else's
 *  @returns milliseconds since 1970
 *  @throws StoreUnavailableError */
export async function storeTime(store: Pick<KeyValue, 'get' | 'put' | 'delete'>, key: string): Promise<number> {
  try {
    // Who asks at the same moment may have taken the mark away already.
    for (;;) {
      await store.put(key, new Uint8Array());
      const mark = await store.get(key);
      if (mark) return mark.storedAt;
    }
  } finally {
    await store.delete(key);
  }
}
