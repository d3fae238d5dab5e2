// The story of the product, end to end: a file saved on node A travels through NATS to node B and into cold storage while
// a person watches it in a browser. Once with the embedded cold directory, once with a real S3 server.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'playwright/test';
import { type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

for (const cold of ['directory', 's3'] as const) {
  test.describe(`with cold storage in ${cold === 's3' ? 'S3' : 'a directory'}`, () => {
    let fleet: Fleet;
    let dataDir: string;

    test.beforeAll(async () => {
      test.setTimeout(240_000);
      dataDir = await newDataDir();
      fleet = await startFleet({ dataDir, args: cold === 's3' ? ['--s3'] : [] });
    });
    test.afterAll(async () => {
      await fleet.stop();
      await removeDataDir(dataDir);
    });

    test('the demo is there on both nodes and on every screen', async ({ page }) => {
      await onDisk(fleet, 'node-b', 'README.md', await readFile(join(fleet.workspace('node-a'), 'README.md'), 'utf8'));
      await signIn(page, fleet);
      await live(page);
      await expect(page.locator('[data-project="demo"]')).toContainText('In sync on 2 nodes');
      await page.getByRole('link', { name: 'demo' }).first().click();
      await expect(page.locator('#files [data-path="README.md"]')).toBeVisible();
      await expect(page.locator('#files [data-path="photos"]')).toBeVisible();
      expect(existsSync(join(fleet.workspace('node-b'), 'inbox'))).toBe(true);
      await page.getByRole('link', { name: 'Events' }).first().click();
      await expect(page.locator('#events [data-seq]').first()).toBeVisible();
    });

    test('a file saved on node A shows on node B and on all three screens without a reload', async ({ browser }) => {
      const context = await browser.newContext();
      const projects = await context.newPage();
      await signIn(projects, fleet);
      const files = await context.newPage();
      await files.goto(`${fleet.url}/p/demo/files`);
      const events = await context.newPage();
      await events.goto(`${fleet.url}/events`);
      for (const page of [projects, files, events]) {
        await page.bringToFront();
        await live(page);
      }
      await projects.bringToFront();
      const before = (await readdir(fleet.workspace('node-a'), { recursive: true, withFileTypes: true })).filter(
        (found) => found.isFile() && !found.parentPath.includes('.fs-sync'),
      ).length;
      const loads: string[] = [];
      for (const page of [projects, files, events]) {
        page.on('framenavigated', (frame) => loads.push(frame.url()));
      }

      await writeFile(join(fleet.workspace('node-a'), 'hello.txt'), `hello from node A in ${cold}\n`);
      await onDisk(fleet, 'node-b', 'hello.txt', `hello from node A in ${cold}\n`);
      await expect(projects.locator('[data-project="demo"]')).toContainText(`${before + 1}`);
      await files.bringToFront();
      await expect(files.locator('#files [data-path="hello.txt"]')).toBeVisible();
      await expect(files.locator('#files [data-path="hello.txt"]')).toContainText(/cold/i);
      await events.bringToFront();
      const created = events.locator('#events [data-seq][data-category="create"]', { hasText: 'hello.txt' }).first();
      await expect(created).toBeVisible();
      await expect(events.locator('#events [data-seq][data-category="transfer"]').first()).toBeVisible();
      expect(loads).toEqual([]);
      await context.close();
    });

    test('what node B changes reaches node A: edits, renames, directories, deletions', async () => {
      const a = fleet.workspace('node-a');
      const b = fleet.workspace('node-b');
      await mkdir(join(b, 'deep/er/still'), { recursive: true });
      await writeFile(join(b, 'deep/er/file.txt'), 'one');
      await onDisk(fleet, 'node-a', 'deep/er/file.txt', 'one');
      await expect.poll(() => existsSync(join(a, 'deep/er/still'))).toBe(true);
      await writeFile(join(b, 'deep/er/file.txt'), 'two');
      await onDisk(fleet, 'node-a', 'deep/er/file.txt', 'two');
      await rename(join(b, 'deep'), join(b, 'moved'));
      await onDisk(fleet, 'node-a', 'moved/er/file.txt', 'two');
      await expect.poll(() => existsSync(join(a, 'deep'))).toBe(false);
      await rm(join(b, 'moved'), { recursive: true });
      await expect.poll(() => existsSync(join(a, 'moved'))).toBe(false);
    });

    test('a file can be opened and downloaded', async ({ page }) => {
      await signIn(page, fleet);
      await page.goto(`${fleet.url}/p/demo/file?path=${encodeURIComponent('photos/dunes.png')}`);
      await expect(page.getByText('dunes.png').first()).toBeVisible();
      const downloading = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download' }).first().click();
      const path = await (await downloading).path();
      expect(await readFile(path)).toEqual(await readFile(join(fleet.workspace('node-a'), 'photos/dunes.png')));
    });
  });
}

test('the page says when it is not live, and is live again after a server restart', async ({ page }) => {
  const dataDir = await newDataDir();
  let fleet = await startFleet({ dataDir });
  const port = new URL(fleet.url).port;
  await signIn(page, fleet);
  await live(page);
  await fleet.stop();
  await expect(page.locator('#live-pill')).not.toHaveAttribute('data-state', 'live');
  fleet = await startFleet({ dataDir, env: { PORT: port } });
  await live(page);
  await fleet.stop();
  await removeDataDir(dataDir);
});

test('a second start goes on where the first stopped: nothing is seeded twice, nothing is lost', async () => {
  const dataDir = await newDataDir();
  let fleet = await startFleet({ dataDir });
  await onDisk(
    fleet,
    'node-b',
    'site/site.json',
    await readFile(join(fleet.workspace('node-a'), 'site/site.json'), 'utf8'),
  );
  await rm(join(fleet.workspace('node-a'), 'README.md'));
  await expect.poll(() => existsSync(join(fleet.workspace('node-b'), 'README.md'))).toBe(false);
  expect(await fleet.stop()).toBe(0);

  await writeFile(join(fleet.workspace('node-b'), 'while-stopped.txt'), 'kept');
  fleet = await startFleet({ dataDir });
  await onDisk(fleet, 'node-a', 'while-stopped.txt', 'kept');
  expect(existsSync(join(fleet.workspace('node-a'), 'README.md'))).toBe(false);

  await fleet.kill();
  await writeFile(join(fleet.workspace('node-a'), 'after-kill.txt'), 'kept too');
  fleet = await startFleet({ dataDir });
  await onDisk(fleet, 'node-b', 'after-kill.txt', 'kept too');
  expect(await fleet.stop()).toBe(0);
  await removeDataDir(dataDir);
});

test('a second copy on a taken port is told so, and what to do', async () => {
  const dataDir = await newDataDir();
  const otherDir = await newDataDir();
  const fleet = await startFleet({ dataDir });
  const { port } = new URL(fleet.url);
  await expect(startFleet({ dataDir: otherDir, env: { PORT: port } })).rejects.toThrow(
    new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken: .*PORT=${Number(port) + 1}`),
  );
  const second = await startFleet({ dataDir: otherDir });
  expect(second.url).not.toBe(fleet.url);
  await second.stop();
  await fleet.stop();
  await removeDataDir(dataDir);
  await removeDataDir(otherDir);
});

test('a setting that is not accepted is named with its value and what is', async () => {
  const dataDir = await newDataDir();
  await expect(startFleet({ dataDir, env: { PORT: 'eighty' } })).rejects.toThrow(
    /PORT is "eighty": give a port number/,
  );
  await expect(startFleet({ dataDir, env: { NATS_URL: 'http://127.0.0.1' } })).rejects.toThrow(
    /NATS_URL is .*: give one or more addresses/,
  );
  await expect(startFleet({ dataDir, env: { FS_TENANT: 'Not A Slug' } })).rejects.toThrow(/FS_TENANT is "Not A Slug"/);
  await removeDataDir(dataDir);
});

test('a NATS that does not answer is said with its address and the next step', async () => {
  const dataDir = await newDataDir();
  await expect(startFleet({ dataDir, env: { NATS_URL: 'nats://127.0.0.1:9' } })).rejects.toThrow(/127\.0\.0\.1:9/);
  await removeDataDir(dataDir);
});

test('Ctrl-C ends every process that was started', async () => {
  const dataDir = await newDataDir();
  const fleet = await startFleet({ dataDir });
  await onDisk(
    fleet,
    'node-b',
    'site/site.json',
    await readFile(join(fleet.workspace('node-a'), 'site/site.json'), 'utf8'),
  );
  const children = fleet.children();
  // nats-server, the server and two agents, and whatever else there may be.
  expect(children.length).toBeGreaterThanOrEqual(4);
  expect(await fleet.stop()).toBe(0);
  await expect.poll(() => children.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
  await removeDataDir(dataDir);
});
