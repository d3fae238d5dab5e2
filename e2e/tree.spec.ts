// The file tree in real Chromium on a real fleet: what is searched for is found as one types, what is selected by keys or by
// the mouse is asked back and done, rows say at once what is under way, a large folder pages down and up, and all of it has
// a way without the script.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

let fleet: Fleet;
let dataDir: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  const demo = fleet.workspace('node-a');
  await mkdir(join(demo, 'many'));
  for (let i = 0; i < 450; i++) await writeFile(join(demo, `many/file-${String(i).padStart(3, '0')}.txt`), `file ${i}`);
  await mkdir(join(demo, 'picked'));
  for (const name of ['one', 'two', 'three']) await writeFile(join(demo, `picked/${name}.txt`), `content of ${name}`);
  await onDisk(fleet, 'node-b', 'many/file-449.txt', 'file 449');
  await onDisk(fleet, 'node-b', 'picked/three.txt', 'content of three');
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

async function open(page: Page, path: string): Promise<void> {
  await signIn(page, fleet);
  await page.goto(fleet.url + path);
  await live(page);
}
const row = (page: Page, path: string) => page.locator(`#file-rows [data-path=${JSON.stringify(path)}]`);
const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('data-path'));
const dialog = (page: Page) => page.getByRole('dialog', { name: 'Confirm' });
const bar = (page: Page) => page.locator('#selection');
/** On their page, until what they are about is archived: nothing else leaves hot. */
const allCold = (page: Page) =>
  expect(async () => {
    await page.goto(`${fleet.url}/projects`);
    await expect(page.locator('[data-project="demo"]')).toContainText('All in cold', { timeout: 2_000 });
  }).toPass();

test('what is typed is searched for, in all paths and in upper and lower case; the address says it, Clear ends it', async ({
  page,
}) => {
  await open(page, '/p/demo/files');
  await page.keyboard.press('/');
  await page.keyboard.type('FILE-0 many');
  await expect(page.locator('#file-rows [data-path]')).toHaveCount(100);
  await expect(page.locator('#file-rows mark').first()).toHaveText('file-0');
  await expect(page).toHaveURL(`${fleet.url}/p/demo/files?q=FILE-0+many`);
  await page.keyboard.type('44');
  await expect(page.locator('#file-rows [data-path]')).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'No file matches' })).toBeVisible();
  await page.getByRole('link', { name: 'Clear the search' }).click();
  await expect(row(page, 'many')).toBeVisible();
  await expect(page.getByLabel('Search all files')).toHaveValue('');

  await page.goto(`${fleet.url}/p/demo/files?q=just-made`);
  await live(page);
  await writeFile(join(fleet.workspace('node-b'), 'picked/Just-Made.txt'), 'found as soon as it is there');
  await expect(row(page, 'picked/Just-Made.txt')).toBeVisible();
  await row(page, 'picked/Just-Made.txt').getByRole('link').first().click();
  await expect(page.getByRole('complementary')).toContainText('Just-Made.txt');
  await expect(row(page, 'picked/Just-Made.txt')).toHaveAttribute('aria-current', 'true');
});

test('a folder of hundreds pages down as one goes, and says where each row is', async ({ page }) => {
  await open(page, '/p/demo/files?open=many');
  await expect(page.locator('#file-rows [data-path^="many/"]')).toHaveCount(200);
  await expect(row(page, 'many/file-003.txt')).toHaveAttribute('aria-posinset', '4');
  await expect(row(page, 'many/file-003.txt')).toHaveAttribute('aria-setsize', '-1');
  await expect(page.locator('#files')).toHaveAttribute('aria-rowcount', '-1');
  await row(page, 'many/file-199.txt').focus();
  await page.keyboard.press('ArrowDown');
  await expect(row(page, 'many/file-200.txt')).toBeFocused();
  await row(page, 'many/file-399.txt').scrollIntoViewIfNeeded();
  await expect(row(page, 'many/file-449.txt')).toBeAttached();
  await expect(row(page, 'many/file-449.txt')).toHaveAttribute('aria-setsize', '450');
  await expect(page).toHaveURL(/open=many%2F%2F\.3\.0/);
  await page.reload();
  await expect(row(page, 'many/file-449.txt')).toBeAttached();
});

