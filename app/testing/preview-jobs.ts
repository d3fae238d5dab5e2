// The jobs of a preview, one of each state, and what the archiver gave up on.
import { fakeSha, type ProjectName } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { FakeFleet } from './fake-fleet.ts';
import { fakeJob } from './fake-jobs.ts';

const MINUTE = 60_000;

/** @param now  milliseconds since 1970 */
export function addJobs(services: FakeFleet, now: number): void {
  services.lag = { waiting: 1_284, oldestAt: now - 3 * MINUTE };
  services.letters = ['video/walkthrough.mp4', 'notes/<img src=x onerror=alert(1)>.txt', undefined].map((path, i) => ({
    sha: fakeSha(`dead ${i}`),
    project: path === undefined ? undefined : ('demo' as ProjectName),
    path: path as RelPath | undefined,
    reason: `object ${fakeSha(`dead ${i}`).slice(0, 12)} is not intact in hot: it is 1,048,576 bytes long, and begins otherwise`,
    attempts: 4,
    since: now - (i + 1) * 50 * MINUTE,
  }));

  const started = new Date(now - 2 * MINUTE).toISOString();
  const renders = 'renders' as ProjectName;
  const planned = Array.from({ length: 40 }, (_, i) => ({
    item: `shots/sh0${i % 7}/frame.${String(i).padStart(5, '0')}.exr`,
    bytes: 24_000_000 + i * 1013,
    reason: 'asked for by hand',
  }));
  services.job(
    fakeJob(
      '0mhaaaaa9-run',
      { kind: 'promote', mode: 'strict', project: renders },
      {
        state: 'running',
        attempts: 2,
        started,
        sentence: 'Runs.',
        progress: {
          stage: 'bringing back renders',
          items: { done: 120, total: 412 },
          bytes: { done: 31_000_000, total: 310_000_000 },
        },
      },
    ),
    12_500_000,
  );
  services.job(
    fakeJob(
      '0mhaaaaa8-open',
      { kind: 'scrub', share: 1 / 30 },
      {
        state: 'running',
        attempts: 1,
        started,
        actor: { kind: 'system', id: 'schedule' },
        progress: { stage: 'reading again', items: { done: 84, total: 0 }, bytes: { done: 0, total: 0 } },
      },
    ),
  );
  services.job(fakeJob('0mhaaaaa7-wait', { kind: 'repair', project: renders }));
  services.job(
    fakeJob(
      '0mhaaaaa6-dry',
      { kind: 'evict', by: 'hand', project: renders, prefix: 'shots' as RelPath },
      {
        dry_run: true,
        state: 'done',
        attempts: 1,
        started,
        ended: started,
        sentence: 'Would evict 1200 objects; kept 12 because it is pinned, 3 because it is not proven in cold.',
        plan: { items: 1200, bytes: 29_400_000_000, listed: planned },
      },
    ),
  );
  services.job(
    fakeJob(
      '0mhaaaaa5-fail',
      { kind: 'archive', project: 'demo' as ProjectName },
      {
        state: 'failed',
        attempts: 1,
        started,
        ended: started,
        sentence: 'Archived 20 files; 0 were archived before. 3 failed.',
        failures: {
          count: 3,
          listed: ['video/walkthrough.mp4', 'notes/<img src=x onerror=alert(1)>.txt', 'notes/invoice\u202efdp.exe'].map(
            (item) => ({ item, sha: fakeSha(item), reason: `object ${fakeSha(item).slice(0, 12)} is not in hot` }),
          ),
        },
      },
    ),
  );
  services.job(
    fakeJob(
      '0mhaaaaa4-done',
      { kind: 'sweep' },
      {
        state: 'done',
        attempts: 1,
        started,
        ended: started,
        actor: { kind: 'system', id: 'schedule' },
        sentence: 'Deleted 0 objects; 14 wait for the next cycle.',
      },
    ),
  );
}
