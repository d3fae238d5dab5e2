// A process that stops after its n-th write: what it wrote until then is there, nobody is told of the last of it, and it
// does nothing more. Its stores are shared, so that another process can go on where it was.
import type { CommitIo } from '../commit/commit.ts';
import { objectNodes } from '../manifest/object-nodes.ts';
import type { EventLog } from '../store/event-log.ts';

export class Stopped extends Error {
  override name = 'Stopped';
}

export interface StoppingProcess {
  readonly io: CommitIo;
  readonly events: EventLog;
  readonly writes: number;
}

/** @param lastWrite  how many writes there are before it stops; Infinity: it does not */
export function stoppingProcess(io: CommitIo, events: EventLog, lastWrite: number): StoppingProcess {
  let writes = 0;
  const alive = () => {
    if (writes >= lastWrite) throw new Stopped(`stopped after write ${lastWrite}`);
  };
  async function read<T>(act: () => Promise<T>): Promise<T> {
    alive();
    return act();
  }
  async function write<T>(act: () => Promise<T>): Promise<T> {
    alive();
    // Counted first: of writes side by side, none begins after the last.
    writes += 1;
    const done = await act();
    alive();
    return done;
  }
  const { objects, index } = io;
  const stoppingObjects: CommitIo['objects'] = {
    put: (...args) => write(() => objects.put(...args)),
    get: (...args) => read(() => objects.get(...args)),
    stat: (...args) => read(() => objects.stat(...args)),
    delete: (...args) => write(() => objects.delete(...args)),
    list: () => objects.list(),
  };
  return {
    io: {
      ...io,
      objects: stoppingObjects,
      nodes: objectNodes(stoppingObjects),
      index: {
        get: (...args) => read(() => index.get(...args)),
        compareAndSet: (...args) => write(() => index.compareAndSet(...args)),
        put: (...args) => write(() => index.put(...args)),
        delete: (...args) => write(() => index.delete(...args)),
        keys: (filter) => index.keys(filter),
        watch: (filter, options) => index.watch(filter, options),
      },
    },
    events: {
      ...events,
      publish: async (batch) => {
        for (const event of batch) await write(() => events.publish([event]));
      },
      last: (filter) => read(() => events.last(filter)),
    },
    get writes() {
      return writes;
    },
  };
}
