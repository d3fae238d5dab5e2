// What people see and do on Nodes, on a real fleet: a workspace that lost most of its files asks, and does what is answered;
// limits change while the agent runs; what cannot be carried is named, and gone when its cause is.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from 'playwright/test';
import { type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

const MANY = Array.from({ length: 40 }, (_, i) => `many/file-${String(i).padStart(2, '0')}.txt`);

let fleet: Fleet;
let dataDir: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

async function openNodes(page: Page, path = '/nodes'): Promise<void> {
  await signIn(page, fleet);
  await page.goto(fleet.url + path);
  await live(page);
}

const node = (page: Page, name: string) => page.locator(`#fleet [data-node="${name}"]`);
const on = (name: 'node-a' | 'node-b', path: string) => join(fleet.workspace(name), path);
const filesOn = (name: 'node-a' | 'node-b') => namesBelow(fleet.workspace(name));

/** Names of its files. Agents work meanwhile: a directory that they remove before it is read holds none. */
async function namesBelow(dir: string): Promise<string[]> {
  const found = await readdir(dir, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
  const names = found.map(async (one) => {
    if (one.isDirectory()) return one.name === '.fs-sync' ? [] : namesBelow(join(dir, one.name));
    return one.isFile() ? [one.name] : [];
  });
  return (await Promise.all(names)).flat();
}

/** Every file of node-a's directory but one, as a slip of the hand deletes them. */
async function deleteMostOnA(): Promise<void> {
  const all = await readdir(fleet.workspace('node-a'));
  for (const name of all) {
    if (name !== '.fs-sync' && name !== 'README.md') await rm(on('node-a', name), { recursive: true });
  }
}

test('both nodes are there with their workspace, and the numbers of it', async ({ page }) => {
  await mkdir(on('node-a', 'many'));
  for (const path of MANY) await writeFile(on('node-a', path), `content of ${path}`);
  for (const path of MANY) await onDisk(fleet, 'node-b', path, `content of ${path}`);
  await openNodes(page);
  for (const name of ['node-a', 'node-b']) {
    const place = node(page, name).locator('[data-workspace="demo"]');
    await expect(place).toContainText('In sync');
    await expect(place).toContainText('is current');
    await expect(place).toContainText('configuration');
  }
  await node(page, 'node-a').getByRole('link', { name: 'node-a' }).click();
  await expect(page).toHaveURL(`${fleet.url}/nodes/node-a`);
  await page.keyboard.press('g');
  await page.keyboard.press('n');
  await expect(page).toHaveURL(`${fleet.url}/nodes`);
});

test('the events say that both nodes joined and what they hold', async ({ page }) => {
  await openNodes(page, '/events?category=system');
  for (const name of ['node-a', 'node-b'] as const) {
    const events = page.locator('#events [data-seq]', { hasText: name });
    await expect(events.filter({ hasText: 'Joined' })).toContainText('version');
    await expect(events.filter({ hasText: 'Activated' })).toContainText(
      `holds the project in ${fleet.workspace(name)}`,
    );
  }
});

test('I9: most files are deleted: the question appears by itself, and Restore brings every file back', async ({
  page,
}) => {
  await openNodes(page);
  const before = (await filesOn('node-a')).toSorted();
  await deleteMostOnA();
  const question = node(page, 'node-a').locator('[data-question="deletions"]');
  await expect(question).toContainText('files are gone from this directory');
  await expect(question).toContainText('many/file-');
  await expect(question.getByRole('button', { name: /^Allow \d+ deletions$/ })).toBeVisible();
  expect(existsSync(on('node-b', MANY[0] ?? ''))).toBe(true);

  await page.goto(`${fleet.url}/projects`);
  const row = page.locator('[data-project="demo"] [data-node="node-a"]');
  await expect(page.locator('[data-project="demo"]')).toContainText(/node-a sends nothing until it is told whether/);
  await row.getByRole('link', { name: 'Answer on node-a' }).click();
  await live(page);
  await page.getByRole('button', { name: /^Restore \d+ files$/ }).click();
  await expect(page.locator('#said')).toContainText('Answered.');
  await expect(page.locator('[data-question]')).toHaveCount(0);
  await expect.poll(async () => (await filesOn('node-a')).toSorted()).toEqual(before);
  expect((await filesOn('node-b')).toSorted()).toEqual(before);
});

test('I9: asked again, Allow deletes them on the other node; without a script, and only once', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${fleet.url}/sign-in?next=/nodes/node-a`);
  await page.getByLabel('Token').fill(new URL(fleet.signInUrl).hash.slice('#token='.length));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(`${fleet.url}/nodes/node-a`);
  await deleteMostOnA();
  const allow = page.getByRole('button', { name: /^Allow \d+ deletions$/ });
  await expect
    .poll(async () => {
      await page.reload();
      return allow.count();
    })
    .toBe(1);
  const stale = await context.newPage();
  await stale.goto(page.url());
  await allow.click();
  await expect(page).toHaveURL(`${fleet.url}/nodes/node-a?said=answered`);
  await expect.poll(() => filesOn('node-b')).toEqual(['README.md']);
  await stale.getByRole('button', { name: /^Restore \d+ files$/ }).click();
  await expect(stale.locator('#said')).toContainText('Nothing was changed: that question is gone.');
  expect(await filesOn('node-a')).toEqual(['README.md']);
  await context.close();
});

test('a limit is set while the agent runs, and a value that is none is named where it was typed', async ({ page }) => {
  await openNodes(page, '/nodes/node-b');
  await page.getByLabel('Upload').fill('quick');
  await page.getByRole('button', { name: 'Save limits' }).click();
  await expect(page.locator('#limits-form')).toContainText('Upload is "quick": give MB/s');
  await expect(page.getByLabel('Upload')).toHaveValue('quick');
  await page.getByLabel('Upload').fill('2.5');
  await page.getByLabel('Open files').fill('64');
  await page.getByRole('button', { name: 'Save limits' }).click();
  await expect(page.locator('[data-limit="up_bytes_per_s"]')).toContainText('2.5 MB/s');
  await expect(page.locator('[data-limit="open_files"]')).toContainText('64');
  await expect(page.locator('[data-limit="memory_bytes"]')).toContainText('as configured');
  await writeFile(on('node-b', 'within-limits.txt'), 'it still goes');
  await onDisk(fleet, 'node-a', 'within-limits.txt', 'it still goes');
  await page.reload();
  await expect(page.getByLabel('Upload')).toHaveValue('2.5');
});

test('a workspace is assigned, filled by the node, and leaves it again with proof', async ({ page }) => {
  await openNodes(page, '/nodes/node-b');
  await page.getByLabel('Directory').fill('copy');
  await page.getByLabel('Direction').selectOption('receive');
  await page.getByRole('button', { name: 'Assign' }).click();
  const place = page.locator('[data-workspace="demo"]', { hasText: '/copy' });
  await expect(page.locator('#said')).toBeInViewport();
  await expect(place).toContainText('only receives');
  await expect(place).toContainText('In sync');
  const root = (await place.locator('code').first().textContent()) ?? '';
  await expect.poll(() => existsSync(join(root, 'README.md'))).toBe(true);
  await place.getByRole('button', { name: 'Rescan now' }).click();
  await expect(page.locator('#said')).toContainText('Asked.');
  await place.getByRole('button', { name: 'Remove' }).click();
  await expect(place).toHaveCount(0);
  await expect.poll(() => existsSync(root)).toBe(false);
  await expect(page.locator('[data-workspace="demo"]')).toHaveCount(1);
});

test('a symbolic link is a problem with its path and reason, and is gone when it is removed', async ({ page }) => {
  await openNodes(page);
  const place = node(page, 'node-a').locator('[data-workspace="demo"]');
  const name = 'link <img src=x onerror=alert(1)> \u202e"it\'s"';
  await symlink('/etc/hostname', on('node-a', name));
  const problem = place.locator('[data-problem="symlink"]');
  await expect(problem).toContainText('link <img src=x onerror=alert(1)>');
  await expect(problem).toContainText('Symbolic link');
  await expect(problem.locator('.ctl')).toHaveText('U+202E');
  expect(await place.locator('img').count()).toBe(0);
  await unlink(on('node-a', name));
  await expect(problem).toHaveCount(0);
});
