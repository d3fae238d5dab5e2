// I12 beside servers that lag: what they say is never taken for a `current` that went back.
import { expect, test } from 'vitest';
import { readCurrent } from '../core/commit/current.ts';
import { parseProjectName } from '../core/model/ids.ts';
import { currentKey } from '../core/model/index-keys.ts';
import { silentLog } from '../core/model/log.ts';
import type { KvEntry } from '../core/store/key-value.ts';
import { FakeWorkspace } from './incoming/workspace.fakes.ts';

const PROJECT = parseProjectName('demo');
const KEY = currentKey(PROJECT);

test('I12, I2: a server that lags when the line is back takes nothing back, and what comes next comes', async () => {
  const warned: string[] = [];
  const log = { ...silentLog, warn: (_: object, what?: string) => void warned.push(what ?? '') };
  let lagging: KvEntry | undefined;
  let asked = 0;
  const w = await FakeWorkspace.open({
    log,
    index: (index) => ({
      ...index,
      get: async (key, options) => {
        if (options?.newest) asked++;
        return (key === KEY && !options?.newest ? lagging : undefined) ?? index.get(key, options);
      },
    }),
  });
  await w.commit({ x: '1', y: 'y' });
  await w.inSync();
  const older = await w.io.index.get(KEY);
  await w.commit({ x: '2' });
  await w.inSync();
  lagging = older;
  w.breakLine();
  asked = 0;
  await w.commit({ z: 'z' });
  await w.inSync();
  expect([asked > 0, warned, w.tree()]).toEqual([true, [], { x: '2', y: 'y', z: 'z' }]);
  const at = await readCurrent(w.io.index, PROJECT);
  expect(at?.current.files).toBe(3);
  await w.close();
});

test('I12: who decides no more answers with what is older than was told on the same line: nothing is done until it is known', async () => {
  let older: KvEntry | undefined;
  let staleLeft = 0;
  const w = await FakeWorkspace.open({
    index: (index) => ({
      ...index,
      get: async (key, options) => (key === KEY && staleLeft > 0 && staleLeft-- > 0 ? older : index.get(key, options)),
    }),
  });
  await w.commit({ x: '1' });
  await w.inSync();
  older = await w.io.index.get(KEY);
  await w.commit({ x: '2' });
  await w.inSync();
  w.breakLine();
  staleLeft = 2;
  await w.commit({ z: 'z' });
  await w.until(({ state }) => state !== 'in-sync');
  await w.inSync();
  expect([staleLeft, w.tree()]).toEqual([0, { x: '2', z: 'z' }]);
  await w.close();
});
