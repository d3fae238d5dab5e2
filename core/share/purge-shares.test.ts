// What becomes of links whose project is gone for good, and of records that nobody comes back to.
import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS, deleteProject } from '../commit/delete-project.ts';
import { assert } from '../model/assert.ts';
import { commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { purgeShares, revokeSharesOfDeleted } from './purge-shares.ts';
import { DAY_MS, shareWorks } from './share.fakes.ts';
import { listShares, readShare } from './shares.ts';

test('a link ends when the grace of its deleted project does; one that was made after the deletion stays', async () => {
  const { io, pass, share } = shareWorks();
  const stores = { ...memoryCommitIo(), clock: { now: io.clock.now, sleep: async () => undefined } };
  await newProject(stores);
  await commitText(stores, 'a.md', 'one');
  const { share: before } = await share();
  pass(1_000);
  const at = await readCurrent(stores.index, PROJECT);
  assert(at, 'it was made');
  await deleteProject(stores, at);
  pass(1_000);
  const { share: after } = await share();
  const isRevoked = async (id: string) => (await readShare(io.shares, id))?.share.revoked !== undefined;
  await revokeSharesOfDeleted({ ...io, index: stores.index });
  expect(await isRevoked(before.id)).toBe(false);
  pass(DELETE_GRACE_MS);
  await revokeSharesOfDeleted({ ...io, index: stores.index });
  expect([await isRevoked(before.id), await isRevoked(after.id)]).toEqual([true, false]);
});

test('records of links that ended long ago go, and no others', async () => {
  const { io, pass, share } = shareWorks();
  await share({ expiresAt: io.clock.now() + DAY_MS });
  const { share: open } = await share();
  const { share: late } = await share({ expiresAt: io.clock.now() + 50 * DAY_MS });
  pass(60 * DAY_MS);
  expect(await purgeShares(io, io.clock.now() - 30 * DAY_MS)).toBe(1);
  const left = (await listShares(io.shares)).map(({ id }) => id);
  expect(left.toSorted()).toEqual([open.id, late.id].toSorted());
});
