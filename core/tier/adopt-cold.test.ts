import { expect, test } from 'vitest';
import { parseTenant, shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { memoryColdStore } from '../store/memory-cold-store.ts';
import { commitText, memoryCommitIo, newProject, PROJECT } from '../testing/test-project.ts';
import { adoptCold } from './adopt-cold.ts';
import { ObjectArchiver } from './archive-object.ts';
import { coldStanding, takeCold } from './cold-identity.ts';
import { evictObject } from './evict.ts';
import { readRecord } from './object-records.ts';
import type { TierIo } from './tier-io.ts';

const { signal } = new AbortController();
const tenant = parseTenant('default');
const TEXTS = ['in hot', 'in the new one too', 'only in the old one'] as const;
const [IN_HOT, IN_BOTH, LOST] = [shaOf(TEXTS[0]), shaOf(TEXTS[1]), shaOf(TEXTS[2])];

/** All three are archived in one cold storage, two of them evicted, and then the settings name another one. */
async function moved() {
  const commitIo = memoryCommitIo();
  await newProject(commitIo);
  const { index, nodes, clock, objects: hot } = commitIo;
  const told: string[] = [];
  const events = {
    publish: async (all: readonly { readonly id: string }[]) => {
      told.push(...all.map(({ id }) => id));
    },
  };
  const old: TierIo = { tenant, hot, cold: memoryColdStore(tenant), nodes, index, events, clock, log: silentLog };
  await takeCold({ cold: old.cold, index, place: 'the old one' });
  for (const text of TEXTS) {
    await commitText(commitIo, `docs/${text}`, text);
    const object = { sha: shaOf(text), sizeBytes: text.length, project: PROJECT };
    await new ObjectArchiver(old).archive(object, signal);
    if (text === 'in hot') continue;
    const stat = await hot.stat(object.sha);
    const touchedAt = stat.kind === 'present' ? stat.touchedAt : 0;
    await evictObject(old, { ...object, touchedAt }, { pinned: new Set(), metadata: new Set() });
  }
  const io: TierIo = { ...old, cold: memoryColdStore(tenant) };
  await io.cold.put(IN_BOTH, TEXTS[1].length, Buffer.from(TEXTS[1]));
  told.length = 0;
  return { io, old, told };
}

test('I3: no record of the other cold storage stays a proof; what is in neither is named; the rest is archived anew', async () => {
  const { io, told } = await moved();
  const lost = [{ project: PROJECT, path: `docs/${TEXTS[2]}`, sha: LOST }];
  expect(await adoptCold(io, 'the new one')).toEqual({ kind: 'adopted', toArchive: 1, foundHere: 1, lost });
  expect((await readRecord(io.index, IN_HOT))?.cold).toBeUndefined();
  expect((await readRecord(io.index, LOST))?.cold).toBeUndefined();
  expect((await readRecord(io.index, IN_BOTH))?.cold, 'a length alone is read first').toMatchObject({ unread: true });
  expect(told).toEqual([expect.stringMatching(`^archived-${IN_BOTH}`)]);
  const object = { sha: IN_HOT, sizeBytes: TEXTS[0].length, project: PROJECT };
  expect((await new ObjectArchiver(io).archive(object, signal)).kind).toBe('archived');
  expect((await io.cold.check(IN_HOT, object)).kind).toBe('proven');
});

test('the adopted one is known from then on, the old one is strange, and adopting again does nothing', async () => {
  const { io, old } = await moved();
  await adoptCold(io, 'the new one');
  const adoptedAt = expect.any(Number);
  expect(await coldStanding({ ...io, place: 'the new one' })).toMatchObject({ kind: 'own', adoptedAt });
  expect(await coldStanding({ ...old, place: 'the old one' })).toMatchObject({
    kind: 'strange',
    known: { place: 'the new one' },
  });
  expect(await adoptCold(io, 'the new one')).toEqual({ kind: 'own' });
});

test('the way back is open: adopted again, the old one has what only it had', async () => {
  const { io, old } = await moved();
  await adoptCold(io, 'the new one');
  expect(await adoptCold(old, 'the old one')).toMatchObject({ toArchive: 1, foundHere: 2, lost: [] });
});

test('an adoption that was cut off leaves the storage strange, and is said in full by the next one', async () => {
  const { io } = await moved();
  const cutOff = { ...io, cold: { ...io.cold, putDocument: async () => Promise.reject(new Error('killed')) } };
  const events = { publish: async () => Promise.reject(new Error('killed')) };
  await expect(adoptCold({ ...io, events }, 'the new one')).rejects.toThrow('killed');
  expect((await coldStanding({ ...io, place: 'the new one' })).kind).toBe('strange');
  await expect(adoptCold(cutOff, 'the new one')).rejects.toThrow('killed');
  expect(await adoptCold(io, 'the new one')).toMatchObject({ toArchive: 1, foundHere: 1, lost: [{ sha: LOST }] });
});
