import { expect, test } from 'vitest';
import { works } from '../lifecycle/works.fakes.ts';
import { shaOf } from '../model/ids.ts';
import { PROJECT } from '../testing/test-project.ts';
import { stateOf } from './copy-state.ts';

const { signal } = new AbortController();
const SHA = shaOf('one');

/** Archived, and damaged in hot. */
async function damaged(...paths: string[]) {
  const work = await works();
  for (const path of paths) await work.write(path, 'one');
  await work.run({ kind: 'archive', project: PROJECT });
  work.hot.damage(SHA, Buffer.from('0ne'));
  return work;
}

test('a damaged copy is replaced also while a reader looks whether it is there', async () => {
  const { hot, rehydrator } = await damaged('a');
  const [looked, replaced] = await Promise.all([
    rehydrator.rehydrate(SHA, PROJECT, signal),
    rehydrator.replace(SHA, PROJECT, signal),
  ]);
  expect([looked.kind, replaced.kind]).toEqual(['there', 'rehydrated']);
  expect(await stateOf(() => hot.get(SHA))).toBe('good');
});

test('a strict promotion that ends well has good bytes in hot, also of content that several paths have', async () => {
  const { run, hot } = await damaged('a', 'b', 'c', 'd');
  const done = await run({ kind: 'promote', mode: 'strict', project: PROJECT });
  expect(done.failures).toEqual({ count: 0, listed: [] });
  expect(await stateOf(() => hot.get(SHA))).toBe('good');
});

test('a copy that goes while a strict promotion reads it is fetched', async () => {
  const { run, tiers, hot } = await damaged('a');
  const reads = tiers.hot.get;
  let isFirst = true;
  Object.assign(tiers.hot, {
    get: async (...args: Parameters<typeof reads>) => {
      if (isFirst) await hot.delete(SHA);
      isFirst = false;
      return reads(...args);
    },
  });
  const done = await run({ kind: 'promote', mode: 'strict', project: PROJECT });
  expect(done.failures.count).toBe(0);
  expect(await stateOf(() => hot.get(SHA))).toBe('good');
});
