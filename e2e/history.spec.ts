// A file's page and a project's past in the browser, on a real fleet: previews that run nothing, versions, two commits
// compared, a text line by line, restores that say before what they do; with and without a script, and by keyboard.
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from 'playwright/test';
import { type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

let fleet: Fleet;
let dataDir: string;
/** the commits that wrote the plan, oldest first */
let plans: string[] = [];

const FIRST = '# Plan\n\n- one\n- two\n';
const SECOND = '# Plan\n\n- one\n- two and a half\n<script>document.title = "run"</script>\n';
const PLAN = '/p/demo/file?path=plan.md';

test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  const page = await browser.newPage();
  await open(page, '/p/demo/history');
  await expect(page.locator('#commits')).toContainText('README.md');
  await put('node-a', 'plan.md', FIRST);
  await onDisk(fleet, 'node-b', 'plan.md', FIRST);
  // It is live: the newest commit comes to the top by itself.
  await expect(newest(page)).toContainText('plan.md');
  await put('node-b', 'plan.md', SECOND);
  await onDisk(fleet, 'node-a', 'plan.md', SECOND);
  await go(page, '/p/demo/history?path=plan.md');
  await expect(page.locator('#commits tr')).toHaveCount(2);
  plans = (
    await page.locator('#commits tr').evaluateAll((rows) => rows.map((row) => row.dataset.commit ?? ''))
  ).reverse();
  await page.close();
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

const on = (node: 'node-a' | 'node-b', path: string) => join(fleet.workspace(node), path);
/** In one step: a file that is written in place may be committed when it is still empty. */
async function put(node: 'node-a' | 'node-b', path: string, content: string | Buffer): Promise<void> {
  const beside = join(dataDir, 'beside');
  await writeFile(beside, content);
  await rename(beside, on(node, path));
}
const newest = (page: Page) => page.locator('#commits tr').first();
const pane = (page: Page) => page.locator('#detail');
const short = (commit: string | undefined) => (commit ?? '').slice(0, 12);

async function open(page: Page, path: string): Promise<void> {
  await signIn(page, fleet);
  await go(page, path);
}
async function go(page: Page, path: string): Promise<void> {
  await page.goto(fleet.url + path);
  await live(page);
}

test('a file shows its text with numbers, its proofs, its versions, its nodes and its events, and runs nothing', async ({
  page,
}) => {
  await open(page, PLAN);
  await expect(pane(page).locator('.line-numbers')).toHaveText('1\n2\n3\n4\n5', { useInnerText: true });
  await expect(pane(page).locator('.numbered')).toContainText('<script>');
  expect(await page.title()).not.toBe('run');
  await expect(pane(page).locator('.proofs')).toContainText('Verified');
  await expect(pane(page).locator('.pane-nodes')).toContainText('node-a');
  await expect(pane(page).getByText('Has it')).toHaveCount(2);
  await expect(pane(page).locator('.pane-events')).toContainText('Updated');
  await expect(pane(page).locator('.versions li')).toHaveCount(2);

  const text = await page.request.get(`${fleet.url}/p/demo/text?path=plan.md`);
  expect(await text.text()).toBe(SECOND);
  expect(text.headers()['content-type']).toBe('text/plain; charset=utf-8');

  const old = await page.request.get(`${fleet.url}/p/demo/download?path=plan.md&commit=${plans[0]}`);
  expect(await old.text()).toBe(FIRST);

  // An older version is opened in place, and the current one again.
  await pane(page).locator('.versions li').nth(1).locator('a').first().click();
  await expect(pane(page)).toContainText('As it was on');
  await expect(pane(page).locator('.numbered')).not.toContainText('<script>');
  await expect(page).toHaveURL(new RegExp(`commit=${plans[0]}`));
  await pane(page).getByRole('link', { name: 'Show what is current' }).click();
  await expect(pane(page).locator('.numbered')).toContainText('<script>');
});

test('a link to a file is copied whole', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, PLAN);
  await pane(page).getByRole('button', { name: 'Copy link' }).click();
  await expect(page.locator('#toast')).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(`${fleet.url}${PLAN}`);
});

test('pictures are shown, sounds are played in parts, and what a browser would run is only text', async ({ page }) => {
  const wav = Buffer.from('UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=', 'base64');
  await put('node-a', 'tone.wav', wav);
  await put('node-a', 'page.html', '<script>document.title = "run"</script>');
  await open(page, '/p/demo/file?path=page.html');
  await expect(pane(page).locator('.numbered')).toContainText('<script>');
  const html = await page.goto(`${fleet.url}/p/demo/text?path=page.html`);
  expect(html?.headers()['content-security-policy']).toContain('sandbox');
  expect(await page.title()).not.toBe('run');
  await go(page, '/p/demo/file?path=tone.wav');
  await expect(pane(page).locator('audio')).toBeVisible();
  await go(page, '/p/demo/file?path=photos%2Fdunes.png');
  await expect
    .poll(() =>
      pane(page)
        .locator('img')
        .evaluate((image: HTMLImageElement) => image.naturalWidth),
    )
    .toBeGreaterThan(0);
});

