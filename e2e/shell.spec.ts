// What is around every screen, in real Chromium on a real fleet: the palette, the keys and their switch, the live line of
// many windows at once, and a server that comes back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BrowserContext, expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live } from './screen.ts';

let fleet: Fleet;
let dataDir: string;

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  // A server that is started again has the same port only where it was told which one.
  fleet = await startFleet({ dataDir, env: { PORT: String(await freePort()) } });
});
// The first look at the nodes takes a moment; until then the server names none.
test.beforeAll(async ({ browser }) => {
  const page = await browser.newPage();
  await signIn(page, '/projects');
  await expect(page.locator('[data-project=demo]')).toContainText('In sync on 2 nodes');
  await page.close();
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

async function signIn(page: Page, path: string): Promise<void> {
  await page.goto(`${fleet.url}/sign-in?next=${encodeURIComponent(path)}`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL(fleet.url + path);
}

const palette = (page: Page) => page.getByRole('dialog', { name: 'Find and run' });
const chosen = (page: Page) => palette(page).locator('[role=option][aria-selected=true]');

test('the palette goes anywhere, runs what the page can do, and remembers where it went', async ({ page }) => {
  await signIn(page, '/events');
  await live(page);
  await page.keyboard.press('Control+k');
  const field = palette(page).getByRole('combobox');
  await expect(field).toBeFocused();
  await expect(palette(page).getByRole('status')).toHaveText(/^\d+ answers$/);
  await page.keyboard.type('node-b');
  await expect(palette(page).getByRole('status')).toHaveText('1 answer');
  await expect(field).toHaveAttribute('aria-activedescendant', (await chosen(page).getAttribute('id')) ?? 'none');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${fleet.url}/nodes/node-b`);

  await page.keyboard.press('Control+k');
  await expect(palette(page).getByRole('group', { name: 'Recent' }).getByRole('option')).toHaveText('node-b');
  await page.keyboard.type('README.md');
  await expect(palette(page).getByRole('group', { name: 'Files' })).toBeVisible();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowDown');
  await expect(chosen(page)).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(palette(page)).toBeHidden();

  await page.goto(`${fleet.url}/events`);
  await live(page);
  await page.getByRole('link', { name: 'Find' }).click();
  await page.keyboard.type('pause');
  await expect(chosen(page)).toHaveText('Pause');
  await page.keyboard.press('Enter');
  await expect(palette(page)).toBeHidden();
  await expect(page.locator('#live-pill')).toHaveAttribute('data-state', 'paused');

  await page.goto(`${fleet.url}/p/demo/files`);
  await live(page);
  await page.locator('#files [data-path="README.md"]').focus();
  const run = async (words: string, option: string) => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type(words);
    await expect(chosen(page)).toHaveText(option);
    await page.keyboard.press('Enter');
    await expect(palette(page)).toBeHidden();
  };
  await run('evict readme', 'Evict README.md');
  await expect(page.getByRole('dialog', { name: 'Confirm' })).toContainText('Evict 1 file?');
  await page.keyboard.press('Escape');
  await run('dark theme', 'Dark theme');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await run('repair demo', 'Repair demo');
  await expect(page.locator('#start-repair')).toBeInViewport();
  await run('sign out', 'Sign out');
  await expect(page).toHaveURL(/sign-in/);
});

test('on a phone the screens that the bar has no room for are under More, without a script too', async ({
  browser,
}) => {
  const viewport = { width: 390, height: 844 };
  const page = await (await browser.newContext({ viewport, javaScriptEnabled: false })).newPage();
  await page.goto(`${fleet.url}/sign-in`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  const bar = page.getByRole('navigation', { name: 'Main' });
  for (const word of ['Shares', 'Settings']) {
    await bar.getByText('More', { exact: true }).click();
    await bar.getByRole('link', { name: word }).click();
    await expect(page.getByRole('heading', { level: 1, name: word })).toBeVisible();
  }
  await page.context().close();
});

test('letters after g lead to the screens, until single keys are turned off in the menu', async ({ page }) => {
  await signIn(page, '/projects');
  for (const [key, path] of [
    ['e', '/events'],
    ['j', '/jobs'],
    ['n', '/nodes'],
    ['f', '/p/demo/files'],
    ['p', '/projects'],
  ]) {
    // The address is another one before the page's script listens.
    await page.waitForLoadState();
    await page.keyboard.press('g');
    await page.keyboard.press(key ?? '');
    await expect(page).toHaveURL(fleet.url + path);
  }
  await page.getByLabel('Account and appearance').click();
  await page.locator('.bar .menu-body').getByLabel('Turn single-key shortcuts off').check();
  await page.keyboard.press('Escape');
  await page.reload();
  await page.keyboard.press('?');
  await page.keyboard.press('g');
  await page.keyboard.press('e');
  await page.keyboard.press('Control+k');
  await expect(palette(page)).toBeVisible();
  await expect(page).toHaveURL(`${fleet.url}/projects`);
  await page.keyboard.press('Escape');
  await page.getByLabel('Account and appearance').click();
  await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByLabel('Turn single-key shortcuts off').uncheck();
  await page.keyboard.press('Escape');
  await expect(help).toBeHidden();
  await page.keyboard.press('?');
  await expect(help).toBeVisible();
});

test('without JavaScript the palette is a page with a form, and the feed pauses by a link', async ({ browser }) => {
  const context: BrowserContext = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await signIn(page, '/projects');
  await page.getByRole('link', { name: 'Find' }).click();
  await page.getByRole('main').getByRole('searchbox').fill('node-a');
  await page.getByRole('main').getByRole('button', { name: 'Find' }).click();
  await page.getByRole('main').getByRole('link', { name: 'node-a' }).click();
  await expect(page).toHaveURL(`${fleet.url}/nodes/node-a`);
  await page.goto(`${fleet.url}/events?category=create`);
  await page.getByRole('link', { name: 'Pause' }).click();
  await expect(page.getByText(/^Paused at event \d+$/)).toBeVisible();
  const [newest] = await seqs(page);
  await expect(page).toHaveURL(`${fleet.url}/events?category=create&at=${newest}`);
  await page.getByRole('link', { name: 'Resume' }).click();
  await expect(page).toHaveURL(`${fleet.url}/events?category=create`);
  await context.close();
});

const seqs = (page: Page) =>
  page.locator('#events [data-seq]').evaluateAll((rows) => rows.map((row) => Number(row.dataset.seq)));
const save = (name: string) => writeFile(join(fleet.workspace('node-a'), name), `content of ${name}`);
const eventOf = (page: Page, name: string) => page.locator('#events [data-type=PathCreated]', { hasText: name });

test('pausing puts the cursor into the address: a link shows the same window, and one click brings back', async ({
  page,
  context,
}) => {
  await signIn(page, '/events');
  await live(page);
  await page.keyboard.press('Space');
  await expect(page.locator('#live-pill')).toHaveAttribute('data-state', 'paused');
  await expect(page.getByText('Paused by you')).toBeVisible();
  const [newest] = await seqs(page);
  await expect(page).toHaveURL(`${fleet.url}/events?at=${newest}`);
  await save('while-paused.txt');
  await expect(page.locator('#live-pill')).toContainText(/Paused, [1-9]\d* new/);

  const colleague = await context.newPage();
  await colleague.goto(page.url());
  expect(await seqs(colleague)).toEqual(await seqs(page));
  await expect(colleague.getByText(`Paused at event ${newest}`)).toBeVisible();
  await colleague.getByRole('link', { name: /new ↑/ }).click();
  await expect(eventOf(colleague, 'while-paused.txt')).toBeVisible();
  await expect(colleague).toHaveURL(`${fleet.url}/events`);
  await colleague.close();

  await page.locator('#events [data-open]').first().click();
  await expect(page).toHaveURL(`${fleet.url}/events?open=${newest}&at=${newest}`);
  await expect(page.getByRole('complementary')).toContainText('"traceparent"');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: 'Resume' }).click();
  await live(page);
  await expect(eventOf(page, 'while-paused.txt')).toBeVisible();
  await expect(page).toHaveURL(`${fleet.url}/events`);
});

test('scrolling away holds the feed, and the top lets it go', async ({ page }) => {
  await signIn(page, '/events');
  await live(page);
  await page.mouse.wheel(0, 600);
  await expect(page.getByText('Paused while you read on')).toBeVisible();
  await save('while-scrolled.txt');
  await expect(page.locator('#feed-fresh')).toHaveText(/^[1-9]\d* new ↑$/);
  await expect(eventOf(page, 'while-scrolled.txt')).toHaveCount(0);
  await page.locator('#feed-fresh').click();
  await expect(eventOf(page, 'while-scrolled.txt')).toBeInViewport();
});

test('events are narrowed by type, who, project and path, and one is reached by its number; objects have names', async ({
  page,
}) => {
  await signIn(page, '/events');
  const where = (query: string) => `${fleet.url}/events?${query}`;
  await page.getByLabel('Type').selectOption('ObjectArchived');
  await expect(page).toHaveURL(/type=ObjectArchived/);
  await expect(page.locator('#events [data-seq]', { hasText: 'README.md' }).first()).toBeVisible();
  await page.getByRole('link', { name: 'Clear', exact: true }).click();
  await page.getByLabel('Who did it').selectOption('archiver');
  await expect(page).toHaveURL(/actor=archiver/);
  const types = await page.locator('#events [data-seq]').evaluateAll((rows) => rows.map((row) => row.dataset.type));
  expect(new Set(types)).toEqual(new Set(['ObjectArchived']));
  await page.goto(where('path=site'));
  const first = page.locator('#events [data-type=PathCreated]').first();
  await expect(first).toContainText('site/');
  await first.locator('[data-open]').click();
  await page.getByRole('link', { name: 'Filter by this path' }).click();
  await expect(page).toHaveURL(/path=site%2F/);
  await page.goto(where('open=3'));
  await page.getByRole('link', { name: 'Link to this place' }).click();
  expect(await seqs(page)).toEqual([3, 2, 1]);
  await page.getByLabel('Go to an event by its number').fill('5');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(where('type=&project=&path=&actor=&at=5').replace(/(type|project|path|actor)=&/g, ''));
  expect((await seqs(page))[0]).toBe(5);
  await page.goto(where('at=999999'));
  await expect(page.locator('#expired')).toContainText('has not happened yet');
});

test('seven windows at once are all live, and forms still have a connection', async ({ page, context }) => {
  await signIn(page, '/projects');
  const windows = [page];
  while (windows.length < 7) {
    const next = await context.newPage();
    // A window that had to wait for a connection would never come to the end of its loading.
    await next.goto(`${fleet.url}/events`);
    windows.push(next);
  }
  for (const one of windows) await live(one);
  await page.getByLabel('Name of a new project').fill('seventh');
  await page.getByRole('button', { name: 'Create project' }).click();
  await expect(page.locator('[data-project=seventh]')).toBeVisible();
  for (const one of windows.slice(1))
    await expect(one.locator('#events [data-type=ProjectCreated]', { hasText: 'seventh' })).toBeVisible();
  const titles = await Promise.all(windows.map((one) => one.locator('#live-pill').getAttribute('title')));
  expect(titles.filter((title) => title?.includes('many windows are open'))).toHaveLength(3);
  // Room for more: the next in line gets it.
  for (const one of windows.splice(3)) await one.close();
  for (const one of windows) await expect(one.locator('#live-pill')).toHaveAttribute('title', /by themselves/);
});

test('a hidden window has no line; shown again it catches up', async ({ page }) => {
  await signIn(page, '/events');
  await live(page);
  const show = (hidden: boolean) =>
    page.evaluate((isHidden) => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden });
      document.documentElement.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, hidden);
  await show(true);
  await expect(page.locator('#live-pill')).toContainText('Paused, tab hidden');
  const closed = page.waitForRequest((request) => request.url().includes('/events/live'));
  await save('while-hidden.txt');
  await show(false);
  await closed;
  await live(page);
  await expect(eventOf(page, 'while-hidden.txt')).toBeVisible();
});

test('the server is killed: the window says so, comes back by itself, marks the gap, and lacks no event', async ({
  page,
}) => {
  await signIn(page, '/events');
  await live(page);
  const before = await seqs(page);
  const isServer = (pid: number) => /server\/main\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  process.kill(fleet.children().find(isServer) ?? 0, 'SIGKILL');
  await expect(page.locator('#live-pill')).toHaveAttribute('data-state', /reconnecting|offline/);
  await save('while-away.txt');
  await expect(eventOf(page, 'while-away.txt')).toBeVisible({ timeout: 60_000 });
  await live(page);
  await expect(page.locator('#events .gap')).toContainText('The line was lost');
  const after = await seqs(page);
  expect(after.slice(-before.length)).toEqual(before);
  expect(after).toEqual(Array.from(after, (_, i) => (after[0] ?? 0) - i));
});

test('the first run: a project, one command, and the page sees the first file by itself', async ({ page }) => {
  await signIn(page, '/start');
  await expect(page.getByLabel('Name')).toBeFocused();
  await page.keyboard.type('first');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(`${fleet.url}/start?project=first`);
  await live(page);
  await expect(page.locator('#first-event')).toContainText('Waiting for the first event');
  const command = (await page.locator('.command code').textContent()) ?? '';
  const [, , ...args] = command.replace('=./first', `=${join(dataDir, 'first')}`).split(' ');
  const agent = spawn(process.execPath, [fileURLToPath(new URL('../scripts/fs-sync.mjs', import.meta.url)), ...args], {
    stdio: 'ignore',
    env: { ...process.env, FS_DATA_DIR: dataDir },
  });
  await expect(page.locator('#first-event')).toContainText('my-node is here');
  await expect.poll(() => existsSync(join(dataDir, 'first'))).toBe(true);
  await writeFile(join(dataDir, 'first/hello.txt'), 'hello');
  await expect(page.locator('#first-event')).toContainText('hello.txt');
  await page.getByRole('link', { name: 'Browse first' }).click();
  await expect(page.locator('#files [data-path="hello.txt"]')).toBeVisible();
  agent.kill('SIGINT');
  await once(agent, 'exit');
});
