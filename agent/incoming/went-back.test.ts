import { expect, test } from 'vitest';
import type { CommitIo } from '../../core/commit/commit.ts';
import { readCurrent } from '../../core/commit/current.ts';
import { COMMITS_A_SWAP } from '../../core/commit/prepare-commit.ts';
import type { CurrentAt } from '../../core/model/commit.ts';
import type { FileEntry } from '../../core/model/entry.ts';
import { fakeSha } from '../../core/model/ids.ts';
import type { ObjectStore } from '../../core/store/object-store.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import {
  commitOps,
  commitText,
  memoryCommitIo,
  newProject,
  PROJECT,
  putText,
} from '../../core/testing/test-project.ts';
import type { Base } from '../state/state.ts';
import { WentBack } from './went-back.ts';

const UNHEARD = 2;

const growBy = (io: CommitIo, text: string) => commitText(io, 'doc', text);

/** A project of so many commits, and a workspace that last knew one of them. */
async function chainOf(length: number, grown: (io: CommitIo, text: string) => Promise<unknown> = growBy) {
  const io = memoryCommitIo();
  await newProject(io);
  const heads: CurrentAt[] = [];
  const grow = async (by: number) => {
    for (let i = 0; i < by; i++) {
      await grown(io, `version ${heads.length}`);
      const at = await readCurrent(io.index, PROJECT);
      if (at) heads.push(at);
    }
  };
  await grow(length);
  const counted = { reads: 0, left: Number.POSITIVE_INFINITY };
  const objects: Pick<ObjectStore, 'get'> = {
    get: async (sha, options) => {
      if (counted.left-- <= 0) throw new StoreUnavailableError('hot', 'the line broke');
      counted.reads++;
      return io.objects.get(sha, options);
    },
  };
  const at = (n: number): CurrentAt => {
    const head = heads.at(n);
    if (!head) throw new Error(`there is no commit ${n}`);
    return head;
  };
  const baseAt = (n: number): Base => {
    const { current, revision } = at(n);
    return { commitSha: current.commit_sha, manifestSha: current.manifest_sha, revision };
  };
  const wentBack = (base: Base, ahead?: Base) =>
    new WentBack({ state: { base, ahead }, heard: { isContinued: false }, stores: { objects } }, UNHEARD);
  return { io, at, baseAt, grow, wentBack, counted };
}

test('I12: current goes on from base and own commit when both are before it, and else it went back', async () => {
  const { at, baseAt, wentBack } = await chainOf(6);
  expect(await wentBack(baseAt(2), baseAt(4)).has(at(5))).toBe(false);
  expect(await wentBack(baseAt(2)).has(at(1))).toBe(true);
  const lost = { ...baseAt(3), commitSha: fakeSha('lost') };
  expect(await wentBack(lost).has(at(5))).toBe(true);
  expect(await wentBack(baseAt(2), lost).has(at(5))).toBe(true);
});

test('I12: a walk that is cut off goes on where it was, from a newer head too, and reads no commit twice', async () => {
  const { at, baseAt, grow, wentBack, counted } = await chainOf(20);
  const question = wentBack(baseAt(0));
  counted.left = 8;
  await expect(question.has(at(19))).rejects.toThrow(StoreUnavailableError);
  await grow(3);
  counted.left = 2;
  await expect(question.has(at(22))).rejects.toThrow(StoreUnavailableError);
  counted.left = Number.POSITIVE_INFINITY;
  counted.reads = 0;
  expect(await question.has(at(22))).toBe(false);
  // Three that are newer, and of the nineteen before them those that were not read yet.
  expect(counted.reads).toBe(3 + 19 - 8);
});

test('I12: no more is read than revisions went by, and others may have committed before an own commit was heard of', async () => {
  const { at, baseAt, wentBack, counted } = await chainOf(20);
  expect(await wentBack(baseAt(2)).has(at(19))).toBe(false);
  counted.reads = 0;
  expect(await wentBack({ ...baseAt(16), commitSha: fakeSha('forgotten') }).has(at(19))).toBe(true);
  expect(counted.reads).toBe(1 + COMMITS_A_SWAP * (3 + UNHEARD));
  const lateHeard = { ...baseAt(16), commitSha: at(15).current.commit_sha };
  expect(await wentBack(lateHeard).has(at(19))).toBe(false);
});

test('I12: a commit whose files gave way to later ones is two of the chain and one revision, and current goes on from it', async () => {
  const gaveWay = async (io: CommitIo, text: string) => {
    if (text === 'version 0') return commitText(io, 'doc', text);
    const op = await putText(io, 'doc', text);
    if (op.kind !== 'put') throw new Error('a text is put');
    const earlier = { ...op.entry, mtime: 1 } as FileEntry;
    return commitOps(io, { ...op, entry: earlier, seen: 'absent', unseen: 'later-wins' });
  };
  const { at, baseAt, wentBack } = await chainOf(20, gaveWay);
  expect(at(19).revision - at(0).revision).toBe(19);
  expect(await wentBack(baseAt(0)).has(at(19))).toBe(false);
  expect(await wentBack(baseAt(2), baseAt(1)).has(at(19))).toBe(false);
  expect(await wentBack({ ...baseAt(2), commitSha: fakeSha('forgotten') }).has(at(19))).toBe(true);
});

test('I12: what was found in the newer part of the chain counts, where the rest was walked before', async () => {
  const { at, baseAt, wentBack, counted } = await chainOf(12);
  const question = wentBack(baseAt(0), baseAt(10));
  counted.left = 4;
  await expect(question.has(at(8))).rejects.toThrow(StoreUnavailableError);
  counted.left = Number.POSITIVE_INFINITY;
  expect(await question.has(at(11))).toBe(false);
});
