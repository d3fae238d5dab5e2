// Share links in the browser, on a real fleet: a file is shared in a dialog and opened by somebody without an account, as
// often as it may be; a folder is browsed and downloaded as one archive; a password is asked for; a link is revoked while a
// list looks on; and all of it goes without a script.
import { readFile } from 'node:fs/promises';
import { type Browser, expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, onDisk, signIn } from './screen.ts';

let fleet: Fleet;
let dataDir: string;
const SITE = 'site/index.html';

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  const index = await readFile(new URL('../docs/demo/site/index.html', import.meta.url), 'utf8');
  await onDisk(fleet, 'node-b', SITE, index);
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

const row = (page: Page, text: string) => page.locator('#share-rows [data-share]', { hasText: text });

/** Makes a link in the dialog of a file's pane. @returns its address */
async function shareFile(page: Page, path: string, fill: () => Promise<void>): Promise<string> {
  await page.goto(`${fleet.url}/p/demo/file?path=${encodeURIComponent(path)}`);
  await live(page);
  await page.locator('#detail').getByRole('link', { name: 'Share' }).click();
  await expect(page.getByRole('button', { name: 'Make the link' })).toBeFocused();
  await fill();
  await page.getByRole('button', { name: 'Make the link' }).click();
  return page.locator('#made-link').inputValue();
}

/** Somebody who has no account. */
async function visitor(browser: Browser, options: { readonly script?: boolean } = {}): Promise<Page> {
  return (await browser.newContext({ javaScriptEnabled: options.script ?? true })).newPage();
}

async function downloads(page: Page, act: () => Promise<unknown>) {
  const [download] = await Promise.all([page.waitForEvent('download'), act()]);
  const chunks: Buffer[] = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
  return { name: download.suggestedFilename(), bytes: Buffer.concat(chunks) };
}

test('a file is shared in a dialog, opens without an account as often as it may, and then says that it is used up', async ({
  page,
  browser,
}) => {
  await signIn(page, fleet);
  const link = await shareFile(page, SITE, async () => {
    await page.getByLabel('Uses').fill('none');
    await page.getByRole('button', { name: 'Make the link' }).click();
    await expect(page.locator('#share-uses-fault')).toContainText('Uses is "none"');
    await page.getByLabel('Uses').fill('1');
  });
  expect(link).toMatch(new RegExp(`^${fleet.url}/s/[\\w-]{43}$`));
  await expect(page.locator('#made-link')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.locator('#share-dialog')).toHaveCount(0);

  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page).toHaveURL(`${fleet.url}/shares`);
  await live(page);
  await expect(row(page, SITE)).toContainText('0 of 1');

  const guest = await visitor(browser);
  const got = await downloads(guest, () => guest.goto(link).catch(() => undefined));
  expect(got.name).toBe('index.html');
  expect(got.bytes.toString()).toContain('<html');
  await guest.context().clearCookies();
  const refused = await guest.goto(link);
  expect(refused?.status()).toBe(410);
  await expect(guest.getByRole('heading')).toHaveText('This link was used up');
  await guest.context().close();

  await expect(row(page, SITE)).toHaveCount(0);
  await expect(page.getByText('Nothing is shared')).toBeVisible();
  await page.getByLabel('State').selectOption('ended');
  await expect(row(page, SITE)).toContainText('1 of 1');
  await row(page, SITE).getByRole('link').first().click();
  await expect(page.locator('#share-events')).toContainText('it was used as often as it may be');
});

