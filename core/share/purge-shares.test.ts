// What becomes of links whose project is gone for good, and of records that nobody comes back to.
import { expect, test } from 'vitest';
import { readCurrent } from '../commit/current.ts';
import { DELETE_GRACE_MS, deleteProject, deletionsOf } from '../commit/delete-project.ts';
import { purgeDeleted } from '../lifecycle/purge-deleted.ts';
import { works } from '../lifecycle/works.fakes.ts';
import { assert } from '../model/assert.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { newProject, PROJECT } from '../testing/test-project.ts';
import { purgeShares, revokeSharesOf } from './purge-shares.ts';
import { DAY_MS, shareWorks } from './share.fakes.ts';
import { listShares, readShare } from './shares.ts';

test('a link is revoked before the record of its project’s deletion goes; one that was made after the deletion stays', async () => {
  const { io: shares, share } = shareWorks();
  const { io, tiers, clock, pass } = await works();
  const seen = async () => {
    const at = await readCurrent(io.index, PROJECT);
    assert(at, 'it is there');
    return at;
  };
  const at = await seen();
  const { share: before } = await share({ since: at.revision });
  await deleteProject(io, at);
  await newProject(io);
  const { share: after } = await share({ since: (await seen()).revision });
  const isRevoked = async (id: string) => (await readShare(shares.shares, id))?.share.revoked !== undefined;
  const purge = (now: () => number) =>
    purgeDeleted({ ...tiers, clock: { ...clock, now } }, (deletion) => revokeSharesOf(shares, deletion));
  expect(await purge(clock.now)).toEqual([]);
  expect(await isRevoked(before.id)).toBe(false);
  // It falls due while others are looked at.
  pass(DELETE_GRACE_MS - 2);
  const passing = () => {
    pass(1);
    return clock.now();
  };
  while ((await purge(passing)).length === 0) expect(await isRevoked(before.id)).toBe(false);
  expect([await isRevoked(before.id), await isRevoked(after.id)]).toEqual([true, false]);
});

test('where its links cannot be revoked, the deletion keeps its record', async () => {
  const { io, tiers, pass } = await works();
  const at = await readCurrent(io.index, PROJECT);
  assert(at, 'it is there');
  await deleteProject(io, at);
  pass(DELETE_GRACE_MS);
  const away = () => Promise.reject(new StoreUnavailableError('hot', 'away'));
  await expect(purgeDeleted(tiers, away)).rejects.toThrow(StoreUnavailableError);
  expect(await deletionsOf(io.index, PROJECT)).toHaveLength(1);
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
