// The pages with made-up data, for looking at them in a browser: bundle this file, point PREVIEW_DIR at the built
// browser files (dist/public) and run it. Prints its address.

import { resolve } from 'node:path';
import { serve } from '@hono/node-server';
import { fakeSha, type NodeId, type ProjectName } from '../../core/model/ids.ts';
import type { Problem, Question } from '../../core/model/node-status.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import { appRoutes } from '../routes.ts';
import { fakeEvent, oneOfEach } from './fake-events.ts';
import { coldProof } from './fake-files.ts';
import { fakeJob } from './fake-jobs.ts';
import { fakeNode, fakeNodeSummary, fakeQuestion, fakeWorkspace } from './fake-nodes.ts';
import { FAKE_TOKEN, FakeServices } from './fake-services.ts';

const MINUTE = 60_000;
const now = Date.now();
const services = new FakeServices();
const cold = { ...coldProof, verifiedAt: now - 4 * MINUTE };

const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 180"><defs><linearGradient id="a" x2="1" y2="1"><stop stop-color="#0969da"/><stop offset="1" stop-color="#8250df"/></linearGradient></defs><rect width="320" height="180" rx="12" fill="url(#a)"/><circle cx="90" cy="90" r="42" fill="#fff" opacity=".85"/><path d="M160 120h110M160 90h80M160 60h110" stroke="#fff" stroke-width="10" stroke-linecap="round" opacity=".7"/></svg>`;
const markdown = `# Release checklist

1. Freeze the branch, tag it.
2. Run the \`bench\` suite against the last release.
3. Promote the project on every node:

       npx fs-sync promote demo --strict

4. Watch **Events** until the last object is archived.
`;
const seed: readonly [path: string, content: string, mime: string, minutesAgo: number, size?: number][] = [
  ['README.md', markdown, 'text/markdown; charset=utf-8', 12],
  ['assets/logo.svg', svg, 'image/svg+xml', 55],
  ['assets/hero@2x.png', 'x', 'image/png', 3000, 2_480_112],
  ['assets/fonts/Inter-Variable.woff2', 'x', 'font/woff2', 9000, 345_588],
  ['assets/icons/sprite.svg', svg, 'image/svg+xml', 9000],
  ['build/app-1.4.2.tar.gz', 'x\0', 'application/gzip', 300, 48_233_910],
  ['build/app-1.4.3.tar.gz', 'x\0', 'application/gzip', 2, 48_311_202],
  ['data/2026-05.parquet', 'x\0', 'application/octet-stream', 700, 318_000_000],
  ['data/customers.csv', 'id,name,city\n1,Ada,Paris\n', 'text/csv', 130, 8_120_332],
  ['docs/architecture.md', markdown, 'text/markdown', 31],
  ['docs/guides/install.md', markdown, 'text/markdown', 1400],
  ['docs/guides/restore.md', markdown, 'text/markdown', 1500],
  ['docs/guides/img/tiers.svg', svg, 'image/svg+xml', 1500],
  ['docs/release-checklist.md', markdown, 'text/markdown', 0.2],
  ['notes/<img src=x onerror=alert(1)>.txt', 'harmless', 'text/plain', 80],
  ['notes/"quoted" & \'single\'.txt', 'harmless', 'text/plain', 81],
  ['notes/invoice\u202efdp.exe', 'x\0', 'application/octet-stream', 82, 120],
  ['notes/line\r\nbreak\ttab.txt', 'harmless', 'text/plain', 83],
  ['notes/emoji 🦊 and עברית.md', markdown, 'text/markdown', 84],
  [
    'notes/a-very-long-name-that-goes-on-and-on-until-it-cannot-be-shown-in-full-on-any-reasonable-screen-width-at-all.md',
    markdown,
    'text/markdown',
    85,
  ],
  ['notes/empty.txt', '', 'text/plain', 86],
  ['package.json', '{\n  "name": "demo",\n  "private": true\n}\n', 'application/json', 240],
  ['video/walkthrough.mp4', 'x\0', 'video/mp4', 20000, 214_000_000],
];
for (const [path, content, mime, minutes, sizeBytes] of seed) {
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
          problem('.fsignore', 'ignore-rule', 'Line 3 can never match, because line 2 leaves its directory out.', 4000),
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

for (let i = 0; i < 30; i++) {
  for (const event of oneOfEach(now - (31 - i) * 20_000)) services.emit(event);
}
services.emit(
  fakeEvent(
    'PathCreated',
    {
      path: 'notes/<img src=x onerror=alert(1)>.txt' as RelPath,
      entry: { sha: fakeSha('x'), size: 8, mode: 420, mtime: now },
      commit_sha: fakeSha('c'),
    },
    now - 5000,
    { project: 'demo' },
  ),
);
services.emit(
  fakeEvent(
    'PathCreated',
    {
      path: 'notes/invoice\u202efdp.exe' as RelPath,
      entry: { sha: fakeSha('x'), size: 120, mode: 420, mtime: now },
      commit_sha: fakeSha('c'),
    },
    now - 4000,
    { project: 'demo' },
  ),
);
services.emit(fakeEvent('NodeJoined', { node: 'node-b' as NodeId, version: '0.1.0' }, now - 3000, { actor: 'node-b' }));

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

let saved = 0;
if (process.env.PREVIEW_LIVE === '1') {
  setInterval(() => {
    saved++;
    const path = `docs/live-${saved % 4}.md`;
    services.put('demo', {
      path,
      content: `${markdown}${saved}`,
      mime: 'text/markdown',
      modifiedAt: Date.now(),
      tiers: { hot: true, cold: null },
    });
    for (const event of oneOfEach(Date.now(), path).slice(5, 7)) services.emit(event);
  }, 700);
}

const publicDir = resolve(process.env.PREVIEW_DIR ?? 'dist/public');
const app = appRoutes(services, { publicDir });
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 8091), hostname: '127.0.0.1' }, ({ port }) =>
  process.stdout.write(`http://127.0.0.1:${port}/sign-in#token=${FAKE_TOKEN}\n`),
);
