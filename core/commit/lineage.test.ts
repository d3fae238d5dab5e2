import { expect, test } from 'vitest';
import type { Sha } from '../model/ids.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { commitText, memoryCommitIo, newProject } from '../testing/test-project.ts';
import { Lineage } from './lineage.ts';

async function chainOf(length: number) {
  const io = memoryCommitIo();
  await newProject(io);
  const commits: Sha[] = [];
  const grow = async (by: number) => {
    for (let i = 0; i < by; i++) commits.push((await commitText(io, 'doc', `version ${commits.length}`)).commitSha);
  };
  await grow(length);
  let reads = 0;
  const objects: Pick<ObjectStore, 'get'> = {
    get: (sha, options) => {
      reads += 1;
      return io.objects.get(sha, options);
    },
  };
  const at = (n: number): Sha => {
    const sha = commits.at(n);
    if (!sha) throw new Error(`there is no commit ${n}`);
    return sha;
  };
  return { io, objects, at, grow, reads: () => reads };
}

test('a commit is before those that came from it, and no other is', async () => {
  const { objects, at } = await chainOf(4);
  const lineage = new Lineage(objects);
  expect(await lineage.isBefore(at(1), at(3))).toBe(true);
  expect(await lineage.isBefore(at(3), at(3))).toBe(true);
  expect(await lineage.isBefore(at(3), at(1))).toBe(false);
});

test('what was found out holds for what goes on from there: only the commits since are read', async () => {
  const { objects, at, grow, reads } = await chainOf(20);
  const lineage = new Lineage(objects);
  await lineage.isBefore(at(0), at(19));
  const first = reads();
  expect(await lineage.isBefore(at(0), at(19))).toBe(true);
  expect(reads() - first).toBe(1);
  await grow(2);
  expect(await lineage.isBefore(at(0), at(21))).toBe(true);
  expect(reads() - first).toBe(4);
});

test('I12: a head that does not go on from the one before is asked about anew', async () => {
  const { objects, at } = await chainOf(5);
  const lineage = new Lineage(objects);
  expect(await lineage.isBefore(at(3), at(4))).toBe(true);
  expect(await lineage.isBefore(at(3), at(2))).toBe(false);
  expect(await lineage.isBefore(at(3), at(4))).toBe(true);
});

test('no question reads more of the chain than its bound, and what lies further back is not before', async () => {
  const { objects, at, reads } = await chainOf(20);
  const lineage = new Lineage(objects, 10);
  expect(await lineage.isBefore(at(0), at(19))).toBe(false);
  expect(reads()).toBe(10);
  expect(await lineage.isBefore(at(10), at(19))).toBe(true);
});

test('a chain with a hole proves nothing', async () => {
  const { io, objects, at } = await chainOf(5);
  await io.objects.delete(at(2));
  const lineage = new Lineage(objects);
  expect(await lineage.isBefore(at(1), at(4))).toBe(false);
  expect(await lineage.isBefore(at(3), at(4))).toBe(true);
});
