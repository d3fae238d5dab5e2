// What the screens promise to people, in real Chromium on a real fleet: they work without JavaScript and by keyboard
// alone, no file name can do more than be shown, the feed pauses without losing anything, and nothing is cut on a phone.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { HOSTILE } from './hostile-names.ts';

let fleet: Fleet;
let dataDir: string;
let demo: string;

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  demo = fleet.workspace('node-a');
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

async function signIn(page: Page, path = '/projects'): Promise<void> {
  await page.goto(`${fleet.url}/sign-in?next=${encodeURIComponent(path)}`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(fleet.url + path);
}

async function live(page: Page): Promise<void> {
  await expect(page.locator('#live-pill')).toHaveAttribute('data-state', 'live');
}

/** Everything that must never happen on a page, collected while it is used. */
function faultsOf(context: BrowserContext): string[] {
  const faults: string[] = [];
  context.on('page', (page) => {
    page.on('dialog', async (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(`console: ${message.text()}`);
    });
  });
  return faults;
}

const row = (page: Page, path: string) => page.locator(`#files [data-path=${JSON.stringify(path)}]`);

test('without JavaScript every screen works by its links and forms', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${fleet.url}/projects`);
  await page.getByLabel('Token').fill('a wrong one');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('Check the token');
  await signIn(page);

  await page.locator('[data-project="demo"] h2 a').click();
  // Nothing comes by itself here: the fleet may still be at its first commit.
  await expect(async () => {
    await page.reload();
    await expect(row(page, 'photos')).toBeVisible({ timeout: 1 });
  }).toPass();
  await row(page, 'photos').getByRole('link', { name: 'Expand photos' }).click();
  await expect(row(page, 'photos/dunes.png')).toBeVisible();
  await row(page, 'photos/dunes.png').getByRole('link', { name: 'dunes.png' }).click();
  await expect(page.getByRole('complementary')).toContainText('SHA-256');
  await expect(page.getByRole('link', { name: 'Download', exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Close' }).click();
  await expect(row(page, 'photos/dunes.png')).toBeVisible();

  await page.getByRole('link', { name: 'Events' }).click();
  await page.getByRole('link', { name: 'Create' }).click();
  await expect(page).toHaveURL(`${fleet.url}/events?category=create`);
  const categories = await page
    .locator('#events [data-seq]')
    .evaluateAll((rows) => rows.map((found) => found.dataset.category));
  expect(new Set(categories)).toEqual(new Set(['create']));
  await page.locator('#events [data-seq] a').first().click();
  await expect(page.getByRole('complementary')).toContainText('"traceparent"');

  await page.getByLabel('Account and appearance').click();
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await page.getByLabel('Account and appearance').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.goto(`${fleet.url}/events`);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await context.close();
});

test('no file name does more than be shown: not on a page, not in a patch, not in a download', async ({ browser }) => {
  const context = await browser.newContext();
  const faults = faultsOf(context);
  const page = await context.newPage();
  await signIn(page, '/events');
  await live(page);
  await mkdir(join(demo, 'hostile'));
  for (const name of HOSTILE) await writeFile(join(demo, 'hostile', name), `content of ${name}`);
  await expect(page.locator('#events [data-category="create"]', { hasText: 'U+202E' }).first()).toBeVisible();

  await page.goto(`${fleet.url}/p/demo/files?path=hostile`);
  await live(page);
  await expect(page.locator('#files [data-path]')).toHaveCount(HOSTILE.length);
  const late = 'late\r\r\ndata: fragments <b>\r\n\r\n.txt';
  await writeFile(join(demo, 'hostile', late), 'it comes by a patch');
  await expect(page.locator('#files [data-path]')).toHaveCount(HOSTILE.length + 1);
  const shown = await page.locator('#files [data-path]').evaluateAll((rows) => rows.map((found) => found.dataset.path));
  expect(shown.toSorted()).toEqual([...HOSTILE, late].map((name) => `hostile/${name}`).toSorted());
  expect(await page.locator('#files img, #files b').count()).toBe(0);

  for (let i = 0; i <= HOSTILE.length; i++) {
    const path = shown[i];
    await page.locator('#files a.name').nth(i).click();
    await expect(page.getByRole('button', { name: 'Copy path' })).toHaveAttribute('data-copy', path ?? '');
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download', exact: true }).click();
    expect((await downloading).suggestedFilename()).not.toMatch(/[\r\n\u202e<>"]/);
  }
  expect(faults).toEqual([]);
  await context.close();
});

test('by keyboard alone: rows, folders, a file, the search, the help, and on to the events', async ({ page }) => {
  await signIn(page, '/p/demo/files');
  await live(page);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-path'));
  await page.keyboard.press('j');
  while ((await focused()) !== 'photos') {
    const before = await focused();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).not.toBe(before);
  }
  await page.keyboard.press('ArrowRight');
  await expect(row(page, 'photos/dunes.png')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await writeFile(join(demo, 'keyboard.txt'), 'a patch comes while a row has the focus');
  await expect(row(page, 'keyboard.txt')).toBeVisible();
  expect(await focused()).toMatch(/^photos\//);
  await page.keyboard.press('ArrowLeft');
  expect(await focused()).toBe('photos');
  await page.keyboard.press('ArrowLeft');
  await expect(row(page, 'photos')).toHaveAttribute('aria-expanded', 'false');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('photos/dunes.png');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary')).toContainText('dunes.png');
  await live(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('complementary')).toHaveCount(0);
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await expect(page).toHaveURL(`${fleet.url}/events`);
});

test('the feed holds when asked, counts what it holds back, and goes on without a gap', async ({ page }) => {
  await signIn(page, '/events');
  await live(page);
  const seqs = () =>
    page.locator('#events [data-seq]').evaluateAll((rows) => rows.map((found) => Number(found.dataset.seq)));
  await page.keyboard.press('Space');
  await expect(page.locator('#live-pill')).toHaveAttribute('data-state', 'paused');
  const [held] = await seqs();
  await writeFile(join(demo, 'while-paused.txt'), 'held back');
  await expect(page.locator('#live-pill')).toContainText(/Paused, [1-9]\d*\+? new/);
  expect((await seqs())[0]).toBe(held);
  await page.getByRole('link', { name: /new ↑/ }).click();
  await live(page);
  await expect(page.locator('#events [data-seq]', { hasText: 'while-paused.txt' }).first()).toBeVisible();
  const all = await seqs();
  expect(all).toContain(held);
  expect(all.every((seq, i) => i === 0 || (all[i - 1] ?? 0) > seq)).toBe(true);
});

test('what is typed survives the patches that come meanwhile', async ({ page }) => {
  await signIn(page, '/p/demo/files');
  await live(page);
  await page.getByLabel('Search all files').fill('typed wh');
  await expect(page.getByText('No file matches')).toBeVisible();
  await writeFile(join(demo, 'typed while it was not there.txt'), 'a patch of the rows that were found');
  await expect(row(page, 'typed while it was not there.txt')).toBeVisible();
  await expect(page.getByLabel('Search all files')).toHaveValue('typed wh');
  await expect(page.getByLabel('Search all files')).toBeFocused();
});

test('back and forward lead through what was open', async ({ page }) => {
  await signIn(page, '/p/demo/files');
  await live(page);
  await row(page, 'README.md').getByRole('link').click();
  await expect(page.getByRole('complementary')).toContainText('README.md');
  await expect(page).toHaveTitle(/README\.md in demo/);
  await page.goBack();
  await expect(page.getByRole('complementary')).toHaveCount(0);
  await page.goForward();
  await expect(page.getByRole('complementary')).toContainText('README.md');
  await page.reload();
  await expect(page.getByRole('complementary')).toContainText('README.md');
});

for (const width of [320, 390, 800]) {
  test(`at ${width} px nothing is wider than the screen`, async ({ browser }) => {
    const context = await browser.newContext({
      viewport: { width, height: 844 },
      isMobile: width < 720,
      hasTouch: true,
    });
    const page = await context.newPage();
    await signIn(page);
    const open = '/events?open=1';
    for (const path of [
      '/projects',
      '/p/demo/files?open=photos',
      '/p/demo/file?path=README.md',
      '/events',
      open,
      '/nodes',
      '/nodes/node-a',
      '/no',
    ]) {
      await page.goto(fleet.url + path);
      const beyond = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(beyond, path).toBe(0);
      await expect(page.getByRole('link', { name: 'Projects' }).first()).toBeInViewport();
    }
    await context.close();
  });
}
