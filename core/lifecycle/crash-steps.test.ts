// A server that stops after its n-th write, for every n, and another that begins the job from its start: at no moment is a file
// without a good copy, and what comes of it is what would have come without the stop.
import { expect, test } from 'vitest';
import { isoTime } from '../model/clock.ts';
import { shaOf } from '../model/ids.ts';
import type { JobTask } from '../model/job.ts';
import { Stopped } from '../testing/stopping-stores.ts';
import { PROJECT } from '../testing/test-project.ts';
import { stateOf } from '../tier/copy-state.ts';
import { readRecord } from '../tier/object-records.ts';
import { type Writing, works } from './works.fakes.ts';

const archive = { kind: 'archive', project: PROJECT } as const;
const evict = { kind: 'evict', by: 'hand', project: PROJECT } as const;
const promote = { kind: 'promote', mode: 'strict', project: PROJECT } as const;
const sweep = { kind: 'sweep' } as const;
const TWO_DAYS_MS = 48 * 3_600_000;
const TEXTS = ['one', 'two', 'three'];

type Works = Awaited<ReturnType<typeof works>>;

interface Story {
  readonly task: JobTask;
  /** what was before */
  readonly before: (all: Works) => Promise<unknown>;
  /** what is in hot and in cold in the end */
  readonly ends: { readonly hot: boolean; readonly cold: boolean };
  readonly after?: (all: Works) => Promise<unknown>;
}

const STORIES: readonly Story[] = [
  { task: archive, before: async () => {}, ends: { hot: true, cold: true } },
  { task: evict, before: ({ run }) => run(archive), ends: { hot: false, cold: true } },
  { task: { kind: 'deactivate', project: PROJECT }, before: async () => {}, ends: { hot: false, cold: true } },
  {
    task: promote,
    before: async ({ run }) => {
      await run(archive);
      await run(evict);
    },
    ends: { hot: true, cold: true },
  },
  {
    task: { kind: 'repair', project: PROJECT },
    before: async ({ run, hot, cold }) => {
      await run(archive);
      hot.damage(shaOf('one'), Buffer.from('0ne'));
      cold.damage(shaOf('two'), Buffer.from('tw0'));
      await cold.delete(shaOf('three'));
    },
    ends: { hot: true, cold: true },
  },
  {
    task: sweep,
    before: async ({ run, write, forgetSoon, pass }) => {
      await write('one', 'of before');
      await run(archive);
      await write('one', 'one');
      await run(archive);
      await forgetSoon();
      pass(TWO_DAYS_MS);
      await run(sweep);
      pass(TWO_DAYS_MS);
    },
    after: async ({ run, pass, isHot, isCold, tiers }) => {
      pass(TWO_DAYS_MS);
      await run(sweep);
      pass(TWO_DAYS_MS);
      await run(sweep);
      expect([await isHot('of before'), await isCold('of before')]).toEqual([false, false]);
      expect(await readRecord(tiers.index, shaOf('of before'))).toBeUndefined();
    },
    ends: { hot: true, cold: true },
  },
];

test.each(STORIES.map((story) => [story.task.kind, story] as const))(
  'I3, I4: %s may be stopped after any write',
  async (_, { task, before, ends, after }) => {
    let stops = 0;
    for (let lastWrite = 0; ; lastWrite++) {
      let left = Number.POSITIVE_INFINITY;
      const writing: Writing = async (act) => {
        if (left <= 0) throw new Stopped('it stopped');
        left -= 1;
        return act();
      };
      const all = await works({ writing });
      for (const text of TEXTS) await all.write(text, text);
      await before(all);

      left = lastWrite;
      const job = { started: isoTime(all.clock.now() - 1) };
      const ended = await all.run(task as typeof archive, job).catch((error: unknown) => error);
      const isStopped = ended instanceof Stopped;
      if (isStopped) stops += 1;
      left = Number.POSITIVE_INFINITY;
      for (const text of TEXTS) {
        expect((await isGood(all.hot, text)) || (await isGood(all.cold, text)), `${text} after ${lastWrite}`).toBe(
          true,
        );
      }

      expect((await all.run(task as typeof archive, job)).failures.count).toBe(0);
      await after?.(all);
      for (const text of TEXTS) {
        expect({ hot: await isGood(all.hot, text), cold: await isGood(all.cold, text) }, text).toEqual(ends);
      }
      const evictions = all.told.flatMap((event) => (event.type === 'ObjectEvicted' ? [event.id] : []));
      if (!ends.hot) expect(new Set(evictions).size).toBeGreaterThanOrEqual(TEXTS.length);
      const whole = all.told.findLast((event) => event.type === 'ProjectEvicted');
      if (!ends.hot) expect(whole?.payload).toEqual({ objects: TEXTS.length, bytes: TEXTS.join('').length });
      if (!isStopped) break;
    }
    expect(stops).toBeGreaterThan(3);
  },
);

async function isGood(store: Pick<Works['hot' | 'cold'], 'get'>, text: string): Promise<boolean> {
  return (await stateOf(() => store.get(shaOf(text)))) === 'good';
}
