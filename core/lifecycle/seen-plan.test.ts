import { expect, test } from 'vitest';
import { PROJECT } from '../testing/test-project.ts';
import { SWEEP_GRACE_MS } from './sweep.ts';
import { works } from './works.fakes.ts';

const evict = { kind: 'evict', by: 'hand', project: PROJECT } as const;
const sweep = { kind: 'sweep' } as const;

test('I4: an eviction whose plan has grown since a person read it takes nothing away', async () => {
  const { run, write, isHot } = await works();
  await write('a', 'one');
  await run({ kind: 'archive', project: PROJECT });
  const { plan: seen } = await run(evict, { dryRun: true });
  await write('b', 'two');
  await run({ kind: 'archive', project: PROJECT });
  await expect(run(evict, { seen: { items: seen?.items ?? 0, bytes: seen?.bytes ?? 0 } })).rejects.toThrow(
    'Nothing was done: 2 objects (6 bytes) would go by now, where the plan that was read had 1 (3 bytes). Plan it again',
  );
  expect([await isHot('one'), await isHot('two')]).toEqual([true, true]);
  expect((await run(evict, { seen: { items: 2, bytes: 6 } })).sentence).toMatch(/^Evicted 2 objects/);
  // What is less than was read is done.
  expect((await run(evict, { seen: { items: 2, bytes: 6 } })).sentence).toMatch(/^Evicted 0 objects/);
});

test('I4: so does a sweep', async () => {
  const { run, write, isCold, forgetSoon, pass } = await works();
  await forgetSoon();
  for (const text of ['one', 'two']) {
    await write('a', text);
    await run({ kind: 'archive', project: PROJECT });
  }
  pass(SWEEP_GRACE_MS + 1);
  await run(sweep);
  await expect(run(sweep, { seen: { items: 1, bytes: 3 } })).rejects.toThrow(
    /where the plan that was read had 1 \(3 bytes\)/,
  );
  expect(await isCold('one')).toBe(true);
  const { plan } = await run(sweep, { dryRun: true });
  await run(sweep, { seen: { items: plan?.items ?? 0, bytes: plan?.bytes ?? 0 } });
  expect(await isCold('one')).toBe(false);
});
