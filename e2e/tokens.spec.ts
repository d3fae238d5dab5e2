// API tokens in the browser, on a real fleet: one is made and copied, a program does with it what it may and nothing else, and it
// ends where it is revoked while a list looks on; all of it without a script, too.
import { type APIRequestContext, expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { faultsOf, live, signIn } from './screen.ts';

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

const row = (page: Page, name: string) => page.locator('#token-rows [data-token]', { hasText: name });

/** The status of what a program asks with this token. */
async function status(request: APIRequestContext, token: string, path: string, body?: object): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  const address = `${fleet.url}/api/v1${path}`;
  const answer = await (body ? request.post(address, { headers, data: body }) : request.get(address, { headers }));
  return answer.status();
}

test('a token is made, shown once, does what it may, and ends at once where it is revoked', async ({
  page,
  context,
  playwright,
}) => {
  const program = await playwright.request.newContext();
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/settings`);
  await page.getByRole('link', { name: 'API tokens' }).click();
  await expect(page.getByText('No program has a token')).toBeVisible();
  const list = await context.newPage();
  await list.goto(`${fleet.url}/settings/tokens`);
  await live(list);

  await page.getByRole('link', { name: 'New token' }).first().click();
  await page.getByLabel('Name').fill('nightly build');
  await page.getByRole('textbox', { name: 'Projects' }).fill('demo none');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.locator('#token-projects-fault')).toHaveText('There is no project "none".');
  await expect(page.getByLabel('Name')).toHaveValue('nightly build');
  await page.getByRole('textbox', { name: 'Projects' }).fill('demo');
  await page.getByLabel('Expires after').selectOption('7d');
  await page.getByRole('button', { name: 'Make the token' }).click();
  const field = page.locator('#made-token');
  await expect(field).toBeFocused();
  const token = await field.inputValue();
  expect(token).toMatch(/^fst_[0-9a-f]{12}_[0-9a-f]{40}$/);
  await page.getByRole('button', { name: 'Copy token' }).click();
  await expect(page.locator('#toast')).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  expect(page.url()).not.toContain('fst_');
  await expect(row(list, 'nightly build')).toContainText('Read · demo');
  await expect(row(list, 'nightly build')).toContainText('never');

  expect(await status(program, token, '/projects/demo')).toBe(200);
  expect(await status(program, token, '/projects/none')).toBe(404);
  expect(await status(program, token, '/projects', { name: 'demo' })).toBe(403);
  expect(await status(program, token, '/tokens')).toBe(403);
  expect(await status(program, `${token.slice(0, -1)}x`, '/projects/demo')).toBe(401);
  await expect(row(list, 'nightly build')).not.toContainText('never');

  await row(list, 'nightly build').getByRole('link', { name: 'Revoke' }).click();
  await live(list);
  expect(await list.content()).not.toContain(token.slice(-40));
  await list.getByRole('button', { name: 'Revoke the token' }).click();
  await expect(list.locator('#said')).toContainText('Revoked.');
  await expect(list.locator('#token-head')).toContainText('Revoked');
  await expect(list.locator('#revoke')).toBeHidden();
  expect(await status(program, token, '/projects/demo')).toBe(401);
  await page.getByRole('link', { name: 'All tokens' }).click();
  await page.getByLabel('State').selectOption('ended');
  await expect(row(page, 'nightly build')).toContainText('Revoked');
  await program.dispose();
});

test('without a script a token is made, shown and revoked as well', async ({ browser, playwright }) => {
  const program = await playwright.request.newContext();
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await page.goto(`${fleet.url}/sign-in?next=/settings/tokens/new`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.locator('#token-name-fault')).toBeVisible();
  await page.getByLabel('Name').fill('deploy');
  await page.getByRole('radio', { name: 'Admin' }).check();
  await page.getByLabel('Expires after').selectOption('never');
  await page.getByRole('button', { name: 'Make the token' }).click();
  const token = await page.locator('#made-token').inputValue();
  expect(await status(program, token, '/tokens')).toBe(200);
  await page.getByRole('link', { name: 'Use, and revoke' }).click();
  await page.getByRole('button', { name: 'Revoke the token' }).click();
  await expect(page.locator('#said')).toContainText('Revoked.');
  expect(await status(program, token, '/tokens')).toBe(401);
  await page.context().close();
  await program.dispose();
});

test('axe finds nothing on the form with faults and on what it made, in light and dark, wide and narrow', async ({
  page,
}) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/settings/tokens/new`);
  const look = async () => {
    const found: string[] = [];
    for (const [colorScheme, width] of [
      ['light', 1440],
      ['dark', 390],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      found.push(...(await faultsOf(page)));
    }
    return found;
  };
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.locator('#token-name-fault')).toBeVisible();
  expect(await look()).toEqual([]);
  await page.getByLabel('Name').fill('x'.repeat(60));
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.locator('#made-token')).toBeVisible();
  expect(await look()).toEqual([]);
});
