import { expect, test } from 'vitest';
import { Progress } from './progress.ts';

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
  const line = 'checkout: 1/10 files, 1.0 MB of 10 MB, 1.0 MB/s, 9 s left';
  expect(out.text).toBe(line);
  progress.add({ files: 1, bytes: 1 });
  expect(out.text).toBe(line);
  progress.end();
  expect(out.text).toBe(`${line}\r\x1b[2K`);
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
  expect(out.text).toBe('run: 2/10 files, 2.5 MB of 10 MB, 500 kB/s, 15 s left\n');
});
