// What a status says while the line to NATS is broken: also when a step had nothing to try, and so did not fail.
import { afterEach, expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { parseProjectName } from '../core/model/ids.ts';
import type { KeyValue } from '../core/store/key-value.ts';
import { StoreUnavailableError } from '../core/store/store-errors.ts';
import { FakeWorkspace, ROOT } from './incoming/workspace.fakes.ts';

let w: FakeWorkspace;
afterEach(() => w.close());

test('a workspace whose line broke in the middle of a commit says so until NATS answers again', async () => {
  let isAway = false;
  let swaps = 0;
  const whileThere = <T>(ask: () => Promise<T>): Promise<T> =>
    isAway ? Promise.reject(new StoreUnavailableError('hot', 'NATS is away')) : ask();
  const index = (kept: KeyValue): KeyValue => ({
    ...kept,
    get: (key, options) => whileThere(() => kept.get(key, options)),
    compareAndSet(key, value, revision) {
      if (++swaps === 1) {
        isAway = true;
        w.breakLine();
      }
      return whileThere(() => kept.compareAndSet(key, value, revision));
    },
  });
  w = await FakeWorkspace.open({ index });
  const file = w.machine.start().disk.open(`${ROOT}/mine`, 'create');
  file.write(Buffer.from('m'), 0);
  file.close();
  await w.until(({ state }) => state === 'blocked');
  const said = new Set<string>();
  void w.until(({ state, sentence }) => {
    said.add(`${state}: ${sentence.replace(/ Since .*/, '')}`);
    return !isAway;
  });
  // Its clock is the test's: this takes no time.
  await w.io.clock.sleep(60_000);
  expect(said.size).toBeGreaterThan(0);
  expect([...said].filter((one) => !/^blocked: NATS /.test(one))).toEqual([]);
  isAway = false;
  await w.commit({ theirs: 't' });
  await w.until(({ state, files }) => state === 'in-sync' && files === 2);
  expect((await readCurrent(w.io.index, parseProjectName('demo')))?.current.files).toBe(2);
});
