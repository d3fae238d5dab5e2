import { expect, test } from 'vitest';
import { LEAST_LIMITS } from '../../core/model/node-desired.ts';
import { Limits, type LimitValues, NO_LIMITS } from './limits.ts';

test('the server goes over the configuration field by field, and back to it', () => {
  const limits = new Limits({ ...NO_LIMITS, upBytesPerSecond: 100, openFiles: 10 });
  const heard: LimitValues[] = [];
  const end = limits.onChange((values) => heard.push(values));
  limits.override({ up_bytes_per_s: 5_000, memory_bytes: 1e8 });
  expect(limits.values).toEqual({ ...NO_LIMITS, upBytesPerSecond: 5_000, memoryBytes: 1e8, openFiles: 10 });
  limits.override({ up_bytes_per_s: 5_000, memory_bytes: 1e8 });
  expect(heard).toEqual([limits.values]);
  limits.override(undefined);
  expect(limits.values).toEqual({ ...NO_LIMITS, upBytesPerSecond: 100, openFiles: 10 });
  end();
  limits.override({ open_files: 30 });
  expect(heard.length).toBe(2);
});

test('what the server says that nothing could be carried with counts as the least', () => {
  const limits = new Limits();
  limits.override({ up_bytes_per_s: 1, down_bytes_per_s: 999, memory_bytes: 1, open_files: 1 });
  expect(limits.values).toEqual({
    upBytesPerSecond: LEAST_LIMITS.up_bytes_per_s,
    downBytesPerSecond: LEAST_LIMITS.down_bytes_per_s,
    memoryBytes: LEAST_LIMITS.memory_bytes,
    openFiles: LEAST_LIMITS.open_files,
  });
});
