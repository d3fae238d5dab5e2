// What /metrics says, and to whom.
import { expect, test } from 'vitest';
import { tokenGuesses } from '../../app/rate-limit.ts';
import { fakeNodeSummary, fakeWorkspace } from '../../app/testing/fake-nodes.ts';
import { FAKE_TOKEN, FakeServices } from '../../app/testing/fake-services.ts';
import { FAKE_NOW } from '../../app/testing/fake-time.ts';
import { appFor } from '../../app/testing/open-pages.ts';
import type { FsEvent } from '../../core/model/event.ts';
import { fakeSha, parseProjectName, parseTenant } from '../../core/model/ids.ts';
import { metricsRoute } from '../http.ts';
import { Prometheus, type PrometheusIo } from './prometheus.ts';

const services = new FakeServices();
services.project('demo', { toArchive: 7 });

function prometheus(change: Partial<PrometheusIo> = {}): Prometheus {
  return new Prometheus({
    latest: () => ({ hot_bytes: 1_000, archive_lag_ms: 2_500 }),
    nodes: () => [
      fakeNodeSummary('node-a', {
        workspaces: [
          fakeWorkspace('demo', { pendingUp: 3, oldestPendingAt: FAKE_NOW - 8_000, problemCount: 2 }),
          fakeWorkspace('other', {
            lag: { kind: 'behind', current: fakeSha('current'), commits: 4, since: FAKE_NOW - 1_000 },
          }),
        ],
      }),
      fakeNodeSummary('node-b', { state: 'offline', lastSeenAt: FAKE_NOW - 60_000 }),
    ],
    projects: () => services.queries.projects(),
    checks: async () => [{ name: 'nats', ok: false, detail: 'away' }],
    audit: () => ({ written: 12, waiting: 1, missed: 0 }),
    now: () => FAKE_NOW,
    ...change,
  });
}

const lines = async (of: Prometheus, withNames: boolean) =>
  (await of.text(withNames)).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

test('numbers of the system come from the newest sample, in the units of Prometheus', async () => {
  const all = await lines(prometheus(), false);
  expect(all).toContain('fs_sync_hot_bytes 1000');
  for (const line of ['audit_written 12', 'audit_waiting 1', 'audit_missed 0'])
    expect(all).toContain(`fs_sync_${line}`);
  expect(all).toContain('fs_sync_archive_lag_seconds 2.5');
  expect(all).toContain('fs_sync_dependency_up{dependency="nats"} 0');
  expect(all.some((line) => line.startsWith('process_cpu_seconds_total'))).toBe(true);
});

test('what is not known has no line: a 0 would say something', async () => {
  const all = await lines(prometheus({ latest: () => undefined, nodes: () => undefined }), true);
  expect(all.filter((line) => /^fs_sync_(hot|cold|node|sync_lag)/.test(line))).toEqual([]);
});

test('each node tells its lag in commits and seconds, what waits, and whether it is heard of', async () => {
  const all = await lines(prometheus(), true);
  expect(all).toContain('fs_sync_node_up{node="node-a"} 1');
  expect(all).toContain('fs_sync_node_up{node="node-b"} 0');
  expect(all).toContain('fs_sync_node_last_seen_seconds{node="node-b"} 60');
  expect(all).toContain('fs_sync_node_lag_commits{node="node-a"} 4');
  expect(all).toContain('fs_sync_node_lag_seconds{node="node-a"} 8');
  expect(all).toContain('fs_sync_node_problems{node="node-a"} 2');
  expect(all).toContain(
    'fs_sync_workspace_pending_paths{node="node-a",project="demo",root="/srv/demo",direction="up"} 3',
  );
});

test('each project tells how far its live nodes are behind, and what waits for cold', async () => {
  const all = await lines(prometheus(), true);
  expect(all).toContain('fs_sync_project_sync_lag_seconds{project="demo"} 8');
  expect(all).toContain('fs_sync_project_to_archive_objects{project="demo"} 7');
  expect(all).toContain('fs_sync_project_in_sync{project="demo"} 1');
});

