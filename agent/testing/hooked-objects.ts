// Objects whose puts and gets do something first, or fail, when a test says so.
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';

export interface HookedObjects extends ObjectStore {
  beforePut?: () => void;
  beforeGet?: () => Promise<void>;
}

export function hookedObjects(inner: ObjectStore = memoryObjectStore()): HookedObjects {
  const store: HookedObjects = {
    ...inner,
    async put(...args) {
      store.beforePut?.();
      return inner.put(...args);
    },
    async get(...args) {
      await store.beforeGet?.();
      return inner.get(...args);
    },
  };
  return store;
}
