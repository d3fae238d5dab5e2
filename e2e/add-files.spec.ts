// Files and folders come into a project by a browser, and go again, in real Chromium on a real fleet: by a form without a script,
// and by being dropped from the disk on the tree, on a folder in it, on the page that adds them. What is on the nodes then is
// byte for byte what was sent, under just the names that the disk had.
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { HOSTILE } from './hostile-names.ts';
import { faultsOf, live, onDisk, signIn } from './screen.ts';

let fleet: Fleet;
let dataDir: string;
/** what a person has on the disk */
let desk: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  desk = await newDataDir();
  fleet = await startFleet({ dataDir });
  await mkdir(join(desk, 'album/below'), { recursive: true });
  await mkdir(join(desk, 'album/empty'));
  await writeFile(join(desk, 'album/one.txt'), 'one');
  for (const name of HOSTILE) await writeFile(join(desk, 'album/below', name), `content of ${name}`);
  await writeFile(join(desk, '100%22 "sure".txt'), 'sure');
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
  await removeDataDir(desk);
});

const row = (page: Page, path: string) => page.locator(`#file-rows [data-path=${JSON.stringify(path)}]`);
const onB = (path: string) => stat(join(fleet.workspace('node-b'), path)).catch(() => undefined);
const said = (page: Page) => page.locator('#said');

/** What a person drags from the desktop to this place of the page, and lets go. */
async function drop(page: Page, selector: string, names: readonly string[], onHover = async () => {}): Promise<void> {
  const box = await page.locator(selector).first().boundingBox();
  const client = await page.context().newCDPSession(page);
  const at = { x: (box?.x ?? 0) + 40, y: (box?.y ?? 0) + 16 };
  const data = { items: [], files: names.map((name) => join(desk, name)), dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver'] as const)
    await client.send('Input.dispatchDragEvent', { type, ...at, data });
  await onHover();
  await client.send('Input.dispatchDragEvent', { type: 'drop', ...at, data });
  await client.detach();
}

async function withoutScript(page: Page, path: string): Promise<void> {
  await page.goto(`${fleet.url}/sign-in?next=${encodeURIComponent(path)}`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test('without a script files and a folder come by forms, and a selection is moved and deleted after it is asked back', async ({
  browser,
}) => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  await withoutScript(page, '/p/demo/files?path=notes');
  await page.getByRole('link', { name: 'Add', exact: true }).click();
  await page.getByLabel('Its name').fill('plans');
  await page.getByRole('button', { name: 'Make the folder' }).click();
  await expect(said(page)).toContainText('Done, by one commit.');
  await row(page, 'notes/plans').getByRole('link', { name: 'plans', exact: true }).click();
  await page.getByRole('link', { name: 'Add', exact: true }).click();
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(said(page)).toContainText('no file was chosen');
  const file = (name: string, text: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
  const files = [file('one.txt', 'first'), file(HOSTILE[1], 'quoted')];
  await page.getByLabel('Files of this computer').setInputFiles(files);
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page).toHaveURL(/\/p\/demo\/files\?path=notes%2Fplans&made=[0-9a-f]{64}&said=files-changed/);
  await expect(said(page).getByRole('link', { name: 'Open the commit' })).toBeVisible();
  await expect(page.locator('#file-rows [data-path]')).toHaveCount(2);
  await onDisk(fleet, 'node-a', 'notes/plans/one.txt', 'first');
  await onDisk(fleet, 'node-b', `notes/plans/${HOSTILE[1]}`, 'quoted');

  await row(page, 'notes/plans/one.txt').getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Move' }).click();
  await page.getByLabel('New path').fill('notes/renamed.txt');
  await page.getByRole('button', { name: 'Move 1 file' }).click();
  await expect(said(page)).toContainText('Done, by one commit.');
  await onDisk(fleet, 'node-b', 'notes/renamed.txt', 'first');

  await row(page, `notes/plans/${HOSTILE[1]}`).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { name: 'Delete 1 file?' })).toBeVisible();
  await expect(page.locator('.ask')).toContainText('can be restored');
  await page.getByRole('button', { name: 'Delete 1 file' }).click();
  await expect(said(page)).toContainText('Done, by one commit.');
  await onDisk(fleet, 'node-b', `notes/plans/${HOSTILE[1]}`, 'not there');
  await page.context().close();
});

