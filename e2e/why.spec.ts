// Why something is not in sync, in real Chromium on a real fleet: the sentence follows what happens on the nodes, its one
// button mends it, with and without a script; what projects are asked for from their cards, and their policies.
import { mkdir, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

const MANY = Array.from({ length: 40 }, (_, i) => `many/file-${String(i).padStart(2, '0')}.txt`);

let fleet: Fleet;
let dataDir: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  await mkdir(on('node-a', 'many'));
  for (const path of MANY) await writeFile(on('node-a', path), `content of ${path}`);
  for (const path of MANY) await onDisk(fleet, 'node-b', path, `content of ${path}`);
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

const on = (name: 'node-a' | 'node-b', path: string) => join(fleet.workspace(name), path);
const verdict = (page: Page) => page.getByRole('status', { name: 'Verdict' });
const row = (page: Page, node: string) => page.locator(`#why-nodes [data-node="${node}"]`);

async function open(page: Page, path: string): Promise<void> {
  await signIn(page, fleet);
  await page.goto(fleet.url + path);
}

async function withoutScript(browser: Browser): Promise<Page> {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${fleet.url}/sign-in`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}

test('in sync, it says since when that is verified, for the project, a node and a file; all it knows can be copied', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '/projects');
  await page.locator('[data-project=demo]').getByRole('link', { name: 'Why' }).click();
  await live(page);
  await expect(verdict(page)).toContainText(/In sync on 2 nodes, verified (just now|\d+ (s|min) ago)/);
  await expect(row(page, 'node-a')).toContainText('is current');
  await page.getByRole('button', { name: 'Copy diagnostics' }).click();
  await expect(page.locator('#toast')).toHaveText('Copied');
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(copied).toMatchObject({ project: 'demo', nodes: [{ state: 'in-sync' }, { state: 'in-sync' }] });
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('why-demo.json');

  await page.goto(`${fleet.url}/p/demo/why?path=README.md`);
  await expect(row(page, 'node-a')).toContainText('this version');
  await expect(row(page, 'node-b')).toContainText('this version');
  await page.goto(`${fleet.url}/nodes/node-b`);
  await page.getByRole('link', { name: 'Why' }).click();
  await expect(page).toHaveURL(`${fleet.url}/p/demo/why?node=node-b`);
  await expect(row(page, 'node-a')).toHaveCount(0);
});

test('what a node skips is named while the page is open; Compare again says what it found, with and without a script', async ({
  page,
  browser,
}) => {
  await open(page, '/p/demo/why');
  await live(page);
  await symlink('nowhere', on('node-a', 'link'));
  await expect(verdict(page)).toContainText('node-a is in sync but for 1 path. link: It is a symbolic link');
  await verdict(page).getByRole('button', { name: 'Compare again' }).click();
  await expect(page.locator('#said')).toContainText('Asked. Its nodes compare');
  await expect(row(page, 'node-a').locator('[data-resync=ended]')).toContainText('found nothing new');

  const plain = await withoutScript(browser);
  await plain.goto(`${fleet.url}/p/demo/why`);
  await verdict(plain).getByRole('button', { name: 'Compare again' }).click();
  await expect(plain).toHaveURL(`${fleet.url}/p/demo/why?said=resync-asked`);
  await expect(plain.locator('#said')).toContainText('Asked.');
  await plain.context().close();

  await unlink(on('node-a', 'link'));
  await expect(verdict(page)).toContainText('In sync on 2 nodes');
});

test('I9: a workspace that asks is answered from here, and all is back', async ({ page }) => {
  await open(page, '/p/demo/why');
  await live(page);
  await rm(on('node-a', 'many'), { recursive: true });
  await expect(verdict(page)).toContainText(/node-a sends nothing until it is told whether 40 of \d+ files/);
  await expect(verdict(page).getByRole('link', { name: 'Or allow…' })).toHaveAttribute('href', '/nodes/node-a');
  await verdict(page).getByRole('button', { name: 'Restore 40 files' }).click();
  for (const path of MANY) await onDisk(fleet, 'node-a', path, `content of ${path}`);
  await expect(verdict(page)).toContainText('In sync on 2 nodes');
});

test('a project is resynced, promoted and evicted from its card, which says what it takes and how busy the day was', async ({
  page,
}) => {
  await open(page, '/projects');
  await live(page);
  const card = page.locator('[data-project=demo]');
  await expect(card.locator('.stats')).toContainText(/Stored in hot\s*\d/);
  await expect(card.getByRole('img', { name: /commits? in the last 24 hours/ })).toBeVisible();
  await card.getByRole('button', { name: 'Resync' }).click();
  await expect(page.locator('#said')).toContainText('Asked. Its nodes compare');
  await card.getByRole('button', { name: 'Promote' }).click();
  await expect(page.locator('#said')).toContainText('Its files come back to hot storage');
  await card.getByRole('button', { name: 'Evict…' }).click();
  await expect(page).toHaveURL(/\/jobs\/[^?]+\?said=job-asked/);
  await expect(page.locator('#job-head')).toContainText('Dry run');
});

test('policies are changed by their form, which says beside a field what cannot be, with and without a script', async ({
  page,
  browser,
}) => {
  await open(page, '/settings');
  await live(page);
  await expect(page.locator('[data-check=nats]')).toContainText('connected');
  await expect(page.locator('[data-setting=FS_ADMIN_TOKEN]')).toContainText('set, not shown');
  const other = await page.context().newPage();
  await other.goto(`${fleet.url}/settings/policies/demo`);
  await other.getByLabel('Two nodes change one file').selectOption('keep-both');
  await other.getByLabel('And always the newest').fill('none');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.locator('#policy-last-fault')).toHaveText('It is "none": give commits, from 1 to 100,000.');
  await other.getByLabel('And always the newest').fill('3');
  await other.getByRole('button', { name: 'Save' }).click();
  await expect(other.locator('#said')).toContainText('Saved.');
  await expect(page.locator('#policies')).toContainText('both versions of a conflict stay');

  const plain = await withoutScript(browser);
  await plain.goto(`${fleet.url}/settings/policies/demo`);
  await plain.getByLabel('Idle after').fill('-1');
  await plain.getByRole('button', { name: 'Save' }).click();
  await expect(plain.locator('#policy-evict_idle-fault')).toContainText('give days, from 1 to 36,500');
  await plain.getByLabel('Idle after').fill('30');
  await plain.getByRole('button', { name: 'Save' }).click();
  await expect(plain).toHaveURL(`${fleet.url}/settings/policies/demo?said=policy-changed`);
  await expect(plain.getByLabel('Idle after')).toHaveValue('30');
  await plain.context().close();
});
