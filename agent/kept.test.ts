import { expect, test } from 'vitest';
import { FakeWorkspace, ROOT } from './incoming/workspace.fakes.ts';
import { KEPT_DAYS, listKept, listReplaced } from './kept.ts';
import { agesOfKept, DAY_MS } from './kept-ages.ts';
import { stagingFolder } from './marker.ts';

const STAGING = stagingFolder(ROOT);

async function opened() {
  const first = await FakeWorkspace.open();
  await first.commit({ one: 'in history', two: 'in history too' });
  await first.inSync();
  await first.close();
  return first;
}

const keptOf = ({ machine }: FakeWorkspace): string[] => {
  const { disk } = machine.start();
  return listKept(disk, ROOT).map((file) => disk.readText(file));
};

test('I8: a start keeps what was being replaced, and removes what was only staged', async () => {
  const before = await opened();
  const { machine } = before;
  machine.writeFile(`${STAGING}/get-1-1`, Buffer.from('half a download'));
  machine.writeFile(`${STAGING}/old-1-2`, Buffer.from('perhaps the only copy'));
  const again = await before.again();
  expect(keptOf(again)).toEqual(['perhaps the only copy']);
  expect(machine.start().disk.readDirectory(STAGING)).toEqual([]);
  await again.close();
});

test('a version that the project has is not kept: the crash came before its name was given up', async () => {
  const before = await opened();
  const { machine } = before;
  const { disk } = machine.start();
  disk.link(`${ROOT}/one`, `${STAGING}/old-1-1`);
  await before.commit({ two: undefined });
  disk.rename(`${ROOT}/two`, `${STAGING}/old-1-2`);
  machine.writeFile(`${STAGING}/old-1-2`, Buffer.from('written before it lost its name'));
  const again = await before.again();
  expect(keptOf(again)).toEqual(['written before it lost its name']);
  expect(listReplaced(disk, ROOT)).toEqual([]);
  await again.close();
});

/** Starts each day, for an instant. */
async function startDaily(before: FakeWorkspace, days: number): Promise<void> {
  for (let day = 0; day < days; day++) {
    await before.io.clock.sleep(DAY_MS);
    await (await before.again()).close();
  }
}

test('what is kept is there for its days, and then it goes', async () => {
  const before = await opened();
  const { machine } = before;
  machine.writeFile(`${STAGING}/old-1-1`, Buffer.from('an edit'));
  await (await before.again()).close();
  await startDaily(before, KEPT_DAYS - 1);
  expect(keptOf(before)).toEqual(['an edit']);
  await startDaily(before, 1);
  expect(keptOf(before)).toEqual([]);
});

test('I8: a clock that is set forward by months, or an agent that was away as long, does not remove what may be the only copy', async () => {
  const before = await opened();
  const { machine, io } = before;
  machine.writeFile(`${STAGING}/old-1-1`, Buffer.from('an edit'));
  await (await before.again()).close();
  for (let jump = 0; jump < 2; jump++) {
    await io.clock.sleep(3 * KEPT_DAYS * DAY_MS);
    await (await before.again()).close();
    expect(keptOf(before)).toEqual(['an edit']);
  }
  // Records that are lost tell of no days.
  machine.loseDatabases();
  await (await before.again()).close();
  expect(keptOf(before)).toEqual(['an edit']);
  await startDaily(before, KEPT_DAYS);
  expect(keptOf(before)).toEqual([]);
});

test('a clock that is set back ages nothing, and each file has its own days', () => {
  const metas = new Map<string, string>();
  const state = {
    meta: (key: string) => metas.get(key),
    setMeta: (key: string, value: string) => metas.set(key, value),
  };
  const ages = (names: readonly string[], day: number) =>
    [...agesOfKept(state, names, day * DAY_MS)].map(([name, age]) => `${name} ${age / DAY_MS}`);
  expect(ages(['a'], 100)).toEqual(['a 0']);
  expect(ages(['a', 'b'], 100.5)).toEqual(['a 0.5', 'b 0']);
  expect(ages(['a', 'b'], 40)).toEqual(['a 0.5', 'b 0']);
  expect(ages(['a', 'b'], 41)).toEqual(['a 1.5', 'b 1']);
  expect(ages(['b'], 400)).toEqual(['b 2']);
  expect(ages([], 401)).toEqual([]);
  expect(ages(['b'], 402)).toEqual(['b 0']);
  metas.set('kept', '{"at":');
  expect(ages(['b'], 403)).toEqual(['b 0']);
});

test('I8: what a running agent could not put back waits in staging for no start', async () => {
  const workspace = await FakeWorkspace.open();
  workspace.machine.writeFile(`${STAGING}/old-1-1`, Buffer.from('a newer edit came under its name'));
  await workspace.io.clock.sleep(600_000);
  await workspace.nextChange();
  expect(keptOf(workspace)).toEqual(['a newer edit came under its name']);
  await workspace.close();
});
