import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { shaOf } from '../../core/model/ids.ts';
import { fakePath } from '../../core/model/rel-path.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import { collect, type ObjectStore, readObject } from '../../core/store/object-store.ts';
import { virtualClock } from '../../core/testing/virtual-clock.ts';
import { Limits, NO_LIMITS } from '../assign/limits.ts';
import { fileClock } from '../disk/fingerprint.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { transfersWithin } from '../limits/transfers.ts';
import { type UploadIo, upload } from './upload.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fs-upload-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const path = fakePath('file');
const memory = memoryObjectStore();
const ioWith = (objects: Pick<ObjectStore, 'put'> = memory): UploadIo => ({
  disk: nodeDisk,
  root,
  objects,
  fileClock: fileClock(true),
  signal: new AbortController().signal,
  isKnown: () => false,
});
const bytesOf = (size: number, fill = 7): Buffer => Buffer.alloc(size, fill);

test.each([0, 1, 128 * 1024, 128 * 1024 + 1, 1024 * 1024, 1024 * 1024 + 1, 3_000_000])(
  '%i bytes arrive',
  async (size) => {
    const bytes = bytesOf(size).map((_, i) => i % 253);
    writeFileSync(join(root, 'file'), bytes, { mode: 0o640 });
    utimesSync(join(root, 'file'), 1000, 1000.25);
    const done = await upload(ioWith(), path);
    expect(done).toMatchObject({
      kind: 'uploaded',
      entry: { path, sha: shaOf(bytes), size, mode: 0o640, mtime: 1_000_250 },
    });
    expect(Buffer.from(await readObject(memory, shaOf(bytes))).equals(bytes)).toBe(true);
  },
);

test('setuid, setgid and sticky bits are not carried', async () => {
  writeFileSync(join(root, 'file'), 'x');
  execFileSync('chmod', ['7755', join(root, 'file')]);
  expect(await upload(ioWith(), path)).toMatchObject({ kind: 'uploaded', entry: { mode: 0o755 } });
});

test('I7: a file that is overwritten while its bytes are put is not said to be uploaded', async () => {
  writeFileSync(join(root, 'file'), bytesOf(2_000_000, 1));
  const during: Pick<ObjectStore, 'put'> = {
    async put(sha, size, body, options) {
      const fd = openSync(join(root, 'file'), 'r+');
      writeSync(fd, bytesOf(100_000, 2), 0, 100_000, 1_500_000);
      closeSync(fd);
      return memory.put(sha, size, body, options);
    },
  };
  expect(await upload(ioWith(during), path)).toEqual({ kind: 'changed' });
});

test('I7: a put whose file has changed ends there, and the rest of its bytes stay here', async () => {
  writeFileSync(join(root, 'file'), bytesOf(20_000_000));
  let taken = 0;
  const objects: Pick<ObjectStore, 'put'> = {
    async put(_sha, _size, body) {
      for await (const part of typeof body === 'function' ? body() : [body]) {
        if (taken === 0) appendFileSync(join(root, 'file'), 'more');
        taken += part.length;
      }
      return 'stored';
    },
  };
  expect(await upload(ioWith(objects), path)).toEqual({ kind: 'changed' });
  expect(taken).toBeLessThan(2_000_000);
});

test('I7: an overwrite behind what was put already is seen by the second look', async () => {
  writeFileSync(join(root, 'file'), bytesOf(2_000_000, 1));
  const after: Pick<ObjectStore, 'put'> = {
    async put(sha, size, body, options) {
      const outcome = await memory.put(sha, size, body, options);
      const fd = openSync(join(root, 'file'), 'r+');
      writeSync(fd, bytesOf(10, 2), 0, 10, 0);
      closeSync(fd);
      return outcome;
    },
  };
  expect(await upload(ioWith(after), path)).toEqual({ kind: 'changed' });
});