test('a directory with quotes and line ends stays within its label', async () => {
  const nodes = () => [fakeNodeSummary('a', { workspaces: [fakeWorkspace('demo', { root: '/w/"\n\\x' })] })];
  const all = await lines(prometheus({ nodes }), true);
  expect(all.filter((line) => line.includes('root="/w/\\"\\n\\\\x"'))).toHaveLength(4);
});

test('what counts goes on counting from one question to the next; old events that are read again do not count', async () => {
  const metrics = prometheus();
  const archived = (ts: number): FsEvent => ({
    id: `e-${ts}`,
    ts: new Date(ts).toISOString(),
    tenant: parseTenant('default'),
    project: parseProjectName('demo'),
    actor: { kind: 'system', id: 'archiver' },
    trace: { traceparent: '00-0-0-01', correlation_id: 'c' },
    type: 'ObjectArchived',
    payload: { sha: fakeSha('a'), size: 40, cold: { bucket: 'b', key: 'k' } },
  });
  metrics.events([archived(FAKE_NOW), archived(FAKE_NOW - 3_600_000)]);
  metrics.events([archived(FAKE_NOW - 1)]);
  metrics.rehydrated(120);
  const all = await lines(metrics, false);
  expect(all).toContain('fs_sync_archived_bytes_total 80');
  expect(all).toContain('fs_sync_rehydration_seconds_bucket{le="0.25"} 1');
  expect(all).toContain('fs_sync_rehydration_seconds_bucket{le="0.1"} 0');
});

test('I13: names of nodes and projects are told to who is signed in or shows the token, and a wrong token is refused', async () => {
  const services = new FakeServices();
  const actor = { kind: 'token', id: 'scraper' } as const;
  services.bearers.set('for all', { actor, scope: 'read', projects: 'all' });
  services.bearers.set('for one', { actor, scope: 'read', projects: [parseProjectName('demo')] });
  const app = metricsRoute(services, prometheus(), tokenGuesses());
  const ask = async (headers: Record<string, string>) => app.request('http://fs.test/metrics', { headers });
  const anyone = await ask({});
  expect(anyone.status).toBe(200);
  expect(anyone.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const open = await anyone.text();
  expect(open).toContain('fs_sync_hot_bytes 1000');
  expect(open).not.toMatch(/node-a|demo/);
  const ofOne = await (await ask({ authorization: 'Bearer for one' })).text();
  expect([ofOne.includes('fs_sync_hot_bytes'), /node-a|demo/.test(ofOne)]).toEqual([true, false]);
  const known = [
    { authorization: `Bearer ${FAKE_TOKEN}` },
    { authorization: 'Bearer for all' },
    { cookie: 'fs_session=fake-session' },
  ];
  for (const headers of known) expect(await (await ask(headers)).text()).toContain('fs_sync_node_up{node="node-a"} 1');
  const stranger = await ask({ authorization: 'Bearer guessed' });
  expect(stranger.status).toBe(401);
  expect(await stranger.text()).not.toContain('fs_sync');
});

test('guessing the token is slowed down, and the ways in have one count of it', async () => {
  const services = new FakeServices();
  const guesses = tokenGuesses();
  const app = metricsRoute(services, prometheus(), guesses);
  const shows = async (token: string) =>
    app.request('http://fs.test/metrics', { headers: { authorization: `Bearer ${token}` } });
  for (let i = 0; i < 9; i++) expect((await shows(`guess ${i}`)).status).toBe(401);
  expect((await shows(FAKE_TOKEN)).status).toBe(200);
  expect((await shows('one more')).status).toBe(401);
  const held = await shows(FAKE_TOKEN);
  expect([held.status, Number(held.headers.get('retry-after')) > 0]).toEqual([429, true]);
  expect((await app.request('http://fs.test/metrics')).status).toBe(200);
  const body = new URLSearchParams({ token: FAKE_TOKEN });
  const pages = appFor(services, { guesses });
  expect((await pages.request('http://fs.test/sign-in', { method: 'POST', body })).status).toBe(429);
});
