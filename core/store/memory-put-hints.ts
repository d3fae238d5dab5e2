// Hints of puts under way, within one process: for tests and simulations.
import type { ProjectName } from '../model/ids.ts';
import type { ChunkReader } from './object-store.ts';
import type { PutHint, PutHints } from './put-hints.ts';

type Heard = (hint: PutHint) => void;

export function memoryPutHints(objects: ChunkReader): PutHints {
  const listeners = new Map<ProjectName, Set<Heard>>();
  return {
    tell(project, hint) {
      // As over a network: nobody hears it before its teller goes on.
      for (const heard of listeners.get(project) ?? []) {
        queueMicrotask(() => {
          if (listeners.get(project)?.has(heard)) heard(hint);
        });
      }
    },
    listen(project, heard) {
      const those = listeners.get(project) ?? new Set<Heard>();
      listeners.set(project, those);
      those.add(heard);
      return () => void those.delete(heard);
    },
    readChunks: (sha, chunks, signal) => objects.readChunks(sha, chunks, signal),
  };
}
