import { expect, test } from 'vitest';
import { Progress, sizeText } from './progress.ts';

class Out {
  text = '';
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
}

const clockAt = (times: { now: number }) => ({ now: () => times.now, sleep: async () => {} });
const TOTAL = { files: 10, bytes: 10_000_000 };

test('a terminal has one line that is written over, and that leaves nothing of itself', () => {
  const times = { now: 0 };
  const out = new Out(true);
  const progress = new Progress(out, clockAt(times), 'checkout', TOTAL);
  times.now = 1_000;
  progress.add({ files: 1, bytes: 1_000_000 });
  const line = 'checkout: 1/10 files, 1.0 MB of 10.0 MB, 1.0 MB/s, 9 s left';
  expect(out.text).toBe(`\r${line}`);
  progress.add({ files: 1, bytes: 1 });
  expect(out.text).toBe(`\r${line}`);
  progress.end();
  expect(out.text).toBe(`\r${line}\r${' '.repeat(line.length)}\r`);
});

test('a pipe has plain lines, a few in a while, and none for what is done at once', () => {
  const times = { now: 0 };
  const out = new Out(false);
  const progress = new Progress(out, clockAt(times), 'run', TOTAL);
  progress.add({ files: 1, bytes: 1_000_000 });
  expect(out.text).toBe('');
  times.now = 5_000;
  progress.add({ files: 1, bytes: 1_500_000 });
  progress.add({ files: 1, bytes: 1_500_000 });
  progress.end();
  expect(out.text).toBe('run: 2/10 files, 2.5 MB of 10.0 MB, 500 kB/s, 15 s left\n');
});

test('sizes have a unit that a person reads at a glance', () => {
  expect([0, 999, 1_000, 12_345, 123_456, 999_999, 1_500_000_000].map(sizeText)).toEqual([
    '0 B',
    '999 B',
    '1.0 kB',
    '12.3 kB',
    '123 kB',
    '1.0 MB',
    '1.5 GB',
  ]);
});