test('what is done with a file in its tiers is a job: a plan to evict it, a repair; a pin keeps it', async ({
  page,
}) => {
  await open(page, PLAN);
  await expect(pane(page).locator('.proofs')).toContainText('Verified');
  await pane(page).getByRole('button', { name: 'Evict…' }).click();
  await expect(page.locator('#job-head')).toContainText('demo/plan.md');
  await go(page, PLAN);
  await pane(page).getByRole('button', { name: 'Repair' }).click();
  await expect(page.locator('#job-head')).toContainText('Looked at 1 object and healed 0.');
  await go(page, PLAN);
  await pane(page).getByRole('button', { name: 'Pin in hot' }).click();
  await expect(pane(page)).toContainText('Pinned: it stays in hot.');
  await expect(pane(page).getByRole('button', { name: 'Evict…' })).toHaveCount(0);
  await pane(page).getByRole('button', { name: 'Unpin' }).click();
  await expect(pane(page)).toContainText('It may leave hot.');
  await pane(page).getByRole('button', { name: 'Resync' }).click();
  await expect(page.locator('#said')).toContainText('Its nodes compare their directories with the project');
});

test('a commit is opened by keyboard, and two are compared, down to the lines of a file', async ({ page }) => {
  await open(page, '/p/demo/history');
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('k');
  const first = await page.evaluate(() => document.activeElement?.getAttribute('data-commit'));
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${fleet.url}/p/demo/history/${first}`);

  await go(page, '/p/demo/history?path=plan.md');
  await expect(page.locator('#commits input:checked')).toHaveCount(2);
  await page.getByLabel(`Compare from ${short(plans[0])}`).check();
  await page.getByLabel(`Compare to ${short(plans[1])}`).check();
  await page.getByRole('button', { name: 'Compare' }).click();
  await expect(page.locator('#file-diff')).toContainText('2 lines added');
  await expect(page.locator('.line-removed')).toHaveText(/- two$/);
  await expect(page.locator('.line-added').first()).toHaveText(/- two and a half$/);
  expect(await page.title()).not.toBe('run');
  await page.getByRole('link', { name: 'Swap' }).click();
  await expect(page.locator('#file-diff')).toContainText('2 lines removed');
  await page.getByRole('link', { name: 'Compare' }).click();
  await expect(page.locator('#changes')).toContainText('plan.md');
});

test('a file that was deleted is found in its history, and restored after the page has said what that does', async ({
  page,
}) => {
  await rm(on('node-a', 'plan.md'));
  await open(page, PLAN);
  await expect(pane(page)).toContainText('This file is not in the project.');
  await expect(pane(page).locator('.versions')).toContainText('deleted');
  await page.getByLabel(`Restore the version of ${short(plans[0])}…`).click();
  await expect(page.locator('#restore')).toContainText('1 path comes back; 20 B.');
  await page.getByRole('button', { name: 'Restore 1 path' }).click();
  await expect(page.locator('#job-head')).toContainText('Restored plan.md to');
  await expect(page.getByRole('link', { name: /^See commit/ })).toHaveAttribute('href', /^\/p\/demo\/history\//);
  await onDisk(fleet, 'node-a', 'plan.md', FIRST);
  await onDisk(fleet, 'node-b', 'plan.md', FIRST);
  await go(page, '/p/demo/history');
  await expect(newest(page)).toContainText('Restore plan.md to');
});

test('without a script: history, comparison, restore of the whole project', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await rename(on('node-b', 'plan.md'), on('node-b', 'moved.md'));
  await onDisk(fleet, 'node-a', 'moved.md', FIRST);
  await page.goto(`${fleet.url}/sign-in?next=/p/demo/files`);
  await page.getByLabel('Token').fill(new URL(fleet.signInUrl).hash.slice('#token='.length));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'History' }).click();
  await expect(newest(page)).toContainText('1 moved');
  await newest(page).locator('a.mono').click();
  await expect(page.locator('#changes')).toContainText('plan.md');
  await expect(page.locator('#changes')).toContainText('moved.md');

  await page.goto(`${fleet.url}/p/demo/history`);
  await page.getByLabel('History of a path').fill('plan.md');
  await page.getByLabel('History of a path').press('Enter');
  await expect(newest(page)).toContainText('deleted');

  await page.goto(`${fleet.url}/p/demo/history/${plans[1]}`);
  await page.getByRole('link', { name: 'Restore…' }).click();
  await expect(page.locator('#restore')).toContainText('The whole project becomes again what it was');
  await page.locator('#restore button[type=submit]').click();
  await expect(page).toHaveURL(/\/jobs\//);
  await onDisk(fleet, 'node-a', 'plan.md', SECOND);
  await expect.poll(() => readFile(on('node-b', 'moved.md')).then(String, () => 'gone')).toBe('gone');
  await context.close();
});
