import { expect, test } from 'vitest';
import type { FsEvent } from '../model/event.ts';
import { parseTenant, type Sha, shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { parseRelPath } from '../model/rel-path.ts';
import { memoryColdStore } from '../store/memory-cold-store.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { collect } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { virtualClock } from '../testing/virtual-clock.ts';
import { ObjectArchiver } from './archive-object.ts';
import { Claims } from './claims.ts';
import { evictObject, metadataObjects } from './evict.ts';
import { changeRecord, coldOf, readRecord } from './object-records.ts';
import { pin, pinnedObjects, readPins, unpin } from './pins.ts';
import { readThrough } from './read-through.ts';
import { Rehydrator } from './rehydrate.ts';
import type { TierIo } from './tier-io.ts';

const { signal } = new AbortController();
const SHA = shaOf('content');
const rehydratorOf = (io: TierIo, records = memoryKeyValue(), server = 'server-1') =>
  new Rehydrator(io, new Claims(records, server, io.clock));

async function archived(change: (io: TierIo) => Partial<TierIo> = () => ({})) {
  const commitIo = memoryCommitIo();
  await newProject(commitIo);
  const told = new Map<string, FsEvent>();
  const cold = memoryColdStore(parseTenant('default'));
  const plain: TierIo = {
    tenant: parseTenant('default'),
    hot: commitIo.objects,
    cold,
    nodes: commitIo.nodes,
    index: commitIo.index,
    events: {
      publish: async (events) => {
        for (const event of events) told.set(event.id, event);
      },
    },
    clock: commitIo.clock,
    log: silentLog,
  };
  const io: TierIo = { ...plain, ...change(plain) };
  const { commitSha, commit } = await commitText(commitIo, 'docs/a', 'content');
  await new ObjectArchiver(plain).archive({ sha: SHA, sizeBytes: 7, project: PROJECT }, signal);
  const evict = async (sha: Sha = SHA) => {
    const stat = await plain.hot.stat(sha);
    const touchedAt = stat.kind === 'present' ? stat.touchedAt : 0;
    const keep = { pinned: await pinnedObjects(io), metadata: await metadataObjects(io) };
    return evictObject(io, { sha, sizeBytes: 7, touchedAt, project: PROJECT }, keep);
  };
  const types = () => [...told.values()].map(({ type }) => type).filter((type) => type !== 'ObjectArchived');
  return { io, plain, cold, hot: commitIo.objects, commitIo, commitSha, commit, evict, types };
}

test('an object whose copy in cold is proven leaves hot, once, and is told of', async () => {
  const { evict, hot, io, types } = await archived();
  expect(await evict()).toEqual({ kind: 'evicted' });
  expect((await hot.stat(SHA)).kind).toBe('absent');
  expect(await readRecord(io.index, SHA)).toMatchObject({ evicted: { told: true } });
  expect(await evict()).toEqual({ kind: 'absent' });
  expect(types()).toEqual(['ObjectEvicted']);
});

test('I3: without a fresh proof nothing goes: cold lost it, has other bytes, or does not answer', async () => {
  const { evict, hot, cold } = await archived();
  cold.setAway(true);
  await expect(evict()).rejects.toThrow(StoreUnavailableError);
  cold.setAway(false);
  cold.damage(SHA, Buffer.from('c0ntent'));
  expect(await evict()).toMatchObject({ kind: 'kept', reason: expect.stringContaining('what cold has is not it') });
  await cold.delete(SHA);
  expect(await evict()).toMatchObject({ kind: 'kept', reason: expect.stringContaining('cold does not have it') });
  expect((await hot.stat(SHA)).kind).toBe('present');
});

test('what is not archived yet stays', async () => {
  const { evict, commitIo } = await archived();
  await commitText(commitIo, 'b', 'another');
  expect(await evict(shaOf('another'))).toEqual({ kind: 'kept', reason: 'it is not archived yet' });
});

test('I5: what somebody stored again between plan and execution stays', async () => {
  const { io, plain, evict, hot } = await archived((io) => ({
    cold: {
      ...io.cold,
      check: async (sha, expected) => {
        const proven = await io.cold.check(sha, expected);
        await io.clock.sleep(2);
        await io.hot.put(sha, 7, Buffer.from('content'));
        return proven;
      },
    },
  }));
  expect(await evict()).toEqual({ kind: 'kept', reason: 'somebody has stored it again since it was planned' });
  expect((await hot.stat(SHA)).kind).toBe('present');
  expect((await readRecord(io.index, SHA))?.evicted).toBeUndefined();
  expect(plain.hot).toBe(io.hot);
});

test('nodes and commits never go, not even where a file has the very bytes of one', async () => {
  const { evict, commitIo, plain, commitSha, commit } = await archived();
  for (const sha of [commitSha, commit.manifest_sha]) {
    const { sizeBytes, bytes } = await commitIo.objects.get(sha);
    await commitText(commitIo, `copy-${sha.slice(0, 4)}`, Buffer.from(await collect(bytes)).toString());
    await new ObjectArchiver(plain).archive({ sha, sizeBytes }, signal);
  }
  expect(await evict(commitSha)).toEqual({ kind: 'kept', reason: 'it is part of a manifest or a commit' });
});

test.each(['', 'docs', 'docs/a'])('what is below a pin (%j) stays until the pin is taken away', async (path) => {
  const { io, evict } = await archived();
  const at = path === '' ? '' : parseRelPath(path);
  expect(await pin(io, PROJECT, [at], ACTOR)).toBe('pinned');
  expect(await pin(io, PROJECT, [at], ACTOR)).toBe('pinned-before');
  expect(await readPins(io.index, PROJECT)).toMatchObject([{ path, actor: ACTOR }]);
  expect(await evict()).toEqual({ kind: 'kept', reason: 'it is pinned' });
  expect(await unpin(io, PROJECT, [at])).toBe('unpinned');
  expect(await unpin(io, PROJECT, [at])).toBe('not-pinned');
  expect(await evict()).toEqual({ kind: 'evicted' });
});

test('a crash between the deletion and its event is completed by the next run, with one event', async () => {
  let crashes = 1;
  const { evict, types } = await archived((io) => ({
    events: {
      publish: async (events) => {
        if (crashes-- > 0) throw new Error('crash');
        await io.events.publish(events);
      },
    },
  }));
  await expect(evict()).rejects.toThrow('crash');
  expect(await evict()).toEqual({ kind: 'evicted' });
  expect(await evict()).toEqual({ kind: 'absent' });
  expect(types()).toEqual(['ObjectEvicted']);
});

test('what is brought back before its eviction was told is not evicted', async () => {
  let bringBack: () => Promise<unknown> = async () => {};
  const { io, evict, hot } = await archived((io) => ({
    events: {
      publish: async (events) => {
        if (events[0]?.type === 'ObjectEvicted') await bringBack();
        await io.events.publish(events);
      },
    },
  }));
  bringBack = () => rehydratorOf(io).rehydrate(SHA, PROJECT, signal);
  expect(await evict()).toEqual({ kind: 'evicted' });
  expect((await hot.stat(SHA)).kind).toBe('present');
  expect((await readRecord(io.index, SHA))?.evicted).toBeUndefined();
});

test('I3: what somebody finds damaged in cold, while an evictor asks for its proof, stays', async () => {
  const { io, plain, evict, hot } = await archived((io) => ({
    cold: {
      ...io.cold,
      check: async (sha, expected) => {
        const proven = await io.cold.check(sha, expected);
        await changeRecord(io.index, sha, (was) => was && { size: was.size, mime: was.mime, created: was.created });
        return proven;
      },
    },
  }));
  expect(await evict()).toEqual({ kind: 'kept', reason: 'it is not archived yet' });
  expect((await hot.stat(SHA)).kind).toBe('present');
  expect((await readRecord(plain.index, SHA))?.evicted).toBeUndefined();
  expect(io.hot).toBe(hot);
});

test('I3: a copy that was only found by its name and length is read before another one goes', async () => {
  const { io, evict, hot, cold } = await archived();
  const found = async (text: string) => {
    cold.damage(SHA, Buffer.from(text));
    const check = await cold.check(SHA, { sizeBytes: 7 });
    if (check.kind !== 'proven') throw new Error(check.kind);
    const unread = { ...coldOf(check.proof), unread: true as const };
    await changeRecord(io.index, SHA, (was) => was && { ...was, cold: unread });
  };
  await found('c0ntent');
  expect(await evict()).toMatchObject({ kind: 'kept', reason: expect.stringContaining('it is damaged') });
  expect((await hot.stat(SHA)).kind).toBe('present');
  await found('content');
  expect(await evict()).toEqual({ kind: 'evicted' });
  await rehydratorOf(io).rehydrate(SHA, PROJECT, signal);
  expect((await readRecord(io.index, SHA))?.cold?.unread).toBeUndefined();
});

test('ten who ask for an evicted object at once cost one fetch, and it is in hot again', async () => {
  let fetches = 0;
  const { io, evict, hot, types } = await archived((io) => ({
    cold: {
      ...io.cold,
      get: (sha, options) => {
        fetches += 1;
        return io.cold.get(sha, options);
      },
    },
  }));
  await evict();
  const rehydrator = rehydratorOf(io);
  const results = await Promise.all(Array.from({ length: 10 }, () => rehydrator.rehydrate(SHA, PROJECT, signal)));
  expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['rehydrated']));
  expect(fetches).toBe(1);
  expect((await hot.stat(SHA)).kind).toBe('present');
  expect((await readRecord(io.index, SHA))?.evicted).toBeUndefined();
  expect(await rehydrator.rehydrate(SHA, PROJECT, signal)).toEqual({ kind: 'there', sizeBytes: 7 });
  expect(types()).toEqual(['ObjectEvicted', 'ObjectRehydrated']);
});

