// NATS was lost, and somebody took a project's name before it was brought back from cold: both histories are kept.
import { expect, test } from 'vitest';
import { DELETE_GRACE_MS, undeleteProject } from '../commit/delete-project.ts';
import { renameProject } from '../commit/rename-project.ts';
import { purgeDeleted } from '../lifecycle/purge-deleted.ts';
import { restoreIndex } from '../lifecycle/restore-index.ts';
import { works, worksOn } from '../lifecycle/works.fakes.ts';
import { parseProjectName, shaOf } from '../model/ids.ts';
import { RESTORE_POINTS } from '../model/restore-point.ts';
import { collect } from '../store/object-store.ts';
import { ACTOR, PROJECT } from '../testing/test-project.ts';
import { readTier } from './project-tier.ts';
import { readThrough } from './read-through.ts';

const archive = { kind: 'archive', project: PROJECT } as const;
const { signal } = new AbortController();
const DAY_MS = 86_400_000;

async function disaster() {
  const before = await works();
  await before.write('a', 'of before');
  await before.run(archive);
  const after = await worksOn(before.cold, before);
  await after.write('b', 'of after');
  await after.run(archive);
  const documents = async () => {
    const keys: string[] = [];
    for await (const key of before.cold.listDocuments(RESTORE_POINTS)) keys.push(key);
    return keys.sort();
  };
  return { ...after, pass: before.pass, documents };
}

test('a name that was taken before its project was restored: the older history comes back as deleted, and byte for byte', async () => {
  const { tiers, io, run, write, documents } = await disaster();
  expect(await documents()).toEqual([
    'projects/demo/current.json',
    expect.stringMatching(/^projects\/demo\/former\/[0-9a-f]{64}\.json$/),
  ]);
  await write('c', 'more');
  await run(archive);
  expect(await documents()).toHaveLength(2);

  const restored = async () =>
    (await restoreIndex(tiers, { signal })).map(({ project, outcome }) => `${project} ${outcome.kind}`);
  expect(await restored()).toEqual(['demo exists', 'demo deleted']);
  expect(await restored()).toEqual(['demo exists', 'demo exists']);
  // What the name stands for now is not touched.
  expect(await readTier(tiers.index, PROJECT)).toBeUndefined();
  expect((await undeleteProject(io, PROJECT)).kind).toBe('exists');
  await renameProject(io, PROJECT, parseProjectName('newer'), ACTOR);
  expect(await undeleteProject(io, PROJECT)).toMatchObject({ kind: 'restored', at: { current: { files: 1 } } });
  const { bytes } = await readThrough(tiers.hot, tiers.cold, shaOf('of before'));
  expect(Buffer.from(await collect(bytes)).toString()).toBe('of before');
});

test('I3: no sweep takes what only a former restore point needs, until its grace has ended', async () => {
  const { tiers, run, pass, isCold, documents } = await disaster();
  const sweepTwice = async () => {
    for (let i = 0; i < 2; i++) {
      pass(2 * DAY_MS);
      await purgeDeleted(tiers, async () => undefined);
      await run({ kind: 'sweep' });
    }
  };
  await sweepTwice();
  expect(await isCold('of before')).toBe(true);
  pass(DELETE_GRACE_MS);
  await sweepTwice();
  await sweepTwice();
  expect([await isCold('of before'), await isCold('of after')]).toEqual([false, true]);
  expect(await documents()).toEqual(['projects/demo/current.json']);
});
