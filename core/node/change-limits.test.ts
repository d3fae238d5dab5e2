import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LEAST_LIMITS } from '../model/node-desired.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { changeDesired, readDesired } from './change-desired.ts';
import { changeLimits, type LimitChange, type LimitField, limitFields } from './change-limits.ts';
import { NODE } from './node-records.fakes.ts';

const change = (field: LimitField, seen: number | undefined, to: number | undefined): LimitChange => ({
  field,
  seen,
  to,
});

test('two people who change different limits at once both have theirs', async () => {
  const nodes = memoryKeyValue();
  const outcomes = await Promise.all([
    changeLimits(nodes, NODE, [change('up_bytes_per_s', undefined, 5_000), change('open_files', undefined, undefined)]),
    changeLimits(nodes, NODE, [change('up_bytes_per_s', undefined, undefined), change('open_files', undefined, 64)]),
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['limits-changed', 'limits-changed']);
  expect((await readDesired(nodes, NODE))?.limits).toEqual({ up_bytes_per_s: 5_000, open_files: 64 });
});

test('of two who change the same limit at once one is told what it is now, and nothing of theirs is half done', async () => {
  const nodes = memoryKeyValue();
  const [first, second] = await Promise.all([
    changeLimits(nodes, NODE, [change('up_bytes_per_s', undefined, 5_000)]),
    changeLimits(nodes, NODE, [change('up_bytes_per_s', undefined, 9_000), change('memory_bytes', undefined, 7e7)]),
  ]);
  const told = first.kind === 'limits-moved' ? first : second;
  expect(told).toMatchObject({ kind: 'limits-moved', fields: ['up_bytes_per_s'] });
  const limits = (await readDesired(nodes, NODE))?.limits;
  expect(told.limits).toEqual(limits);
  expect([{ up_bytes_per_s: 5_000 }, { up_bytes_per_s: 9_000, memory_bytes: 7e7 }]).toContainEqual(limits);
});

test('sent twice it is done once, and an emptied one is as configured again', async () => {
  const nodes = memoryKeyValue();
  const set = [change('down_bytes_per_s', undefined, 3_000)];
  await changeLimits(nodes, NODE, set);
  const revision = (await nodes.get('node-a.desired'))?.revision;
  expect(await changeLimits(nodes, NODE, set)).toEqual({
    kind: 'limits-unchanged',
    limits: { down_bytes_per_s: 3_000 },
  });
  expect((await nodes.get('node-a.desired'))?.revision).toBe(revision);
  await changeLimits(nodes, NODE, [change('down_bytes_per_s', 3_000, undefined)]);
  expect((await readDesired(nodes, NODE))?.limits).toEqual({});
});

test('with less than anything could be carried with, nothing is changed; what was so before stays', async () => {
  const nodes = memoryKeyValue();
  await changeDesired(nodes, NODE, (desired) => ({ ...desired, limits: { memory_bytes: 1 } }));
  for (const field of limitFields) {
    const [seen, to] = [field === 'memory_bytes' ? 1 : undefined, LEAST_LIMITS[field] - 1];
    const other = field === 'open_files' ? 'up_bytes_per_s' : 'open_files';
    const outcome = await changeLimits(nodes, NODE, [change(field, seen, to), change(other, undefined, 1e6)]);
    expect(outcome).toEqual({ kind: 'limits-too-small', limits: { memory_bytes: 1 }, fields: [field] });
  }
  const untouched = [change('memory_bytes', 1, 1), change('open_files', undefined, LEAST_LIMITS.open_files)];
  expect((await changeLimits(nodes, NODE, untouched)).limits).toEqual({ memory_bytes: 1, open_files: 4 });
});

test('whatever people change from what they saw, no other record of the node is touched and no unseen value overwritten', async () => {
  const value = fc.option(fc.constantFrom(1e7, 2e7, 3e7), { nil: undefined });
  const changes = fc.uniqueArray(fc.record({ field: fc.constantFrom(...limitFields), seen: value, to: value }), {
    selector: ({ field }) => field,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(changes, { maxLength: 5 }), async (people) => {
      const nodes = memoryKeyValue();
      await changeDesired(nodes, NODE, (desired) => ({ ...desired, answers: { q: 'allow' } }));
      for (const asked of people) {
        const before = (await readDesired(nodes, NODE))?.limits ?? {};
        const outcome = await changeLimits(nodes, NODE, asked);
        const after = await readDesired(nodes, NODE);
        expect(after?.answers).toEqual({ q: 'allow' });
        expect(after?.limits ?? {}).toEqual(outcome.kind === 'limits-changed' ? outcome.limits : before);
        for (const { field, seen, to } of asked) {
          const now = after?.limits?.[field];
          if (now !== before[field]) expect([before[field], now]).toEqual([seen, to]);
        }
      }
    }),
  );
});