test('two servers that are asked at once fetch it once; when the first dies at it, the other does it', async () => {
  let fetches = 0;
  let dies = true;
  const clock = virtualClock();
  const { io, evict, hot } = await archived((io) => ({
    clock,
    cold: {
      ...io.cold,
      get: async (sha, options) => {
        fetches += 1;
        await clock.sleep(1_000);
        if (dies) await new Promise(() => {});
        return io.cold.get(sha, options);
      },
    },
  }));
  await evict();
  const records = memoryKeyValue();
  // A server that dies writes nothing any more.
  const dying = { ...records, compareAndSet: dyingAfter(1, records.compareAndSet) };
  void rehydratorOf(io, dying, 'server-1').rehydrate(SHA, PROJECT, signal);
  await clock.sleep(2_000);
  dies = false;
  const others = ['server-2', 'server-3'].map((name) =>
    rehydratorOf(io, records, name).rehydrate(SHA, PROJECT, signal),
  );
  const kinds = (await Promise.all(others)).map(({ kind }) => kind).sort();
  expect(kinds).toEqual(['rehydrated', 'there']);
  expect(fetches).toBe(2);
  expect((await hot.stat(SHA)).kind).toBe('present');
});

function dyingAfter<A extends unknown[], T>(calls: number, work: (...args: A) => Promise<T>) {
  let left = calls;
  return (...args: A): Promise<T> => (left-- > 0 ? work(...args) : new Promise<T>(() => {}));
}

