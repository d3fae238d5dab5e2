import { expect, test } from 'vitest';
import { JobReport } from '../job/job-context.ts';
import { isoTime } from '../model/clock.ts';
import { shaOf } from '../model/ids.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { ACTOR, PROJECT } from '../testing/test-project.ts';
import { ObjectArchiver } from '../tier/archive-object.ts';
import { Claims } from '../tier/claims.ts';
import { SWEEP_GRACE_MS } from './sweep.ts';
import { sweepJob } from './sweep-job.ts';
import { works } from './works.fakes.ts';

type Step = 'hot.stat' | 'index.delete' | 'cold.delete' | 'index.get';
const { signal } = new AbortController();

for (const size of ['small', 'large'] as const) {
  for (const step of ['index.get', 'hot.stat', 'index.delete', 'cold.delete'] as const) {
    test(`I3: what is proven for a strict commit stays in cold, also ${size} and while a sweep is at its ${step}`, async () => {
      const { write, run, tiers, hot, forgetSoon, pass, isCold, clock } = await works();
      const old = 'old'.padEnd(size === 'small' ? 3 : 2 ** 20);
      const sha = shaOf(old);
      await write('a', old);
      await run({ kind: 'archive', project: PROJECT });
      await run({ kind: 'evict', by: 'hand', project: PROJECT });
      await write('a', 'new');
      await run({ kind: 'archive', project: PROJECT });
      await forgetSoon();

      const claims = memoryKeyValue();
      const archiver = new ObjectArchiver(tiers, new Claims(claims, 'server-2', clock));
      let proof: Promise<unknown> | undefined;
      /** A node puts the old bytes again when the sweep comes to its step, and asks for the proof, as a strict commit does. */
      const before = async (at: Step, key: string) => {
        if (at !== step || !key.includes(sha) || proof || !isSweeping) return;
        await hot.put(sha, old.length, Buffer.from(old));
        proof = archiver.archive({ sha, sizeBytes: old.length, project: PROJECT }, signal);
        // It is told so now, where nothing holds it up.
        for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      };
      const during = {
        ...tiers,
        hot: { ...tiers.hot, stat: (key: typeof sha) => before('hot.stat', key).then(() => tiers.hot.stat(key)) },
        cold: {
          ...tiers.cold,
          delete: (key: typeof sha) => before('cold.delete', key).then(() => tiers.cold.delete(key)),
        },
        index: {
          ...tiers.index,
          get: (key: string) => before('index.get', key).then(() => tiers.index.get(key)),
          delete: (key: string, revision?: number) =>
            before('index.delete', key).then(() => tiers.index.delete(key, revision)),
        },
      };
      let isSweeping = false;
      const sweep = sweepJob({
        tiers: during,
        records: memoryKeyValue(),
        claims: new Claims(claims, 'server-1', clock),
      });
      const go = () =>
        sweep({
          id: 's',
          task: { kind: 'sweep' },
          started: isoTime(clock.now()),
          dryRun: false,
          actor: ACTOR,
          signal,
          report: new JobReport(),
        });
      pass(2 * SWEEP_GRACE_MS);
      await go();
      pass(2 * SWEEP_GRACE_MS);
      isSweeping = true;
      await go();
      expect(await proof).toMatchObject({ kind: expect.stringMatching(/^(before|archived)$/) });
      expect(await isCold(old)).toBe(true);
    });
  }
}
