// Somebody sets the clock of the machine while an agent works: back by an hour, or forward by a day. What waits goes on as
// if nothing had happened, and times of files that lie ahead are carried like any others.
import { afterEach, expect, test, vi } from 'vitest';
import { commit } from '../core/commit/commit.ts';
import { readCurrent } from '../core/commit/current.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import type { Clock } from '../core/model/clock.ts';
import { parseNodeId, parseProjectName, parseTenant, shaOf } from '../core/model/ids.ts';
import { silentLog } from '../core/model/log.ts';
import { HEARTBEAT_MS, nodeStatusSchema } from '../core/model/node-status.ts';
import { fakePath } from '../core/model/rel-path.ts';
import { memoryKeyValue } from '../core/store/memory-key-value.ts';
import { memoryObjectStore } from '../core/store/memory-object-store.ts';
import { ObjectAbsentError } from '../core/store/store-errors.ts';
import { virtualClock } from '../core/testing/virtual-clock.ts';
import { startAgent } from './agent.ts';
import { FakeWorkspace, type FakeWorkspaceOptions, ROOT } from './incoming/workspace.fakes.ts';
import { WINDOW_MS } from './outgoing/deletion-window.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const jumps = [
  ['back by an hour', -HOUR_MS],
  ['forward by a day', DAY_MS],
] as const;

/** A clock on the wall that can be set; what sleeps does not notice. */
function wallClock() {
  const inner = virtualClock();
  let aheadMs = 0;
  const clock: Clock = { now: () => inner.now() + aheadMs, sleep: (ms, signal) => inner.sleep(ms, signal) };
  return {
    clock,
    set(byMs: number): void {
      aheadMs += byMs;
    },
    /** since the beginning, whatever the wall says */
    passedMs: (): number => inner.now(),
    pass: (ms: number) => inner.sleep(ms),
  };
}

let workspace: FakeWorkspace | undefined;
afterEach(async () => {
  vi.useRealTimers();
  await workspace?.close();
  workspace = undefined;
});

async function open(options: FakeWorkspaceOptions): Promise<FakeWorkspace> {
  workspace = await FakeWorkspace.open(options);
  return workspace;
}

const head = async (at: FakeWorkspace) =>
  (await readCurrent(at.io.index, parseProjectName('demo')))?.current.commit_sha;

test.each(jumps)(
  'work goes on in both directions when the clock is set %s, without a storm of rescans',
  async (_, byMs) => {
    const wall = wallClock();
    let looks = 0;
    const at = await open({
      clock: wall.clock,
      watched: (disk) => ({
        ...disk,
        readDirectory(path) {
          if (path === ROOT) looks++;
          return disk.readDirectory(path);
        },
      }),
    });
    await at.commit({ before: 'before' });
    await at.inSync();
    at.machine.writeFile(`${ROOT}/mine`, Buffer.from('v1'));
    wall.set(byMs);
    await at.commit({ during: 'during' });
    await at.until(({ files, state }) => files === 3 && state === 'in-sync');
    looks = 0;
    const began = wall.passedMs();
    at.machine.writeFile(`${ROOT}/mine`, Buffer.from('v2'));
    await at.commit({ after: 'after' });
    await at.until(({ files, state }) => files === 4 && state === 'in-sync');
    await wall.pass(60_000);
    // One for what the watcher may have missed in a day, at most.
    expect(looks).toBeLessThanOrEqual(1);
    expect(wall.passedMs() - began).toBeLessThan(120_000);
    expect(at.tree()).toEqual({ after: 'after', before: 'before', during: 'during', mine: 'v2' });
  },
);

test.each(jumps)('what failed is tried again when its pause is over, though the clock was set %s', async (_, byMs) => {
  const wall = wallClock();
  let isMissing = true;
  const late = shaOf('late');
  const at = await open({
    clock: wall.clock,
    objects: (objects) => ({
      ...objects,
      get: async (sha, range) => {
        if (sha === late && isMissing) throw new ObjectAbsentError(sha, 'hot');
        return objects.get(sha, range);
      },
    }),
  });
  await at.commit({ late: 'late' });
  await at.until(({ problems }) => problems.length === 1);
  const began = wall.passedMs();
  wall.set(byMs);
  isMissing = false;
  await at.inSync();
  expect(at.tree()).toEqual({ late: 'late' });
  expect(wall.passedMs() - began).toBeLessThan(30_000);
});

