// The audit log in the browser, on a real fleet: what a person does elsewhere appears at the top, is found by filters, opens
// beside the list, and is whole when it is verified; without a script too. A link that was tampered with is in it.
import { readFile } from 'node:fs/promises';
import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, signIn } from './screen.ts';

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

const rows = (page: Page) => page.locator('#audit-rows > tr');
const chain = (page: Page) => page.locator('#audit-chain');

async function create(context: BrowserContext, name: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${fleet.url}/projects`);
  await live(page);
  await page.getByLabel('Name of a new project').fill(name);
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.getByText(name).first()).toBeVisible();
  await page.close();
}

test('what is done elsewhere comes to the top, opens by a key, is filtered by a click and verified by a button', async ({
  page,
  context,
}) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/settings`);
  await page.getByRole('link', { name: 'Audit log' }).click();
  await live(page);
  await expect(rows(page).first()).toContainText('Sign in');
  expect((await page.request.get(`${fleet.url}/s/${'A'.repeat(43)}`)).status()).toBe(404);
  await expect(rows(page).first()).toContainText('Open link');
  await create(context, 'audited');
  await expect(rows(page).first()).toContainText('audited');
  await expect(rows(page).first()).toContainText('project created');

  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page.locator('aside#drawer')).toContainText('"action": "project.create"');
  await expect(page).toHaveURL(/open=\d+/);
  await page.keyboard.press('Escape');
  await expect(page.locator('aside#drawer')).toHaveCount(0);

  await page.getByRole('combobox', { name: 'Action', exact: true }).selectOption('All of share');
  await expect(page).toHaveURL(/action=share/);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('no such link');
  await page.getByRole('link', { name: 'Clear' }).click();
  await live(page);
  await rows(page).first().getByTitle('Only this project').click();
  await expect(page).toHaveURL(/project=audited/);
  await expect(rows(page)).toHaveCount(1);

  await page.goto(`${fleet.url}/audit`);
  await live(page);
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(chain(page)).toHaveAttribute('data-state', 'whole');
  await expect(chain(page)).toContainText(/All \d+ entries are whole/);
  await expect(rows(page).first()).toContainText('Verify');

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Export' }).click()]);
  expect(file.suggestedFilename()).toBe('audit-default.ndjson');
  const entries = (await readFile(await file.path(), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries.at(-1)).toMatchObject({ v: 1, seq: 1 });
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, i) => entries.length - i));
});

test('without a script each link and form works', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${fleet.url}/sign-in`);
  for (const token of ['a guess', ADMIN_TOKEN]) {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  }
  await page.goto(`${fleet.url}/audit`);
  await expect(rows(page).nth(1)).toContainText('wrong token');
  await rows(page).nth(1).locator('.cell-clock a').click();
  await expect(page.locator('aside#drawer')).toContainText('session.open');
  await page.getByRole('link', { name: 'Close' }).click();
  await page.getByLabel('Who did it').fill('admin');
  await page.getByRole('combobox', { name: 'Action', exact: true }).selectOption('Sign in');
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'Verify' }).click();
  await expect(page.locator('#said')).toContainText('Verifying');
  await expect(page).toHaveURL(/said=audit-verifying$/);
  await context.close();
});