test('by keys: rows are selected one by one and in ranges, and what is asked of them says how much it is', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(page, '/p/demo/files?path=picked');
  await expect(bar(page)).toBeHidden();
  await row(page, 'picked/one.txt').focus();
  await page.keyboard.press('y');
  await expect(page.locator('#toast')).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    `${fleet.url}/p/demo/file?path=picked%2Fone.txt`,
  );
  await page.keyboard.press('x');
  await expect(row(page, 'picked/one.txt')).toHaveAttribute('aria-selected', 'true');
  await expect(bar(page)).toContainText('1 selected · 1 file, 14 B');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(bar(page)).toContainText('2 selected');
  await expect(bar(page).getByRole('button', { name: 'Share' })).toBeDisabled();
  expect(await focused(page)).toBe('picked/three.txt');
  await writeFile(join(fleet.workspace('node-a'), 'picked/one.txt'), 'content of one, again');
  await onDisk(fleet, 'node-b', 'picked/one.txt', 'content of one, again');
  await expect(row(page, 'picked/one.txt').locator('.cell-size')).toHaveText('21 B');
  await expect(row(page, 'picked/one.txt').getByRole('checkbox')).toBeChecked();

  for (const [key, word] of [
    ['P', 'Promote 2 files?'],
    ['V', 'Evict 2 files?'],
    ['R', 'Resync 2 nodes?'],
    ['F', 'Repair 2 files?'],
  ]) {
    await page.keyboard.press(`Shift+${key}`);
    await expect(dialog(page)).toContainText(word ?? '');
    await page.keyboard.press('Escape');
    await expect(dialog(page)).toBeHidden();
  }
  await page.keyboard.press('Escape');
  await expect(bar(page)).toBeHidden();
  await expect(row(page, 'picked/one.txt')).toHaveAttribute('aria-selected', 'false');
});

test('headings sort a folder that is shown as a whole, folders first; one of hundreds says that it stays as it is', async ({
  page,
}) => {
  await open(page, '/p/demo/files?path=picked');
  const names = page.locator('#file-rows [data-path] .name');
  await page.getByRole('link', { name: 'Name' }).click();
  await expect(names).toHaveText(['two.txt', 'three.txt', 'one.txt', 'Just-Made.txt']);
  await page.getByRole('link', { name: 'Size' }).click();
  await expect(names).toHaveText(['Just-Made.txt', 'one.txt', 'three.txt', 'two.txt']);
  await expect(page.getByRole('columnheader', { name: 'Size' })).toHaveAttribute('aria-sort', 'descending');
  await expect(page).toHaveURL(/sort=-size/);
  await page.goto(`${fleet.url}/p/demo/files?path=many&sort=-size`);
  await expect(page.locator('#file-rows')).toContainText('too many to sort');
  await expect(names.first()).toHaveText('file-000.txt');
});

test('by the mouse: Ctrl and a click select a row, Shift selects up to it, and neither opens it', async ({ page }) => {
  await open(page, '/p/demo/files?path=picked');
  await row(page, 'picked/one.txt')
    .locator('.cell-size')
    .click({ modifiers: ['ControlOrMeta'] });
  await expect(bar(page)).toContainText('1 selected');
  await row(page, 'picked/two.txt')
    .locator('.cell-size')
    .click({ modifiers: ['Shift'] });
  await expect(bar(page)).toContainText('3 selected');
  await expect(page).toHaveURL(`${fleet.url}/p/demo/files?path=picked`);
});