test('a folder is browsed by its link, and comes whole as an archive', async ({ page, browser }) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/p/demo/share?path=site`);
  await page.getByRole('button', { name: 'Make the link' }).click();
  const link = await page.locator('#made-link').inputValue();

  const guest = await visitor(browser, { script: false });
  await guest.goto(link);
  await expect(guest.locator('.shared-files')).toContainText('site.json');
  await expect(guest.locator('body')).not.toContainText('photos');
  await guest.getByRole('link', { name: 'css', exact: true }).click();
  await expect(guest.locator('.shared-files')).toContainText('site.css');
  const css = await downloads(guest, () => guest.getByRole('link', { name: 'site.css' }).click());
  expect(css.name).toBe('site.css');
  await guest.getByRole('link', { name: 'site', exact: true }).click();
  const zip = await downloads(guest, () => guest.getByRole('link', { name: 'Download all' }).click());
  expect(zip.name).toBe('site.zip');
  for (const name of ['index.html', 'css/site.css', 'pages/about.html']) expect(zip.bytes.includes(name)).toBe(true);
  await guest.context().close();

  await page.goto(`${fleet.url}/events?category=access`);
  await expect(page.locator('#events')).toContainText('Link used');
});

test('a password is asked for, and a link is revoked while a list looks on', async ({ page, browser }) => {
  await signIn(page, fleet);
  const link = await shareFile(page, 'notes/how-sync-works.txt', () => page.getByLabel('Password').fill('horse-1'));
  const guest = await visitor(browser);
  await guest.goto(link);
  await guest.getByLabel('Password of this link').fill('horse-2');
  await guest.getByRole('button', { name: 'Open the file' }).click();
  await expect(guest.getByRole('alert')).toContainText('That is not the password.');
  await guest.getByLabel('Password of this link').fill('horse-1');
  const got = await downloads(guest, () => guest.getByRole('button', { name: 'Open the file' }).click());
  expect(got.name).toBe('how-sync-works.txt');

  const list = await page.context().newPage();
  await list.goto(`${fleet.url}/shares`);
  await live(list);
  await expect(row(list, 'how-sync-works')).toContainText('with a password');
  await page.goto(`${fleet.url}/shares`);
  await row(page, 'how-sync-works').getByRole('link', { name: 'Revoke' }).click();
  await live(page);
  await expect(page.locator('#revoke')).toContainText('It was used 1 time.');
  await page.getByRole('button', { name: 'Revoke the link' }).click();
  await expect(page.locator('#said')).toContainText('Revoked.');
  await expect(page.locator('#share-head')).toContainText('Revoked');
  await expect(page.locator('#revoke')).toBeHidden();
  await expect(row(list, 'how-sync-works')).toHaveCount(0);
  // Who was let in before gets nothing more, either.
  expect((await guest.goto(link))?.status()).toBe(410);
  await expect(guest.getByRole('heading')).toHaveText('This link was withdrawn');
  await guest.context().close();
});

test('a link is copied, or selected where a browser does not let pages copy', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/shares`);
  await live(page);
  await row(page, 'site').getByRole('button', { name: 'Copy the link to demo/site' }).click();
  await expect(page.locator('#toast')).toHaveText('Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  await row(page, 'site').getByRole('link').first().click();
  await expect(page.locator('#share-link')).toHaveValue(copied);
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await page.getByRole('button', { name: 'Copy link' }).click();
  await expect(page.locator('#toast')).toContainText('copy it by hand');
  expect(await page.evaluate(() => getSelection()?.toString())).toBe(copied);
});

test('without a script a link is made, shown and revoked as well', async ({ browser }) => {
  const page = await visitor(browser, { script: false });
  await page.goto(`${fleet.url}/sign-in?next=/p/demo/file?path=${encodeURIComponent(SITE)}`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('#detail').getByRole('link', { name: 'Share' }).click();
  await page.getByLabel(/as it is at commit/).check();
  await page.getByLabel('Ends after').selectOption('1h');
  await page.getByRole('button', { name: 'Make the link' }).click();
  await expect(page.locator('#said')).toContainText('The link is made');
  const link = await page.locator('#share-link').inputValue();
  expect((await page.request.get(link)).headers()['content-disposition']).toContain('index.html');
  await page.getByRole('button', { name: 'Revoke the link' }).click();
  await expect(page.locator('#said')).toContainText('Revoked.');
  expect((await page.request.get(link)).status()).toBe(410);
  await page.context().close();
});