test('I6: a damaged copy in cold never comes back to hot', async () => {
  const { io, evict, hot, cold } = await archived();
  await evict();
  cold.damage(SHA, Buffer.from('c0ntent'));
  await expect(rehydratorOf(io).rehydrate(SHA, PROJECT, signal)).rejects.toThrow(ObjectCorruptError);
  expect((await hot.stat(SHA)).kind).toBe('absent');
  await cold.delete(SHA);
  await expect(rehydratorOf(io).rehydrate(SHA, PROJECT, signal)).rejects.toThrow(ObjectAbsentError);
});

test.each([undefined, { start: 100_000, end: 180_000 }])(
  'an object that is evicted while it is read is read to its end all the same (range %j)',
  async (range) => {
    const { io, commitIo, plain } = await archived();
    const text = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join('');
    const sha = shaOf(text);
    await commitText(commitIo, 'big', text);
    await new ObjectArchiver(plain).archive({ sha, sizeBytes: text.length }, signal);
    const torn = {
      get: async () => {
        const { sizeBytes, bytes } = await commitIo.objects.get(sha, range ? { range } : {});
        return {
          sizeBytes,
          bytes: (async function* () {
            for await (const part of bytes) {
              yield part.subarray(0, 50_000);
              throw new ObjectAbsentError(sha, 'hot');
            }
          })(),
        };
      },
    };
    const { bytes } = await readThrough(torn, io.cold, sha, range ? { range } : {});
    const read = Buffer.from(await collect(bytes)).toString();
    expect(read).toBe(text.slice(range?.start ?? 0, range?.end ?? text.length));
  },
);
