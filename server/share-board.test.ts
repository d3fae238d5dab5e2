// The list of links as servers keep it, and what only servers can make and read of them.
import { expect, test } from 'vitest';
import { silentLog } from '../core/model/log.ts';
import type { ShareId } from '../core/model/share.ts';
import { DAY_MS, shareWorks } from '../core/share/share.fakes.ts';
import { createShare } from '../core/share/shares.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { ACTOR } from '../core/testing/test-project.ts';
import { ShareBoard } from './share-board.ts';
import { shareSecrets, VISIT_SECONDS } from './share-secrets.ts';

test('links are listed in pages, the newest first, and one that time ends is told of once', async () => {
  const { io, pass } = shareWorks();
  const shares = memoryKeyValue();
  const secrets = shareSecrets('an-admin-token-of-the-test', io.clock);
  const scope = { project: 'demo' as never, kind: 'directory', path: '' } as const;
  const made: string[] = [];
  for (const days of [1, 2, 3]) {
    const asked = { scope, since: 1, actor: ACTOR, expiresAt: io.clock.now() + days * DAY_MS };
    made.unshift((await createShare({ ...io, shares }, asked, secrets.seal)).token);
    pass(1);
  }
  await shares.put('shares.broken', Buffer.from('{}'));
  let changes = 0;
  const board = new ShareBoard({ ...io, shares, log: silentLog, unseal: secrets.unseal }, () => changes++);
  const ending = new AbortController();
  const following = board.follow(ending.signal);
  await expect.poll(() => changes).toBe(4);
  const first = board.page({ state: 'active', limit: 2 });
  expect(first.shares.map(({ token }) => token)).toEqual(made.slice(0, 2));
  const rest = board.page({ state: 'active', limit: 2, before: first.next });
  expect([rest.shares.map(({ token }) => token), rest.next]).toEqual([made.slice(2), undefined]);
  expect(board.page({ state: 'active', limit: 2, project: 'other' as never }).shares).toEqual([]);

  board.noticeEnds();
  expect(changes).toBe(4);
  pass(DAY_MS);
  board.noticeEnds();
  board.noticeEnds();
  expect(changes).toBe(5);
  expect(board.page({ state: 'ended', limit: 9 }).shares.map(({ state }) => state)).toEqual(['expired']);
  ending.abort();
  await following;
});

test('a sealed token is read with the same admin token alone; a visit is of one link, for a while', async () => {
  const { io, pass } = shareWorks();
  const secrets = shareSecrets('an-admin-token-of-the-test', io.clock);
  const other = shareSecrets('another-admin-token-of-it', io.clock);
  const sealed = secrets.seal('the token');
  expect(sealed).not.toBe(secrets.seal('the token'));
  expect([secrets.unseal(sealed), other.unseal(sealed), secrets.unseal('nonsense')]).toEqual([
    'the token',
    undefined,
    undefined,
  ]);
  const [one, two] = ['a'.repeat(32) as ShareId, 'b'.repeat(32) as ShareId];
  const cookie = secrets.visit(one);
  expect([secrets.isVisit(one, cookie), secrets.isVisit(two, cookie), other.isVisit(one, cookie)]).toEqual([
    true,
    false,
    false,
  ]);
  pass(VISIT_SECONDS * 1_000);
  expect(secrets.isVisit(one, cookie)).toBe(false);
});