test('an eviction of what is ticked is asked back, runs as a job that the page links to, and a promotion undoes it', async ({
  page,
}) => {
  await signIn(page, fleet);
  await allCold(page);
  await page.goto(`${fleet.url}/p/demo/files?open=picked`);
  await live(page);
  const tiers = (name: string) => row(page, `picked/${name}.txt`).locator('.tiers');
  await row(page, 'picked/one.txt').getByRole('checkbox').check();
  await row(page, 'picked/two.txt')
    .getByRole('checkbox')
    .click({ modifiers: ['Shift'] });
  await expect(bar(page)).toContainText('3 selected · 3 files');
  await bar(page).getByRole('button', { name: 'Evict' }).click();
  await expect(dialog(page)).toContainText('leave hot storage: each has a verified copy in cold');
  await dialog(page).getByRole('button', { name: 'Evict 3 files' }).click();
  await expect(dialog(page)).toBeHidden();
  await expect(bar(page)).toBeHidden();
  for (const name of ['one', 'two', 'three']) await expect(tiers(name)).not.toContainText('Hot');
  await page.locator('#said').getByRole('link', { name: 'Open the job' }).click();
  await expect(page.locator('#job-head')).toContainText('Evicted 3 objects.');
  await expect(page.locator('#job-head')).toContainText('3 paths of demo');

  await page.goto(`${fleet.url}/p/demo/files?open=picked`);
  await live(page);
  await row(page, 'picked').focus();
  await page.keyboard.press('Shift+P');
  await expect(dialog(page)).toContainText('only in cold storage, come back to hot');
  await dialog(page)
    .getByRole('button', { name: /^Promote/ })
    .click();
  for (const name of ['one', 'two', 'three']) await expect(tiers(name)).toContainText('Hot');

  await bar(page).evaluate((form) => form.setAttribute('action', '/nowhere'));
  await row(page, 'picked').focus();
  await page.keyboard.press('Shift+F');
  await expect(page.locator('#toast')).not.toBeEmpty();
});

test('pin, repair and resync of a selection; and a link to share is of one path', async ({ page }) => {
  await open(page, '/p/demo/files');
  const ask = async (path: string, act: string, said: string) => {
    await row(page, path).getByRole('checkbox').check();
    await bar(page).getByRole('button', { name: act }).click();
    await dialog(page)
      .getByRole('button', { name: new RegExp(`^${act}`) })
      .click();
    await expect(page.locator('#said')).toContainText(said);
    await expect(bar(page)).toBeHidden();
  };
  await ask('picked', 'Pin', 'Pinned: it stays in hot storage.');
  await ask('picked', 'Repair', 'Asked for.');
  await ask('picked', 'Resync', 'Its nodes compare their directories');
  await page.getByLabel('Select all rows shown').check();
  const share = bar(page).getByRole('button', { name: 'Share' });
  await expect(share).toBeDisabled();
  await expect(share).toHaveAttribute('title', /^One file or folder at a time/);
  await bar(page).getByRole('button', { name: 'Select nothing' }).click();
  await expect(bar(page)).toBeHidden();
});

test('without the script rows are ticked, an act is asked back on a page, and further pages are links', async ({
  browser,
}) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${fleet.url}/sign-in?next=${encodeURIComponent('/p/demo/files?open=many')}`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Next 200 in many' }).click();
  await expect(page.locator('#file-rows [data-path^="many/"]')).toHaveCount(400);
  await page.getByLabel('Search all files').fill('picked two');
  await page.keyboard.press('Enter');
  await expect(page.locator('#file-rows [data-path]')).toHaveCount(1);
  await page.getByRole('checkbox', { name: 'Select two.txt' }).check();
  await page.getByRole('button', { name: 'Repair' }).click();
  await expect(page.getByRole('heading', { name: 'Repair 1 file?' })).toBeVisible();
  await page.getByRole('button', { name: 'Repair 1 file' }).click();
  await expect(page).toHaveURL(/\/jobs\/[a-z0-9-]+\?said=job-asked$/);
  await context.close();
});
