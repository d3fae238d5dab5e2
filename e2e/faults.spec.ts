// Things that break while the system runs: it keeps running, says what is wrong in one sentence, and recovers by itself.
import { readFile, symlink, unlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { startRadosgw } from '../core/embedded/radosgw.ts';
import { newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

test('NATS is killed: the pages say so, nodes keep their edits, and all is in sync when it is back', async ({
  page,
}) => {
  const dataDir = await newDataDir();
  const fleet = await startFleet({ dataDir });
  await signIn(page, fleet);
  await expect(page.locator('[data-project="demo"]')).toContainText('In sync on 2 nodes');

  const pid = Number(await readFile(join(dataDir, 'nats/nats-server.pid'), 'utf8'));
  process.kill(pid, 'SIGKILL');
  await writeFile(join(fleet.workspace('node-a'), 'meanwhile-a.txt'), 'a');
  await writeFile(join(fleet.workspace('node-b'), 'meanwhile-b.txt'), 'b');
  await expect.poll(() => fleet.output()).toContain('nats-server ended (SIGKILL); starting it again');
  await onDisk(fleet, 'node-b', 'meanwhile-a.txt', 'a');
  await onDisk(fleet, 'node-a', 'meanwhile-b.txt', 'b');
  await live(page);
  await expect(page.locator('[data-project="demo"]')).toContainText('In sync on 2 nodes');
  expect(await fleet.stop()).toBe(0);
  await removeDataDir(dataDir);
});

test('S3 goes away: sync goes on, the page says that archiving waits, and it catches up when S3 is back', async ({
  page,
}) => {
  test.setTimeout(240_000);
  const s3Dir = await newDataDir();
  const dataDir = await newDataDir();
  const s3 = await startRadosgw({ dir: s3Dir, log: () => undefined });
  const gate = await openGate(Number(new URL(s3.endpoint).port));
  const fleet = await startFleet({
    dataDir,
    env: {
      S3_BUCKET: 'fs-sync-faults',
      S3_ENDPOINT: `http://127.0.0.1:${gate.port}`,
      AWS_ACCESS_KEY_ID: s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
    },
  });
  await signIn(page, fleet);
  await expect(page.locator('[data-project="demo"]')).toContainText('All in cold');

  gate.close();
  await writeFile(join(fleet.workspace('node-a'), 'while-s3-is-away.txt'), 'safe in hot');
  await onDisk(fleet, 'node-b', 'while-s3-is-away.txt', 'safe in hot');
  await expect(page.getByText(/Archiving waits: .*Next try in \d+ s/).first()).toBeVisible({ timeout: 60_000 });
  const ready = await page.request.get(`${fleet.url}/readyz`);
  expect(ready.status()).toBe(503);
  expect((await ready.json()).checks).toContainEqual(expect.objectContaining({ name: 'cold', ok: false }));

  gate.open();
  await expect(page.locator('[data-project="demo"]')).toContainText('All in cold', { timeout: 90_000 });
  await expect(page.getByText(/Archiving waits/)).toHaveCount(0);
  await fleet.stop();
  gate.end();
  await s3.stop();
  await removeDataDir(dataDir);
  await removeDataDir(s3Dir);
});

test('an S3 that does not answer does not stop the start: the page names its address', async ({ page }) => {
  const dataDir = await newDataDir();
  const fleet = await startFleet({
    dataDir,
    env: {
      S3_BUCKET: 'fs-sync',
      S3_ENDPOINT: 'http://127.0.0.1:9',
      AWS_ACCESS_KEY_ID: 'wrong',
      AWS_SECRET_ACCESS_KEY: 'wrong',
    },
  });
  await signIn(page, fleet);
  await expect(page.getByText(/Archiving waits: .*127\.0\.0\.1:9/).first()).toBeVisible({ timeout: 60_000 });
  await fleet.stop();
  await removeDataDir(dataDir);
});

test('what cannot be carried is a problem with its path and reason, and is gone when the cause is', async ({
  page,
}) => {
  const dataDir = await newDataDir();
  const fleet = await startFleet({ dataDir });
  await signIn(page, fleet);
  const a = fleet.workspace('node-a');
  await symlink('/etc/hostname', join(a, 'a-link'));
  await expect(page.locator('[data-project="demo"]')).toContainText('a-link');
  await unlink(join(a, 'a-link'));
  await expect(page.locator('[data-project="demo"]')).not.toContainText('a-link');
  await fleet.stop();
  await removeDataDir(dataDir);
});

interface Gate {
  readonly port: number;
  /** Refuses new connections and cuts those that are open. */
  close(): void;
  open(): void;
  end(): void;
}

/** A way to a local port that can be closed. */
async function openGate(target: number): Promise<Gate> {
  const sockets = new Set<Socket>();
  let isOpen = true;
  const server: Server = createServer((client) => {
    if (!isOpen) {
      client.destroy();
      return;
    }
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    close: () => {
      isOpen = false;
      cut();
    },
    open: () => {
      isOpen = true;
    },
    end: () => {
      cut();
      server.close();
    },
  };
}
