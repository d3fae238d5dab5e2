import { expect, test } from 'vitest';
import { type Clock, isoTime } from '../../core/model/clock.ts';
import { parseNodeId } from '../../core/model/ids.ts';
import { nodeStatusKey } from '../../core/model/index-keys.ts';
import { silentLog } from '../../core/model/log.ts';
import { NODE_OFFLINE_AFTER_MS, type NodeStatus, nodeStatusSchema } from '../../core/model/node-status.ts';
import { memoryKeyValue } from '../../core/store/memory-key-value.ts';
import { StoreUnavailableError } from '../../core/store/store-errors.ts';
import { Lease } from './lease.ts';

const NODE = parseNodeId('node-a');
const never = new AbortController().signal;

/** Time passes while someone sleeps, and in no other way. */
class SleepingClock implements Clock {
  at = Date.parse('2026-01-01T00:00:00Z');
  /** what happens in the world at each sleep */
  onSleep: () => Promise<void> = async () => {};
  now = () => this.at;
  sleep = async (ms: number) => {
    this.at += ms;
    await this.onSleep();
  };
}

function setUp() {
  const clock = new SleepingClock();
  const nodes = memoryKeyValue();
  const waits: string[] = [];
  const statusOf =
    (instance: string, left = false) =>
    (): NodeStatus => ({
      v: 1,
      node: NODE,
      version: '1',
      started: isoTime(clock.at),
      ts: isoTime(clock.at),
      left,
      instance,
      host: `host-of-${instance}`,
      workspaces: [],
    });
  const leaseOf = (instance: string) =>
    new Lease({ nodes, node: NODE, instance, clock, log: silentLog, waits: (sentence) => waits.push(sentence) });
  const holder = async () => {
    const entry = await nodes.get(nodeStatusKey(NODE));
    return entry && nodeStatusSchema.parse(JSON.parse(Buffer.from(entry.value).toString())).instance;
  };
  return { clock, nodes, waits, statusOf, leaseOf, holder };
}

test('the first agent is the node at once, and again at once after a kill', async () => {
  const { clock, waits, statusOf, leaseOf } = setUp();
  const began = clock.at;
  expect(await leaseOf('one').acquire(statusOf('one'), never)).toBe(true);
  expect(await leaseOf('one').acquire(statusOf('one'), never)).toBe(true);
  expect([clock.at, waits]).toEqual([began, []]);
});

test('a second agent waits while the first one lives, says which it is, and takes over when that one has left', async () => {
  const { clock, waits, statusOf, leaseOf, holder } = setUp();
  const first = leaseOf('one');
  await first.acquire(statusOf('one'), never);
  let beats = 0;
  clock.onSleep = async () => {
    expect(await holder()).toBe('one');
    await first.say(statusOf('one', ++beats === 60)());
  };
  expect(await leaseOf('two').acquire(statusOf('two'), never)).toBe(true);
  expect([beats, await holder()]).toEqual([60, 'two']);
  expect(waits).toEqual([expect.stringMatching(/^Another agent runs as node-a on host-of-one, started .*stop one of/)]);
  expect(await first.say(statusOf('one')())).toBe('lost');
  expect(await holder()).toBe('two');
});

test('a silent agent is gone after its time, measured by the one that waits', async () => {
  const { clock, statusOf, leaseOf, holder } = setUp();
  await leaseOf('one').acquire(statusOf('one'), never);
  const began = clock.at;
  await leaseOf('two').acquire(statusOf('two'), never);
  expect(clock.at - began).toBe(NODE_OFFLINE_AFTER_MS);
  expect(await holder()).toBe('two');
});

test('an agent whose clock is behind is not taken for a silent one', async () => {
  const { clock, statusOf, leaseOf } = setUp();
  const first = leaseOf('one');
  const behind = (left = false) => ({ ...statusOf('one', left)(), ts: isoTime(clock.at - 50_000) });
  await first.acquire(() => behind(), never);
  let beats = 0;
  clock.onSleep = async () => void (await first.say(behind(++beats === 40)));
  await leaseOf('two').acquire(statusOf('two'), never);
  expect(beats).toBe(40);
});

test('a clock that is set while an agent waits takes nothing from the one that lives', async () => {
  const { clock, statusOf, leaseOf, holder } = setUp();
  const first = leaseOf('one');
  await first.acquire(statusOf('one'), never);
  let looks = 0;
  clock.onSleep = async () => {
    looks++;
    if (looks === 3) clock.at += 86_400_000;
    if (looks === 20) clock.at -= 90_000_000;
    if (looks % 5 === 0) await first.say(statusOf('one', looks === 60)());
    else expect(await holder()).toBe('one');
  };
  expect(await leaseOf('two').acquire(statusOf('two'), never)).toBe(true);
  expect(looks).toBe(60);
});

test('the status of long ago keeps nobody waiting', async () => {
  const { clock, statusOf, leaseOf } = setUp();
  await leaseOf('one').acquire(statusOf('one'), never);
  clock.at += 3_600_000;
  const began = clock.at;
  await leaseOf('two').acquire(statusOf('two'), never);
  expect(clock.at).toBe(began);
});

test('while NATS does not answer nothing is known: it proves no silence', async () => {
  const { clock, nodes, statusOf, leaseOf } = setUp();
  await leaseOf('one').acquire(statusOf('one'), never);
  const began = clock.at;
  let asked = 0;
  const sometimes: typeof nodes.get = (key) => {
    // Away from the 10th to the 29th second.
    if (++asked > 10 && asked <= 30) return Promise.reject(new StoreUnavailableError('hot', 'away'));
    return nodes.get(key);
  };
  const asking = { ...nodes, get: sometimes };
  const second = new Lease({ nodes: asking, node: NODE, instance: 'two', clock, log: silentLog, waits: () => {} });
  await second.acquire(statusOf('two'), never);
  expect(clock.at - began).toBe(30_000 + NODE_OFFLINE_AFTER_MS);
});

test('a heartbeat whose acknowledgement was lost, or whose record was deleted, is no loss of the node', async () => {
  const { nodes, statusOf, leaseOf, holder } = setUp();
  const lease = leaseOf('one');
  await lease.acquire(statusOf('one'), never);
  await nodes.put(nodeStatusKey(NODE), Buffer.from(JSON.stringify(statusOf('one')())));
  expect(await lease.say(statusOf('one')())).toBe('said');
  await nodes.delete(nodeStatusKey(NODE));
  expect(await lease.say(statusOf('one')())).toBe('said');
  expect(await holder()).toBe('one');
});

test('a status without an instance, or that cannot be read, is written over', async () => {
  const { nodes, statusOf, leaseOf, holder } = setUp();
  const { instance: _, host: __, ...old } = statusOf('x')();
  for (const before of [JSON.stringify(old), '{']) {
    await nodes.put(nodeStatusKey(NODE), Buffer.from(before));
    expect(await leaseOf('one').acquire(statusOf('one'), never)).toBe(true);
    expect(await holder()).toBe('one');
  }
});

test('an agent that is told to end while it waits gives up', async () => {
  const { clock, statusOf, leaseOf, holder } = setUp();
  await leaseOf('one').acquire(statusOf('one'), never);
  const stop = new AbortController();
  clock.onSleep = async () => stop.abort();
  expect(await leaseOf('two').acquire(statusOf('two'), stop.signal)).toBe(false);
  expect(await holder()).toBe('one');
});
