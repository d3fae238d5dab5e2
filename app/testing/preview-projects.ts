// The projects of a preview: one that is well, one that waits, one that syncs, one that only cold has, one that was deleted.
import type { ProjectName } from '../../core/model/ids.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { coldProof } from './fake-files.ts';
import type { FakeFleet } from './fake-fleet.ts';
import { fakeNode, fakeQuestion } from './fake-nodes.ts';
import { DEMO_FILES } from './preview-files.ts';

const MINUTE = 60_000;

/** @param now  milliseconds since 1970 */
export function addProjects(services: FakeFleet, now: number): void {
  const cold = { ...coldProof, verifiedAt: now - 4 * MINUTE };
  for (const [path, content, mime, minutes, sizeBytes] of DEMO_FILES) {
    services.put('demo', {
      path,
      content,
      mime,
      modifiedAt: now - minutes * MINUTE,
      tiers: minutes < 5 ? { hot: true, cold: null } : minutes > 5000 ? { hot: false, cold } : { hot: true, cold },
      ...(sizeBytes === undefined ? {} : { sizeBytes }),
    });
  }
  services.project('demo', {
    changedAt: now - 12_000,
    nodes: [fakeNode('node-a', { lastSeenAt: now }), fakeNode('node-b', { lastSeenAt: now })],
    toArchive: 2,
    coldSince: null,
  });
  for (let i = 0; i < 1200; i++) {
    services.put('renders', {
      path: `shots/sh0${i % 7}/frame.${String(i).padStart(5, '0')}.exr`,
      content: 'x\0',
      sizeBytes: 24_000_000 + i * 1013,
      modifiedAt: now - i * MINUTE,
      mime: 'image/x-exr',
    });
  }
  for (let i = 0; i < 460; i++) {
    services.put('renders', {
      path: `cache/tile-${String(i).padStart(4, '0')}.bin`,
      content: 'x',
      sizeBytes: 4096,
      modifiedAt: now - i * 1000,
    });
  }
  services.project('renders', {
    state: 'blocked',
    sentence: 'node-b waits for 3 objects: cold storage answers 503 since 12:01, next try in 20 s',
    changedAt: now - 3 * MINUTE,
    toArchive: 1204,
    tierBytes: { hot: 21_400_000_000, cold: 8_100_000_000 },
    coldSince: null,
    nodes: [
      fakeNode('node-a', {
        state: 'syncing',
        sentence: 'Sends 18 files, 430 MB left',
        pendingUp: 18,
        oldestPendingAt: now - 40_000,
      }),
      fakeNode('node-b', {
        state: 'blocked',
        sentence: 'Waits for 3 objects: cold storage answers 503, next try in 20 s',
        question: fakeQuestion('deletions-1'),
        pendingDown: 3,
        oldestPendingAt: now - 3 * MINUTE,
        problemCount: 5,
        problems: [
          {
            path: 'shots/sh03/frame.00412.exr',
            code: 'object-missing',
            reason: 'Its object is not in hot, and cold storage does not answer. It is tried again every 20 s.',
            since: new Date(now).toISOString(),
          },
          {
            path: 'cache/Tile-0001.bin',
            code: 'case-collision',
            reason: 'Differs from cache/tile-0001.bin only in case. Rename one of them.',
            since: new Date(now).toISOString(),
          },
        ],
      }),
      fakeNode('node-c', { state: 'offline', sentence: 'Not heard from', lastSeenAt: now - 26 * MINUTE }),
    ],
  });
  services.project('website', {
    state: 'syncing',
    sentence: 'node-b fetches 12 files, 3.1 MB left',
    files: 8_412,
    bytes: 1_900_000_000,
    changedAt: now - 1000,
    nodes: [
      fakeNode('node-a'),
      fakeNode('node-b', {
        state: 'syncing',
        sentence: 'Fetches 12 files, 3.1 MB left',
        pendingDown: 12,
        oldestPendingAt: now - 2000,
      }),
    ],
  });
  services.project('archive-2024', {
    files: 1_204_331,
    bytes: 9_340_000_000_000,
    changedAt: now - 90 * 24 * 60 * MINUTE,
    state: 'no-nodes',
    sentence: 'No node holds it; all objects are in cold storage',
    nodes: [],
  });

  services.activity.set('renders' as ProjectName, {
    commits: [0, 0, 1, 0, 4, 9, 14, 22, 19, 7, 3, 0, 0, 2, 11, 18, 31, 28, 12, 6, 2, 1, 0, 5],
    bytes: [],
  });
  services.pins = [
    { path: 'docs/guides' as RelPath, by: 'ada', at: now - 3000 * MINUTE },
    { path: 'notes/<img src=x onerror=alert(1)>.txt' as RelPath, by: 'bob', at: now - 30 * MINUTE },
  ];
  services.deleted = [
    {
      name: 'old-site' as ProjectName,
      files: 1_204,
      bytes: 93_000_000,
      deletedAt: now - 4000 * MINUTE,
      keptUntil: now + 26 * 24 * 60 * MINUTE,
    },
  ];
}
