import { expect, test } from 'vitest';
import { eventLogContract, readUntil, someEvents, told } from './event-log.contract.ts';
import { memoryEventLog } from './memory-event-log.ts';

eventLogContract('in memory', async () => memoryEventLog());

test('a reader whose cursor is older than the oldest event kept is told of the gap', async () => {
  const log = memoryEventLog();
  await log.publish(someEvents(5));
  log.dropThrough(3);
  const seen = await readUntil(log, { afterSeq: 1 }, (deliveries) => deliveries.at(-1)?.kind === 'caught-up');
  expect(seen.map(told)).toEqual(['gap', 'e3', 'e4', 'caught-up']);
  const fromOldest = await readUntil(log, {}, (deliveries) => deliveries.at(-1)?.kind === 'caught-up');
  expect(fromOldest.map(told)).toEqual(['e3', 'e4', 'caught-up']);
});

test('a reader of a log that has forgotten all is told once, and gets what comes', async () => {
  const log = memoryEventLog();
  await log.publish(someEvents(3));
  log.dropThrough(3);
  const seen = await readUntil(
    log,
    { afterSeq: 1 },
    (deliveries) => deliveries.length === 3,
    (delivery) => delivery.kind === 'caught-up' && log.publish(someEvents(1, 'n')),
  );
  expect(seen.map(told)).toEqual(['gap', 'caught-up', 'n0']);
});