test('I7: a large file that grows while it is read is not torn', async () => {
  const file = join(root, 'file');
  writeFileSync(file, bytesOf(4_000_000));
  let growing = true;
  const grow = async () => {
    while (growing) {
      appendFileSync(file, 'more');
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const grown = grow();
  const done = await upload(ioWith(), path);
  growing = false;
  await grown;
  expect(done).toEqual({ kind: 'changed' });
});

test('I7: a path that names another file by now was not uploaded', async () => {
  writeFileSync(join(root, 'file'), bytesOf(2_000_000));
  writeFileSync(join(root, 'next'), 'the next version');
  const replaced: Pick<ObjectStore, 'put'> = {
    async put(sha, _size, body) {
      await collect((body as () => AsyncIterable<Uint8Array>)());
      renameSync(join(root, 'next'), join(root, 'file'));
      expect(statSync(join(root, 'file')).size).toBe(16);
      expect(sha).toBe(shaOf(bytesOf(2_000_000)));
      return 'stored';
    },
  };
  expect(await upload(ioWith(replaced), path)).toEqual({ kind: 'changed' });
});

test('what is gone, a link or a pipe is no file: nothing hangs and nothing is followed', async () => {
  expect(await upload(ioWith(), path)).toEqual({ kind: 'gone' });
  symlinkSync('/etc/passwd', join(root, 'file'));
  expect(await upload(ioWith(), path)).toEqual({ kind: 'gone' });
  rmSync(join(root, 'file'));
  execFileSync('mkfifo', [join(root, 'file')]);
  expect(await upload(ioWith(), path)).toEqual({ kind: 'gone' });
});

test('what a small file is is said while its bytes are on their way, and that they are there is said after', async () => {
  writeFileSync(join(root, 'file'), 'small');
  const said: string[] = [];
  const slow: Pick<ObjectStore, 'put'> = {
    async put() {
      await new Promise(setImmediate);
      said.push('stored');
      return 'stored';
    },
  };
  const read: UploadIo['read'] = (entry, _, stored) => {
    said.push(`read ${entry.path}`);
    void stored.then(() => said.push('seen stored'));
  };
  expect(await upload({ ...ioWith(slow), read }, path)).toMatchObject({ kind: 'uploaded' });
  expect(said).toEqual(['read file', 'stored', 'seen stored']);
});

test('bytes that the base has already are not put again', async () => {
  writeFileSync(join(root, 'file'), 'known');
  const never: Pick<ObjectStore, 'put'> = {
    put: () => Promise.reject(new Error('not needed')),
  };
  expect(await upload({ ...ioWith(never), isKnown: (sha) => sha === shaOf('known') }, path)).toMatchObject({
    kind: 'uploaded',
  });
});

test.each([100_000, 900_000, 3_000_000])('%i bytes are sent at the pace that uploads share', async (size) => {
  const clock = virtualClock();
  const limits = new Limits({ ...NO_LIMITS, upBytesPerSecond: 1_000_000 });
  const transfers = transfersWithin(limits, clock).up;
  writeFileSync(join(root, 'file'), bytesOf(size, 9));
  const startedAt = clock.now();
  const done = await upload({ ...ioWith(memoryObjectStore()), transfers }, path);
  expect(done.kind).toBe('uploaded');
  expect(clock.now() - startedAt).toBeGreaterThanOrEqual(size / 1_000 - 1);
  expect(clock.now() - startedAt).toBeLessThan(size / 1_000 + 200);
});

test('a read that fails after the work was stopped is an error of nobody', async () => {
  writeFileSync(join(root, 'file'), bytesOf(2_000_000));
  const unheard: unknown[] = [];
  const hear = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', hear);
  const stopped = new Error('the agent stops');
  let failed = false;
  const open: typeof nodeDisk.open = (...args) => {
    const file = nodeDisk.open(...args);
    file.readLater = async () => {
      failed = true;
      throw new Error('the disk is gone');
    };
    return file;
  };
  const uploading = upload({ ...ioWith(), disk: { ...nodeDisk, open }, signal: AbortSignal.abort(stopped) }, path);
  await expect(uploading).rejects.toBe(stopped);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', hear);
  expect(failed).toBe(true);
  expect(unheard).toEqual([]);
});
