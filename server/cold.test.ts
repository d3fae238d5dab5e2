// What a server makes of a cold storage that is not the one that its records speak of: on stores in memory.
import { expect, test } from 'vitest';
import { parseTenant, shaOf } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { memoryColdStore } from '../core/store/memory-cold-store.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { virtualClock } from '../core/testing/virtual-clock.ts';
import { StrangeColdError } from '../core/tier/cold-identity.ts';
import { ColdWatch } from './cold.ts';
import { Health } from './health.ts';

const tenant = parseTenant('default');
const SHA = shaOf('content');

function server(index = memoryKeyValue(), cold = memoryColdStore(tenant), place = 'the first place') {
  const clock = virtualClock();
  const health = new Health(
    {
      nats: { ask: async () => {}, awaySince: undefined },
      cold,
      archiveLag: () => undefined,
      audit: () => ({ trouble: undefined, isFailing: false }),
      pingReadModel: () => {},
      now: () => clock.now(),
    },
    () => {},
  );
  const watch = new ColdWatch({ cold, index, place, onAdopted: () => {}, clock, log: silentLog }, health);
  const coldCheck = async () => (await health.check()).find(({ name }) => name === 'cold');
  return { index, cold, health, watch, coldCheck };
}

test('a new cold storage becomes the one of the records, and its server says nothing', async () => {
  const { watch, health, coldCheck } = server();
  expect((await watch.look()).kind).toBe('own');
  await watch.usable;
  await watch.requireOwn();
  expect([health.trouble(), health.isColdStrange]).toEqual([undefined, false]);
  expect(await coldCheck()).toMatchObject({ ok: true });
});

test('I3: with another cold storage nothing is archived or proven, pages and /readyz say so, and it ends when the old one is back', async () => {
  const first = server();
  await first.watch.look();
  const storage = memoryColdStore(tenant);
  const probed: string[] = [];
  const probe = async () => {
    probed.push('probed');
    return storage.probe();
  };
  const { watch, health, coldCheck, cold } = server(first.index, { ...storage, probe }, 'a mistyped place');
  expect(await watch.look()).toMatchObject({ kind: 'strange', found: 'none' });
  await watch.answered;
  await expect(watch.requireOwn()).rejects.toThrow(StrangeColdError);
  await expect(watch.guarded().put(SHA, 7, Buffer.from('content'))).rejects.toThrow(StoreUnavailableError);
  expect((await cold.check(SHA, { sizeBytes: 7 })).kind).toBe('absent');
  expect(health.isColdStrange).toBe(true);
  expect(health.trouble()?.sentence).toMatch(
    /they speak of the first place, and a mistyped place .* fs-sync cold adopt/,
  );
  expect(await coldCheck()).toMatchObject({ ok: false, detail: expect.stringContaining('not the one') });
  expect(probed, 'a bucket is not made where its name was mistyped').toEqual([]);

  const mark = await first.cold.getDocument('identity.json');
  if (mark) await storage.putDocument('identity.json', mark);
  await watch.requireOwn();
  await watch.usable;
  expect(probed).toEqual(['probed']);
  await watch.guarded().put(SHA, 7, Buffer.from('content'));
  expect(health.trouble()).toBeUndefined();
});

test('a cold storage that does not answer is no strange one', async () => {
  const { watch, cold, health } = server();
  await watch.look();
  cold.setAway(true);
  await expect(watch.requireOwn()).rejects.toThrow(StoreUnavailableError);
  expect(health.isColdStrange).toBe(false);
});