test('a folder that is dropped comes with all that is in it, byte for byte under its own names, as one commit', async ({
  page,
}) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/p/demo/files`);
  await live(page);
  await drop(page, '#files thead', ['album', '100%22 "sure".txt'], async () => {
    await expect(page.locator('#drop-hint')).toHaveText('Drop to add to demo');
  });
  await expect(said(page)).toContainText(`${HOSTILE.length + 2} files added to demo as commit`);
  await expect(page.locator('#upload')).toBeHidden();
  await expect(page.locator('#drop-hint')).toBeHidden();
  // The stream brings the rows, nobody reloads.
  await expect(row(page, 'album')).toBeVisible();
  await expect(row(page, '100%22 "sure".txt')).toBeVisible();
  for (const name of HOSTILE) await onDisk(fleet, 'node-b', `album/below/${name}`, `content of ${name}`);
  await onDisk(fleet, 'node-b', '100%22 "sure".txt', 'sure');
  await expect.poll(async () => (await onB('album/empty'))?.isDirectory()).toBe(true);
  expect((await readdir(join(fleet.workspace('node-b'), 'album/below'))).toSorted()).toEqual([...HOSTILE].toSorted());
  expect(await faultsOf(page)).toEqual([]);
  await said(page).getByRole('link').nth(1).click();
  await expect(page).toHaveURL(/\/p\/demo\/history\/[0-9a-f]{64}/);
  await expect(page.locator('main')).toContainText('one.txt');
});

test('what is dropped on a folder of the tree goes into it; a name that is taken by a folder is said, and nothing changes', async ({
  page,
}) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/p/demo/files`);
  await live(page);
  await drop(page, '#file-rows [data-path="site"] .name', ['album/one.txt'], async () => {
    await expect(page.locator('#drop-hint')).toHaveText('Drop to add to site');
    await expect(row(page, 'site')).toHaveClass(/is-drop/);
  });
  await expect(said(page)).toContainText('1 file added to site as commit');
  await onDisk(fleet, 'node-b', 'site/one.txt', 'one');

  await writeFile(join(desk, 'site'), 'not a folder');
  await drop(page, '#files thead', ['site']);
  await expect(said(page)).toContainText('Nothing was changed: site is there already');
  await onDisk(fleet, 'node-b', 'site/one.txt', 'one');
});

test('the form says how far an upload is, lets it be cancelled, and then sends it', async ({ page }) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/p/demo/add?path=site`);
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.getByRole('alert')).toContainText('no file was chosen');
  const large = join(desk, 'large.bin');
  await writeFile(large, Buffer.alloc(8_000_000, 'large'));
  await page.getByLabel('Files of this computer').setInputFiles(large);
  const client = await page.context().newCDPSession(page);
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_000_000 };
  await client.send('Network.enable');
  await client.send('Network.emulateNetworkConditions', slow);
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(page.locator('#upload-words')).toHaveText('Sending 1 file to site');
  await expect(page.locator('#upload-amount')).toHaveText(/[1-9].* of 8\.0 MB/);
  await expect
    .poll(() => page.locator('#upload-bar').evaluate((bar: HTMLProgressElement) => bar.value))
    .toBeGreaterThan(0);
  expect(await faultsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('alert')).toContainText('Cancelled: nothing was changed.');
  await expect(page.locator('#upload')).toBeHidden();

  await client.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
  await page.getByRole('button', { name: 'Upload' }).click();
  await expect(said(page)).toContainText('1 file added to site as commit');
  await expect(page.getByText('Cancelled')).toBeHidden();
  await expect.poll(async () => (await onB('site/large.bin'))?.size).toBe(8_000_000);
  await said(page).getByRole('link', { name: 'site' }).click();
  await expect(row(page, 'site/large.bin')).toBeVisible();
  await drop(page, '#files thead', ['album/one.txt']);
  await expect(said(page)).toContainText('All was so already.');
});

test('with the script a selection is renamed and deleted in the dialog, which counts it', async ({ page }) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/p/demo/files?path=album`);
  await live(page);
  await row(page, 'album/one.txt').press('x');
  await page.locator('#selection').getByRole('button', { name: 'Move' }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirm' });
  await dialog.getByLabel('New path').fill('album/two.txt');
  await dialog.getByRole('button', { name: 'Move 1 file' }).click();
  await expect(row(page, 'album/two.txt')).toBeVisible();
  await expect(row(page, 'album/one.txt')).toHaveCount(0);
  await expect(said(page).getByRole('link', { name: 'Open the commit' })).toBeVisible();
  for (const path of ['album/two.txt', 'album/below']) await row(page, path).press('x');
  await page.locator('#selection').getByRole('button', { name: 'Delete' }).click();
  await expect(dialog).toContainText(`Delete ${HOSTILE.length + 1} files?`);
  expect(await faultsOf(page)).toEqual([]);
  await dialog.getByRole('button', { name: /^Delete/ }).click();
  await expect(row(page, 'album/below')).toHaveCount(0);
  await expect(row(page, 'album/two.txt')).toHaveCount(0);
  await onDisk(fleet, 'node-b', 'album/two.txt', 'not there');
});
