import { expect, test } from 'vitest';
import { Limits, type LimitValues, NO_LIMITS } from './limits.ts';

test('the server goes over the configuration field by field, and back to it', () => {
  const limits = new Limits({ ...NO_LIMITS, upBytesPerSecond: 100, openFiles: 10 });
  const heard: LimitValues[] = [];
  const end = limits.onChange((values) => heard.push(values));
  limits.override({ up_bytes_per_s: 5, memory_bytes: 1_000 });
  expect(limits.values).toEqual({ ...NO_LIMITS, upBytesPerSecond: 5, memoryBytes: 1_000, openFiles: 10 });
  limits.override({ up_bytes_per_s: 5, memory_bytes: 1_000 });
  expect(heard).toEqual([limits.values]);
  limits.override(undefined);
  expect(limits.values).toEqual({ ...NO_LIMITS, upBytesPerSecond: 100, openFiles: 10 });
  end();
  limits.override({ open_files: 3 });
  expect(heard.length).toBe(2);
});
