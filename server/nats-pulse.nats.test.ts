// A nats-server that is stopped in the middle (SIGSTOP), as one on a machine that hangs: its connections stay open, and the
// server says of it what is true.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { systemClock } from '../core/model/clock.ts';
import { silentLog } from '../core/model/log.ts';
import { memoryColdStore } from '../core/store/memory-cold-store.ts';
import { useNats } from '../core/testing/use-nats.ts';
import { Health } from './health.ts';
import { NatsPulse } from './nats-pulse.ts';
import { type RunningServer, startServer } from './serve.ts';
import { serverSettings } from './settings.ts';

// The browser's files come from the build, and have no part in this.
vi.mock('../app/assets.ts', () => ({
  loadAssets: () => ({ url: String, sprite: '', serve: () => new Response() }),
}));

const nats = useNats();
const directory = mkdtempSync(join(tmpdir(), 'fs-pulse-'));
let server: RunningServer | undefined;
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

test('while NATS hangs, /readyz says since when nothing was heard of it, and when it goes on, that it answers', async () => {
  server = await startServer(
    serverSettings({
      ...{ NATS_URL: nats.rig.url, FS_TENANT: nats.rig.freshTenant(), FS_DATA_DIR: directory },
      ...{ PORT: '0', FS_ADMIN_TOKEN: 'the-admin-token-of-the-test' },
    }),
    silentLog,
  );
  const ready = async () => {
    const answer = await fetch(`${server?.url}/readyz`);
    return [answer.status, await answer.text()];
  };
  expect(await ready()).toEqual([200, expect.stringContaining('{"name":"nats","ok":true,"detail":"connected"}')]);
  nats.rig.hang();
  const silent = /\{"name":"nats","ok":false,"detail":"nothing heard since \d\d:\d\d:\d\d UTC"\}/;
  expect(await ready()).toEqual([503, expect.stringMatching(silent)]);
  nats.rig.goOn();
  expect(await ready()).toEqual([200, expect.stringContaining('"detail":"connected"')]);
});

test('pages tell of NATS that hangs though its connection is open, and are told when that changes', async () => {
  const told: (number | undefined)[] = [];
  const pulse: NatsPulse = new NatsPulse(
    {
      roundTrip: () => nats.link.connection.flush(),
      awaySince: () => nats.link.awaySince,
      clock: systemClock,
    },
    () => told.push(pulse.awaySince),
  );
  const health = new Health(
    {
      nats: pulse,
      cold: memoryColdStore(nats.rig.freshTenant()),
      archiveLag: () => undefined,
      audit: () => ({ trouble: undefined, isFailing: false }),
      pingReadModel: () => {},
      now: () => systemClock.now(),
    },
    () => {},
  );
  await pulse.ask();
  expect([health.trouble(), told]).toEqual([undefined, []]);
  nats.rig.hang();
  const hungAt = systemClock.now();
  await Promise.all([pulse.ask(), pulse.ask()]);
  expect(nats.link.isConnected).toBe(true);
  expect(health.trouble()?.sentence).toMatch(/^NATS does not answer since \d\d:\d\d:\d\d UTC\./);
  expect(health.trouble()?.since).toBeLessThanOrEqual(hungAt);
  nats.rig.goOn();
  await pulse.ask();
  expect([health.trouble(), told]).toEqual([undefined, [expect.any(Number), undefined]]);
});
