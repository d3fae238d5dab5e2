// What people do with tiers and projects in the browser, on a real fleet: an eviction is planned, read and run, the file is
// cold, a promotion brings it back; a pin keeps it; a project is renamed under its workspace, deleted, and brought back; and
// a path that is skipped has the same word on every page.
import { existsSync } from 'node:fs';
import { mkdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from 'playwright/test';
import { giveUpOn } from './dead-letter.ts';
import { type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

let fleet: Fleet;
let dataDir: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  await mkdir(join(fleet.workspace('node-a'), 'tiers'));
  for (const name of ['one', 'two']) {
    await writeFile(join(fleet.workspace('node-a'), `tiers/${name}.txt`), `content of ${name}`);
    await onDisk(fleet, 'node-b', `tiers/${name}.txt`, `content of ${name}`);
  }
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

async function open(page: Page, path: string): Promise<void> {
  await signIn(page, fleet);
  await go(page, path);
}
async function go(page: Page, path: string): Promise<void> {
  await page.goto(fleet.url + path);
  await live(page);
}
const card = (page: Page) => page.locator('[data-project="demo"]');
const ended = (page: Page, word: string) => expect(page.locator('#job-head')).toContainText(word);
const tierOf = (page: Page, name: string) => page.locator(`#files [data-path="tiers/${name}.txt"] .tiers`);

/** Starts a job on what is below `tiers`, and is on its page then. */
async function start(page: Page, button: string): Promise<void> {
  await go(page, '/p/demo/manage');
  await page.getByLabel('Only below').fill('tiers');
  await page.getByRole('button', { name: button }).click();
  await expect(page).toHaveURL(/\/jobs\/[a-z0-9-]+\?said=job-asked$/);
}

test('an eviction is planned, its plan is read and run, the files are cold, and a promotion brings them back', async ({
  page,
}) => {
  await open(page, '/projects');
  await expect(card(page)).toContainText('All in cold');
  await card(page).getByRole('link', { name: 'Manage' }).click();
  await expect(page).toHaveURL(`${fleet.url}/p/demo/manage`);

  await start(page, 'Evict: Plan eviction');
  await ended(page, 'Would evict 2 objects');
  await expect(page.locator('#job-plan')).toContainText('tiers/one.txt');
  await go(page, '/p/demo/files?path=tiers');
  await expect(tierOf(page, 'one')).toContainText('Hot');
  await page.goBack();

  await expect(page.locator('#job-next')).toContainText('2 objects, 28 B, leave hot storage.');
  await page.getByRole('button', { name: 'Evict 2 objects' }).click();
  await ended(page, 'Evicted 2 objects.');
  await expect(page.locator('#job-events')).toContainText('2 objects, 28 B');
  await go(page, '/p/demo/files?path=tiers');
  for (const name of ['one', 'two']) {
    await expect(tierOf(page, name)).toContainText('Cold');
    await expect(tierOf(page, name)).not.toContainText('Hot');
  }

  await start(page, 'Promote: Promote strict');
  await ended(page, 'Brought back 2 files');
  await go(page, '/p/demo/files?path=tiers');
  for (const name of ['one', 'two']) await expect(tierOf(page, name)).toContainText('Hot');
});

test('what is pinned stays; the list of jobs fills by itself, is filtered, and has its key', async ({ page }) => {
  await open(page, '/p/demo/manage');
  await page.locator('#pin-path').fill('tiers/one.txt');
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await expect(page.locator('#said')).toContainText('Pinned: it stays in hot storage.');
  await expect(page.locator('#pins')).toContainText('tiers/one.txt');
  await page.keyboard.press('Escape');

  const jobs = await page.context().newPage();
  await go(jobs, '/projects');
  await jobs.keyboard.press('g');
  await jobs.keyboard.press('j');
  await expect(jobs).toHaveURL(`${fleet.url}/jobs`);
  await live(jobs);
  const before = await jobs.locator('[data-job]', { hasText: 'Evict' }).count();
  await start(page, 'Evict: Plan eviction');
  await ended(page, 'Would evict 1 object; kept 1 because it is pinned.');
  await expect(jobs.locator('[data-job]', { hasText: 'Evict' })).toHaveCount(before + 1);
  await jobs.getByLabel('Any kind').selectOption('promote');
  await jobs.getByRole('button', { name: 'Filter' }).click();
  await expect(jobs.locator('[data-job]')).toHaveCount(1);
  await expect(jobs.locator('[data-job]')).toContainText('Promote strictly');
  await jobs.close();

  await go(page, '/p/demo/manage');
  await page.getByRole('button', { name: 'Unpin tiers/one.txt' }).click();
  await expect(page.locator('#pins')).not.toContainText('tiers/one.txt');
});

test('a project is renamed and its workspace goes on, is deleted by its name, and comes back', async ({ page }) => {
  await open(page, '/projects');
  await page.getByLabel('Name of a new project').fill('alpha');
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.locator('[data-project="alpha"]')).toBeVisible();
  await go(page, '/nodes/node-b');
  await page.getByLabel('Project').selectOption('alpha');
  await page.getByRole('button', { name: 'Assign' }).click();
  const alpha = page.locator('[data-workspace="alpha"]');
  await expect(alpha).toContainText('In sync');
  const root = (await alpha.locator('code').first().textContent()) ?? '';
  await writeFile(join(root, 'kept.txt'), 'kept');

  await go(page, '/p/alpha/manage');
  await expect(page.locator('#manage-head')).toContainText('1 file');
  await page.getByLabel('New name').fill('beta');
  await page.getByRole('button', { name: 'Rename' }).click();
  await expect(page).toHaveURL(/\/p\/beta\/manage\?said=project-renamed$/);
  await go(page, '/nodes/node-b');
  const beta = page.locator('[data-workspace="beta"]');
  await expect(beta).toContainText('In sync');
  await expect(beta.locator('code').first()).toHaveText(root);
  expect(existsSync(join(root, 'kept.txt'))).toBe(true);

  await go(page, '/p/beta/manage');
  await page.getByLabel('to delete it').fill('bet');
  await page.getByRole('button', { name: 'Delete beta' }).click();
  await expect(page.locator('#delete-name-fault')).toContainText('"bet" is not beta');
  await page.getByLabel('to delete it').fill('beta');
  await page.getByRole('button', { name: 'Delete beta' }).click();
  await expect(page).toHaveURL(`${fleet.url}/projects?said=project-deleted`);
  await expect(page.locator('[data-project="beta"]')).toHaveCount(0);
  await live(page);
  await page.getByRole('button', { name: 'Bring back beta' }).click();
  await expect(page.locator('[data-project="beta"]')).toContainText('1');
  await expect(page.locator('#deleted-projects')).toBeHidden();
  await expect(page.locator('[data-project="beta"]')).toContainText('In sync on node-b');
});

test('a path that is skipped has the same word on every page, and blocks none', async ({ page }) => {
  const word = 'In sync, 1 skipped';
  const link = join(fleet.workspace('node-a'), 'link');
  await symlink('/etc/hostname', link);
  await open(page, '/projects');
  await expect(card(page).locator('header')).toContainText(`${word} on node-a`);
  await expect(card(page).locator('[data-node="node-a"]')).toContainText(word);
  await go(page, '/nodes');
  const node = page.locator('#fleet [data-node="node-a"]');
  await expect(node.locator('> header')).toContainText(word);
  await expect(node.locator('[data-workspace="demo"]')).toContainText(word);
  await go(page, '/nodes/node-a');
  await expect(page.locator('#node-head')).toContainText(word);
  await expect(page.locator('[data-workspace="demo"] .place-head')).toContainText(word);
  await unlink(link);
  await go(page, '/projects');
  await expect(card(page).locator('header')).toContainText('In sync on 2 nodes');
});

test('what archiving gave up on comes onto the page by itself, with its file and the reason, and is tried again', async ({
  page,
  browser,
}) => {
  await open(page, '/jobs');
  const letters = page.locator('#dead-letters');
  await expect(letters).toBeEmpty();
  await giveUpOn(fleet, 'README.md', 'hot has 351 bytes that are not these.');
  await expect(letters).toContainText('hot has 351 bytes that are not these.');
  await expect(letters.getByRole('heading')).toContainText('1 dead letter');
  await expect(letters.getByRole('link', { name: 'README.md' })).toHaveAttribute('href', /file\?path=README\.md$/);
  await letters.getByRole('button', { name: 'Try again: README.md' }).click();
  await expect(page.locator('#job-head')).toHaveAttribute('data-state', 'done');
  await go(page, '/jobs');
  await expect(letters).toBeEmpty();

  await giveUpOn(fleet, 'README.md', 'it was damaged');
  const plain = await browser.newContext({
    javaScriptEnabled: false,
    storageState: await page.context().storageState(),
  });
  const still = await plain.newPage();
  await still.goto(`${fleet.url}/jobs`);
  await still.getByRole('button', { name: 'Try all again' }).click();
  await expect(letters).toBeEmpty();
  await plain.close();
});

test('without a script a plan is asked for and run as well', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${fleet.url}/sign-in?next=/p/demo/manage`);
  await page.getByLabel('Token').fill(new URL(fleet.signInUrl).hash.slice('#token='.length));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Only below').fill('../up');
  await page.getByRole('button', { name: 'Evict: Plan eviction' }).click();
  await expect(page.locator('#start-fault')).toContainText('Path is "../up"');
  await page.getByLabel('Only below').fill('tiers/two.txt');
  await page.getByRole('button', { name: 'Evict: Plan eviction' }).click();
  await expect(page).toHaveURL(/\/jobs\//);
  const evict = page.getByRole('button', { name: 'Evict 1 object' });
  await expect
    .poll(async () => {
      await page.reload();
      return evict.count();
    })
    .toBe(1);
  await evict.click();
  await expect
    .poll(async () => {
      await page.reload();
      return page.locator('#job-head').textContent();
    })
    .toContain('Evicted 1 object.');
  await context.close();
});
