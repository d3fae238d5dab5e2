import { expect, test } from 'vitest';
import { objectNodes } from '../../core/manifest/object-nodes.ts';
import { type Sha, shaOf } from '../../core/model/ids.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../../core/store/memory-object-store.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { Heard } from '../state/heard.ts';
import { RecentPuts } from './recent-puts.ts';

function setUp() {
  const objects = memoryObjectStore();
  let now = 1_000_000;
  const clock = { now: () => now, sleep: async () => {} };
  const heard = new Heard();
  const recent = new RecentPuts(clock, heard);
  const files = recent.ofFiles(objects);
  const commits = recent.ofCommits({ objects, index: memoryKeyValue(), nodes: objectNodes(objects), clock });
  const put = async (store: Pick<ObjectStore, 'put'>, text: string) => {
    const bytes = Buffer.from(text);
    await store.put(shaOf(bytes), bytes.length, bytes);
    return shaOf(bytes);
  };
  const askedFor: Sha[] = [];
  const io = {
    objects,
    async putFile(sha: Sha) {
      askedFor.push(sha);
      return true;
    },
  };
  return {
    objects,
    heard,
    recent,
    io,
    askedFor,
    putFile: (text: string) => put(files, text),
    putCommit: (text: string) => put(commits.objects, text),
    async putNode(text: string): Promise<Sha> {
      const bytes = Buffer.from(text);
      await commits.nodes.putNode(shaOf(bytes), bytes);
      return shaOf(bytes);
    },
    pass(ms: number): void {
      now += ms;
    },
  };
}

/** The shas that somebody would be asked for if the store had forgotten everything. */
async function remembered({ objects, recent, io, askedFor }: ReturnType<typeof setUp>): Promise<ReadonlySet<Sha>> {
  for await (const { sha } of objects.list()) await objects.delete(sha);
  await recent.putAgain(io);
  const found = new Set(askedFor);
  for await (const { sha } of objects.list()) found.add(sha);
  return found;
}

test('nothing is in doubt while the line holds, and nothing when nothing was put before it broke', async () => {
  const { recent, heard, putFile } = setUp();
  expect(recent.isInDoubt()).toBe(false);
  heard.forget();
  expect(recent.isInDoubt()).toBe(false);
  await putFile('a');
  expect(recent.isInDoubt()).toBe(false);
});

test('I12: what was put before the line broke is in doubt until it was asked for', async () => {
  const { recent, heard, io, putFile } = setUp();
  await putFile('a');
  heard.forget();
  expect(recent.isInDoubt()).toBe(true);
  expect(await recent.putAgain(io)).toEqual({ put: 0, lost: 0 });
  expect(recent.isInDoubt()).toBe(false);
  heard.forget();
  expect(recent.isInDoubt()).toBe(true);
});

test('I12: what is missing is put again: nodes and commits from memory, files from where they lie', async () => {
  const { recent, heard, io, objects, askedFor, putFile, putCommit, putNode } = setUp();
  const [file, kept, node, commit] = [
    await putFile('file'),
    await putFile('kept'),
    await putNode('node'),
    await putCommit('commit'),
  ];
  for (const sha of [file, node, commit]) await objects.delete(sha);
  heard.forget();
  expect(await recent.putAgain(io)).toEqual({ put: 3, lost: 0 });
  expect(askedFor).toEqual([file]);
  for (const sha of [kept, node, commit]) expect((await objects.stat(sha)).kind).toBe('present');
});

test('what no file has any more is counted as lost, and the rest is put', async () => {
  const { recent, heard, io, objects, putFile, putNode } = setUp();
  const [file, node] = [await putFile('file'), await putNode('node')];
  for (const sha of [file, node]) await objects.delete(sha);
  heard.forget();
  expect(await recent.putAgain({ ...io, putFile: async () => false })).toEqual({ put: 1, lost: 1 });
  expect((await objects.stat(node)).kind).toBe('present');
});

test('I12: a put that began on a line which broke is in doubt when its answer comes, even after the others were asked for', async () => {
  const { recent, heard, io, objects } = setUp();
  let answer = () => {};
  const slow = recent.ofFiles({
    ...objects,
    put: async (...args) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return objects.put(...args);
    },
  });
  const bytes = Buffer.from('slow');
  const putting = slow.put(shaOf(bytes), bytes.length, bytes);
  heard.forget();
  await recent.putAgain(io);
  expect(recent.isInDoubt()).toBe(false);
  answer();
  await putting;
  expect(recent.isInDoubt()).toBe(true);
  await recent.putAgain(io);
  expect(recent.isInDoubt()).toBe(false);
});

test('a store that goes away while it is asked, or comes back as another, leaves all in doubt', async () => {
  const { recent, heard, io, objects, putFile } = setUp();
  await putFile('a');
  heard.forget();
  const away = { ...objects, stat: () => Promise.reject(new StoreUnavailableError('hot', 'away')) };
  await expect(recent.putAgain({ ...io, objects: away })).rejects.toThrow(StoreUnavailableError);
  expect(recent.isInDoubt()).toBe(true);
  const breaking: typeof objects = {
    ...objects,
    stat: (sha) => {
      heard.forget();
      return objects.stat(sha);
    },
  };
  await recent.putAgain({ ...io, objects: breaking });
  expect(recent.isInDoubt()).toBe(true);
});

test('a put that failed is nothing that the store could forget', async () => {
  const { recent, heard, objects } = setUp();
  const failing = recent.ofFiles({
    ...objects,
    put: () => Promise.reject(new StoreUnavailableError('hot', 'no answer')),
  });
  await expect(failing.put(shaOf('x'), 1, Buffer.from('x'))).rejects.toThrow(StoreUnavailableError);
  heard.forget();
  expect(recent.isInDoubt()).toBe(false);
});

test('a server has what it got minutes ago on its disk: older puts are forgotten, one that is repeated is not', async () => {
  const set = setUp();
  const { putFile, pass } = set;
  const [old, repeated] = [await putFile('old'), await putFile('repeated')];
  pass(100_000);
  await putFile('repeated');
  pass(100_000);
  const fresh = await putFile('fresh');
  expect(await remembered(set)).toEqual(new Set([repeated, fresh]));
  expect(old).not.toBe(fresh);
});

test('what is kept stays small: the oldest go first, by number and by bytes', async () => {
  const many = setUp();
  const shas: Sha[] = [];
  for (let i = 0; i < 20_010; i++) shas.push(await many.putFile(String(i)));
  expect(await remembered(many)).toEqual(new Set(shas.slice(10)));
  const large = setUp();
  const nodes: Sha[] = [];
  for (let i = 0; i < 10; i++) nodes.push(await large.putNode(`${i}`.repeat(1 << 20)));
  expect(await remembered(large)).toEqual(new Set(nodes.slice(2)));
});