test.each([true, false])('files from the future sync, and stay in sync (exact times: %s)', async (exactTimes) => {
  const wall = wallClock();
  const at = await open({ clock: wall.clock, disk: { exactTimes } });
  const user = at.machine.start().disk;
  wall.set(DAY_MS);
  at.machine.writeFile(`${ROOT}/made ahead`, Buffer.from('1'));
  at.machine.writeFile(`${ROOT}/empty ahead`, Buffer.alloc(0));
  await at.until(({ files, state }) => files === 2 && state === 'in-sync');
  wall.set(-DAY_MS);
  at.machine.writeFile(`${ROOT}/dated`, Buffer.from('2'));
  user.setTime(`${ROOT}/dated`, wall.clock.now() / 1000 + 400 * 86_400);
  await at.until(({ files, state }) => files === 3 && state === 'in-sync');
  const path = fakePath('from others');
  await at.io.objects.put(shaOf('3'), 1, Buffer.from('3'));
  const entry = { path, sha: shaOf('3'), size: 1, mode: 0o644, mtime: wall.clock.now() + DAY_MS };
  await commit(at.io, {
    project: parseProjectName('demo'),
    actor: { kind: 'system', id: 'test' },
    ops: [{ kind: 'put', entry, seen: 'absent' }],
  });
  await at.until(({ files, state }) => files === 4 && state === 'in-sync');
  const before = await head(at);
  // Over a full look at everything, too.
  await wall.pass(700_000);
  await at.until(({ state }) => state === 'in-sync');
  expect(await head(at)).toBe(before);
  at.machine.writeFile(`${ROOT}/made ahead`, Buffer.from('edited'));
  await at.until(({ state, base }) => state === 'in-sync' && base !== before);
  expect(at.tree()).toEqual({ dated: '2', 'empty ahead': '', 'from others': '3', 'made ahead': 'edited' });
});

/** With 40 files of which 15 were deleted by a person a moment ago. */
async function afterDeletions(clock: Clock): Promise<(from: number, to: number) => void> {
  const at = await open({ clock });
  await at.commit(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`f${n}`, `${n}`])));
  await at.inSync();
  const user = at.machine.start().disk;
  const remove = (from: number, to: number) => {
    for (let n = from; n < to; n++) user.unlink(`${ROOT}/f${n}`);
  };
  remove(0, 15);
  await at.until(({ files, state }) => files === 25 && state === 'in-sync');
  return remove;
}

test('I9: deletions of ten minutes count together when the clock is set back, and later ones do not', async () => {
  const wall = wallClock();
  const remove = await afterDeletions(wall.clock);
  wall.set(-HOUR_MS);
  await wall.pass(WINDOW_MS + 10_000);
  remove(15, 25);
  await workspace?.until(({ files, state }) => files === 15 && state === 'in-sync');
  remove(25, 38);
  await workspace?.until(({ question }) => question?.count === 23);
});

test('I9: a clock that is set forward lets nobody delete more at once than is allowed', async () => {
  const wall = wallClock();
  const remove = await afterDeletions(wall.clock);
  wall.set(DAY_MS);
  remove(15, 40);
  await workspace?.until(({ question, state }) => question?.count === 25 && state === 'blocked');
});

test('heartbeats go on whatever the clock says, and the node stays who it is', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  const wall = wallClock();
  const objects = memoryObjectStore();
  const nodes = memoryKeyValue();
  const beats: number[] = [];
  const stop = new AbortController();
  void (async () => {
    for await (const change of nodes.watch('*.status', { signal: stop.signal })) {
      if (change.kind !== 'put') continue;
      const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(change.entry.value).toString('utf8')));
      expect(status.left).toBe(false);
      beats.push(Date.parse(status.ts));
    }
  })();
  const agent = startAgent({
    nodeId: parseNodeId('a'),
    tenant: parseTenant('default'),
    workspaces: [],
    stores: { objects, index: memoryKeyValue(), nodes: objectNodes(objects), clock: wall.clock },
    nodes,
    log: silentLog,
    stateDir: '/nowhere',
  });
  try {
    for (const byMs of [0, -HOUR_MS, DAY_MS]) {
      wall.set(byMs);
      const before = beats.length;
      for (let beat = 0; beat < 3; beat++) await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
      expect(beats.length).toBeGreaterThanOrEqual(before + 3);
      expect(Math.abs((beats.at(-1) ?? 0) - wall.clock.now())).toBeLessThan(1_000);
    }
  } finally {
    stop.abort();
    vi.useRealTimers();
    await agent.stop();
  }
});
