// Share links on stores in memory: what opens one, how often, until when, and what is told of it.
import { describe, expect, test } from 'vitest';
import type { CommitIo } from '../commit/commit.ts';
import { readCurrent } from '../commit/current.ts';
import { deleteProject, deletionsOf } from '../commit/delete-project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { assert } from '../model/assert.ts';
import { parseProjectName } from '../model/ids.ts';
import { shareKey } from '../model/index-keys.ts';
import { shareState } from '../model/share.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { ACTOR, commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { passwordFits } from './password.ts';
import { DAY_MS, shareWorks, WHOLE } from './share.fakes.ts';
import { createShare, followRenameOfShares, listShares, readShare, revokeShare, useShare } from './shares.ts';
import { tellShare } from './tell-share.ts';
import { idOfToken } from './token.ts';

describe('a share link', () => {
  test('is found by its token’s hash, and its record has neither the token nor the password', async () => {
    const { io, share } = shareWorks();
    const { share: made, token } = await share({ password: 'correct horse' });
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(idOfToken(token)).toBe(made.id);
    const entry = await io.shares.get(shareKey(made.id));
    const text = Buffer.from(entry?.value ?? []).toString();
    expect(text).not.toContain(token);
    expect(text).not.toContain('correct horse');
    expect((await readShare(io.shares, made.id))?.share).toEqual(made);
  });

  test('a token that was changed in any place opens nothing, and what is no token is not looked for', async () => {
    const { io, share } = shareWorks();
    const { token } = await share();
    for (let at = 0; at < token.length - 1; at++) {
      const other = token[at] === 'A' ? 'B' : 'A';
      const id = idOfToken(token.slice(0, at) + other + token.slice(at + 1));
      expect(id && (await readShare(io.shares, id))).toBeUndefined();
    }
    for (const odd of ['', '../x', `${token}x`, token.slice(1), 'shares.*', '*'])
      expect(idOfToken(odd)).toBeUndefined();
    expect(await readShare(io.shares, '*')).toBeUndefined();
  });

  test('takes its password, however its letters were typed, and no other', async () => {
    const { share } = shareWorks();
    const { share: made } = await share({ password: 'Zürich' });
    const kept = made.password ?? { salt: '', hash: '' };
    expect(await passwordFits(kept, 'Zu\u0308rich')).toBe(true);
    expect(await passwordFits(kept, 'Zurich')).toBe(false);
    expect(await passwordFits(kept, '')).toBe(false);
  });

  test('of many who come at once no more get in than may, and each use is told once, before it is one', async () => {
    const { io, told, share } = shareWorks();
    const { share: made } = await share({ maxUses: 3 });
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => useShare(io, made.id, '192.0.2.1')));
    expect(outcomes.filter(({ kind }) => kind === 'used')).toHaveLength(3);
    for (const outcome of outcomes) {
      if (outcome.kind === 'closed') expect(outcome.reason).toBe('used-up');
    }
    const uses = told.filter(({ type }) => type === 'ShareUsed');
    expect(uses.map(({ payload }) => 'uses' in payload && payload.uses)).toEqual([1, 2, 3]);
    expect(new Set(uses.map(({ id }) => id)).size).toBe(3);
  });

  test('nobody gets in by a use that could not be told', async () => {
    const { io, share } = shareWorks();
    const { share: made } = await share();
    const deaf = { ...io, events: { publish: () => Promise.reject(new StoreUnavailableError('hot', 'away')) } };
    await expect(useShare(deaf, made.id, undefined)).rejects.toThrow(StoreUnavailableError);
    await expect(createShare(deaf, { scope: WHOLE, since: 1, actor: ACTOR })).rejects.toThrow(StoreUnavailableError);
  });

  test('ends when it expires, and when it is revoked, which is said once and may be said again', async () => {
    const { io, told, pass, share } = shareWorks();
    const { share: made } = await share({ expiresAt: io.clock.now() + DAY_MS });
    const { share: other } = await share();
    expect((await useShare(io, made.id, undefined)).kind).toBe('used');
    pass(DAY_MS);
    expect(await useShare(io, made.id, undefined)).toMatchObject({ kind: 'closed', reason: 'expired' });
    expect((await revokeShare(io, other.id, ACTOR)).kind).toBe('revoked');
    expect((await revokeShare(io, other.id, ACTOR)).kind).toBe('revoked-before');
    expect(await useShare(io, other.id, undefined)).toMatchObject({ kind: 'closed', reason: 'revoked' });
    const ids = told.filter(({ type }) => type === 'ShareRevoked').map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    expect(await revokeShare(io, 'ffffffffffffffffffffffffffffffff', ACTOR)).toEqual({ kind: 'no-share' });
  });

  test('of a link without a number of uses, each is counted, and those of one address are told once a minute', async () => {
    const { io, told, pass, share } = shareWorks();
    const { share: made } = await share();
    for (let i = 0; i < 50; i++) await useShare(io, made.id, '192.0.2.1');
    await useShare(io, made.id, '192.0.2.2');
    pass(60_000);
    await useShare(io, made.id, '192.0.2.1');
    const ids = told.filter(({ type }) => type === 'ShareUsed').map(({ id }) => id);
    expect(new Set(ids).size).toBe(3);
    expect((await readShare(io.shares, made.id))?.share.uses).toBe(52);
  });

  test('refusals of one reason are told once a minute', async () => {
    const { io, told, pass, share } = shareWorks();
    const { share: made } = await share();
    const refuse = (reason: 'expired' | 'gone') =>
      tellShare(io, made, { kind: 'refused', reason, at: io.clock.now(), from: undefined });
    await refuse('expired');
    await refuse('expired');
    await refuse('gone');
    pass(60_000);
    await refuse('expired');
    const ids = told.filter(({ type }) => type === 'ShareRefused').map(({ id }) => id);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(3);
  });

  test('a link follows its project to its new name, and all are listed, the newest first', async () => {
    const { io, pass, share } = shareWorks();
    const stores = memoryCommitIo();
    await newProject(stores);
    const since = await seen(stores);
    const { share: first } = await share({ since });
    pass(1_000);
    const { share: second } = await share({ since });
    const to = parseProjectName('renamed');
    await renameProject(stores, PROJECT, to, ACTOR);
    await followRenameOfShares({ ...io, index: stores.index }, PROJECT, to);
    await followRenameOfShares({ ...io, index: stores.index }, PROJECT, to);
    const listed = await listShares(io.shares);
    expect(listed.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(listed.map(({ scope }) => scope.project)).toEqual([to, to]);
    expect(listed.map((one) => shareState(one, io.clock.now()))).toEqual(['active', 'active']);
  });

  test('of a deleted project stays behind when another one that got its name is renamed, and so ends with it', async () => {
    const { io, share } = shareWorks();
    const stores = memoryCommitIo();
    await newProject(stores);
    await commitText(stores, 'a.md', 'secret');
    const { share: old } = await share({ since: await seen(stores) });
    const at = await readCurrent(stores.index, PROJECT);
    assert(at, 'it was made');
    await deleteProject(stores, at);
    await newProject(stores);
    const { share: young } = await share({ since: await seen(stores) });
    const to = parseProjectName('renamed');
    await renameProject(stores, PROJECT, to, ACTOR);
    await followRenameOfShares({ ...io, index: stores.index }, PROJECT, to);
    const projectOf = async (id: string) => (await readShare(io.shares, id))?.share.scope.project;
    expect([await projectOf(old.id), await projectOf(young.id)]).toEqual([PROJECT, to]);
  });

  test('follows its project there and back again, and ends with the name’s next deletion', async () => {
    const { io, share } = shareWorks();
    const stores = memoryCommitIo();
    const to = parseProjectName('renamed');
    await newProject(stores);
    const { share: made } = await share({ since: await seen(stores) });
    for (const [from, next] of [[PROJECT, to] as const, [to, PROJECT] as const]) {
      await renameProject(stores, from, next, ACTOR);
      await followRenameOfShares({ ...io, index: stores.index }, from, next);
    }
    const since = (await readShare(io.shares, made.id))?.share.since ?? 0;
    const endsAfter = async () =>
      (await deletionsOf(stores.index, PROJECT)).filter(({ revision }) => revision > since).length;
    expect(await endsAfter()).toBe(0);
    const at = await readCurrent(stores.index, PROJECT);
    assert(at, 'it is back');
    await deleteProject(stores, at);
    expect(await endsAfter()).toBe(1);
  });
});

async function seen({ index }: Pick<CommitIo, 'index'>): Promise<number> {
  const at = await readCurrent(index, PROJECT);
  assert(at, 'it is there');
  return at.revision;
}
