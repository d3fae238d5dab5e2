import { expect, test } from 'vitest';
import { GroupSync } from './group-sync.ts';

/** A file whose sync ends when the test says so. */
class SlowFile {
  started = 0;
  end: (error?: Error) => void = () => {};

  sync(): Promise<void> {
    this.started++;
    return new Promise((resolve, reject) => {
      this.end = (error) => (error ? reject(error) : resolve());
    });
  }

  async untilStarted(): Promise<void> {
    while (this.started === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

test('files of one turn are synced together, and later ones when those are done', async () => {
  const group = new GroupSync();
  const [a, b, c] = [new SlowFile(), new SlowFile(), new SlowFile()];
  const done: string[] = [];
  const first = [group.sync(a).then(() => done.push('a')), group.sync(b).then(() => done.push('b'))];
  await b.untilStarted();
  const third = group.sync(c).then(() => done.push('c'));
  a.end();
  await Promise.resolve();
  expect([a.started, b.started, c.started, done]).toEqual([1, 1, 0, []]);
  b.end();
  await Promise.all(first);
  await c.untilStarted();
  c.end();
  await third;
  expect(done).toEqual(['a', 'b', 'c']);
});

test('a sync that fails fails for its own file, and the next group goes on', async () => {
  const group = new GroupSync();
  const [bad, good, later] = [new SlowFile(), new SlowFile(), new SlowFile()];
  const outcomes = Promise.allSettled([group.sync(bad), group.sync(good)]);
  await good.untilStarted();
  const last = group.sync(later);
  bad.end(new Error('EIO'));
  good.end();
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  await later.untilStarted();
  later.end();
  await last;
});
