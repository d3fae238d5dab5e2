// A large file that is all here when the line breaks: whether it may be placed is known only later (I12).
import { expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import type { Disk } from '../disk/disk.ts';
import { stagingFolder } from '../marker.ts';
import { SMALL_BYTES } from '../outgoing/upload.ts';
import { FakeWorkspace, ROOT } from './workspace.fakes.ts';

const BYTES = Buffer.alloc(SMALL_BYTES + 100_000, 'large');
const SHA = shaOf(BYTES);

function later() {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

test('I12: it waits as a part, and is placed without being fetched again when the line goes on from what was known', async () => {
  let fetched = 0;
  let isWhole = () => {};
  const objects = (store: ObjectStore): ObjectStore => ({
    ...store,
    async get(sha, options) {
      const { sizeBytes, bytes } = await store.get(sha, options);
      async function* count() {
        for await (const part of bytes) {
          if (sha === SHA) fetched += part.length;
          yield part;
        }
        if (sha === SHA) isWhole();
      }
      return { sizeBytes, bytes: count() };
    },
  });
  const { promise: isPart, resolve: becomesPart } = later();
  const watched = (disk: Disk): Disk => ({
    ...disk,
    rename(from, to) {
      disk.rename(from, to);
      if (to.endsWith(`part-${SHA}`)) becomesPart();
    },
  });
  const workspace = await FakeWorkspace.open({ objects, watched });
  isWhole = () => workspace.breakLine();
  await workspace.commit({ large: BYTES });
  await isPart;
  expect(workspace.tree()).toEqual({});
  await workspace.commit({ 'told by': 'another commit' });
  await workspace.inSync();
  expect(Object.keys(workspace.tree()).sort()).toEqual(['large', 'told by']);
  expect(fetched).toBe(BYTES.length);
  expect(workspace.machine.start().disk.readDirectory(stagingFolder(ROOT))).toEqual([]);
  await workspace.close();
});
