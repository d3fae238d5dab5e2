// The nodes of a preview: one that is well, one that asks and has problems of each kind, one that is silent, one that never spoke.
import { fakeSha, type ProjectName } from '../../core/model/ids.ts';
import type { Problem, Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { FakeFleet } from './fake-fleet.ts';
import { fakeNodeSummary, fakeWorkspace } from './fake-nodes.ts';

const MINUTE = 60_000;

/** @param now  milliseconds since 1970 */
export function addNodes(services: FakeFleet, now: number): void {
  const problem = (path: string, code: Problem['code'], reason: string, minutesAgo = 3): Problem => ({
    path,
    code,
    reason,
    since: new Date(now - minutesAgo * MINUTE).toISOString(),
  });
  const deletions: Question = {
    id: 'deletions-1',
    kind: 'deletions',
    sentence:
      '1,104 of 1,660 files are gone from this directory. They are deleted from the project only when you allow it; or have them restored.',
    count: 1104,
    files: 1660,
    examples: Array.from({ length: 10 }, (_, i) => `shots/sh0${i % 7}/frame.${String(i).padStart(5, '0')}.exr`),
    since: new Date(now - 4 * MINUTE).toISOString(),
  };
  services.node(
    fakeNodeSummary('node-b', {
      state: 'blocked',
      sentence: 'The workspace of renders asks what to do.',
      startedAt: now - 300 * MINUTE,
      lastSeenAt: now,
      host: 'render-07.example',
      limits: { up_bytes_per_s: 12_500_000, memory_bytes: 256_000_000 },
      configuredLimits: { down_bytes_per_s: 25_000_000, memory_bytes: 100_663_296 },
      workspaces: [
        fakeWorkspace('renders', {
          state: 'blocked',
          root: '/srv/renders',
          sentence: `${deletions.sentence} Since 12:01:04 UTC.`,
          files: 1660,
          bytes: 27_900_000_000,
          pendingUp: 1104,
          oldestPendingAt: now - 4 * MINUTE,
          lag: { kind: 'behind', current: fakeSha('current'), commits: 3, since: now - 4 * MINUTE },
          question: deletions,
        }),
        fakeWorkspace('website', {
          prefix: 'docs/en' as RelPath,
          root: '/srv/workspaces/website-en',
          from: 'server',
          assigned: {
            project: 'website' as ProjectName,
            prefix: 'docs/en' as RelPath,
            root: 'website-en',
            mode: 'receive',
            idle_remove_ms: 5_400_000,
          },
          mode: 'receive',
          sentence: 'In sync. 2 paths are left out.',
          files: 8412,
          bytes: 1_900_000_000,
          problemCount: 5,
          problems: [
            problem('latest', 'symlink', 'A symbolic link is not carried: replace it by what it leads to.', 90),
            problem(
              'notes/invoice\u202efdp.exe',
              'local-change',
              'It was changed here, and this workspace only receives: have it restored, or assign it anew with npx fs-sync activate … --mode two-way.',
            ),
            problem(
              'img/<img src=x onerror=alert(1)>.png',
              'unreadable',
              'The agent may not read it: give it the right.',
            ),
            problem(
              '.fsignore',
              'ignore-rule',
              'Line 3 can never match, because line 2 leaves its directory out.',
              4000,
            ),
          ],
          question: {
            id: 'local-1',
            kind: 'local-changes',
            sentence:
              '1 path was changed here, but this workspace only receives. Have the project’s versions restored: what was changed is kept in .fs-sync/kept for 30 days.',
            count: 1,
            files: 8412,
            examples: ['notes/invoice\u202efdp.exe'],
            since: new Date(now - 3 * MINUTE).toISOString(),
          },
          answer: 'restore',
        }),
        fakeWorkspace('demo', {
          root: '/srv/demo',
          state: 'syncing',
          sentence: 'Syncing: 18 to send, 3 to bring to disk.',
          pendingUp: 18,
          pendingDown: 3,
          progress: {
            up: {
              done: 412,
              total: 430,
              bytesDone: 31_400_000,
              bytesTotal: 318_000_000,
              bytesPerSecond: 12_500_000,
              etaMs: 23_000,
            },
            down: { done: 9, total: 12, bytesDone: 900, bytesTotal: 3_100_000, bytesPerSecond: 0, etaMs: null },
          },
          oldestPendingAt: now - 40_000,
          lag: { kind: 'behind', current: fakeSha('current'), commits: null, since: null },
        }),
        fakeWorkspace('archive-2024', {
          root: 'archive',
          from: 'server',
          state: 'asked',
          sentence: 'node-b is asked for it and has not said anything of it yet.',
          assigned: { project: 'archive-2024' as ProjectName, root: 'archive' },
        }),
      ],
    }),
  );
  services.node(
    fakeNodeSummary('node-c', {
      state: 'offline',
      sentence: 'node-c has not been heard of since 11:34:10 UTC; check that its agent runs and reaches NATS',
      lastSeenAt: now - 26 * MINUTE,
      workspaces: [
        fakeWorkspace('renders', {
          state: 'offline',
          sentence: 'Before that: In sync.',
          files: 1660,
          bytes: 27_900_000_000,
          lag: { kind: 'behind', current: fakeSha('current'), commits: 14, since: now - 25 * MINUTE },
        }),
      ],
    }),
  );
  services.node(
    fakeNodeSummary('node-d', {
      state: 'never',
      sentence: 'No agent ever ran as node-d. Start one there: npx fs-sync agent --node node-d',
      version: null,
      host: null,
      startedAt: null,
      lastSeenAt: null,
      workspaces: [],
      unreadable: 'limits.up_bytes_per_s is 0: Too small: expected number to be >=1',
    }),
  );
  services.node(
    fakeNodeSummary('node-a', {
      startedAt: now - 3000 * MINUTE,
      lastSeenAt: now,
      workspaces: [
        fakeWorkspace('demo', { files: 23, bytes: 592_000_000 }),
        fakeWorkspace('renders', { files: 1_204_331, bytes: 9_340_000_000_000 }),
      ],
    }),
  );
}
