import { expect, test } from 'vitest';
import { parseProjectName } from '../core/model/ids.ts';
import { ChangeBus } from './change-bus.ts';

const demo = { kind: 'project', project: parseProjectName('demo') } as const;
const other = { kind: 'project', project: parseProjectName('other') } as const;

test('a page is woken by its own topics only, and once for many changes', async () => {
  const bus = new ChangeBus();
  const page = bus.subscribe([demo]);
  bus.publish([other]);
  let woken = 0;
  const first = page.wait().then(() => woken++);
  await Promise.resolve();
  expect(woken).toBe(0);
  for (let i = 0; i < 100; i++) bus.publish([demo]);
  await first;
  const second = page.wait().then(() => woken++);
  await Promise.resolve();
  expect(woken).toBe(1);
  bus.publish([demo]);
  await second;
  expect(woken).toBe(2);
});

test('a change between two waits is not missed', async () => {
  const bus = new ChangeBus();
  const page = bus.subscribe([demo, { kind: 'events' }]);
  bus.publish([{ kind: 'events' }]);
  await page.wait();
});

test('a closed page stops waiting and is forgotten', async () => {
  const bus = new ChangeBus();
  const page = bus.subscribe([demo]);
  const waiting = page.wait();
  page.close();
  await waiting;
});

test('pages that are open are counted, each once however often it is closed', () => {
  const bus = new ChangeBus();
  const [page, other] = [bus.subscribe([demo, { kind: 'events' }]), bus.subscribe([demo])];
  expect(bus.subscriptions).toBe(2);
  page.close();
  page.close();
  expect(bus.subscriptions).toBe(1);
  other.close();
  expect(bus.subscriptions).toBe(0);
});
