// What people see and do on Metrics, on a real fleet that has run before: the history of an hour with a gap lies there, new
// samples come by themselves. And what Nodes say of lag, with the commands that are copied from there.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, type Page, test } from 'playwright/test';
import { ADMIN_TOKEN, type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, signIn } from './screen.ts';

const STEP_MS = 15_000;
const MINUTE_MS = 60_000;
/** Of the history that lies there: it ends with it, and a gap of ten minutes is before. */
const UNTIL = Math.floor(Date.now() / STEP_MS) * STEP_MS - 5 * MINUTE_MS;

let fleet: Fleet;
let dataDir: string;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  await writeHistory(dataDir);
  fleet = await startFleet({ dataDir });
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

/** As a server that ran before has left it. */
async function writeHistory(to: string): Promise<void> {
  await mkdir(join(to, 'server'), { recursive: true });
  const sqlite = new Database(join(to, 'server/default.metrics.db'));
  sqlite.exec(
    'CREATE TABLE samples (step_ms INTEGER NOT NULL, at INTEGER NOT NULL, vals TEXT NOT NULL, PRIMARY KEY (step_ms, at)) WITHOUT ROWID; PRAGMA user_version = 1',
  );
  const write = sqlite.prepare('INSERT INTO samples VALUES (?, ?, ?)');
  for (let at = UNTIL - 50 * MINUTE_MS; at <= UNTIL; at += STEP_MS) {
    const age = UNTIL - at;
    if (age > 20 * MINUTE_MS && age < 30 * MINUTE_MS) continue;
    write.run(STEP_MS, at, JSON.stringify({ hot_bytes: 5e9, cold_bytes: 7e9, streams: 42, jobs_failed: 3 }));
  }
  sqlite.close();
}

const plot = (page: Page, title: string) => page.locator('.plot', { has: page.getByRole('heading', { name: title }) });
const shown = (page: Page, title: string, label: string) => plot(page, title).locator(`[data-value="${label}"]`);

async function open(page: Page, path: string): Promise<void> {
  await signIn(page, fleet);
  await page.goto(fleet.url + path);
  await live(page);
}

test('what a server sampled before is there after its restart, with the gap in it; new samples come by themselves', async ({
  page,
}) => {
  await open(page, '/projects');
  await page.keyboard.press('g');
  await page.keyboard.press('m');
  await expect(page).toHaveURL(`${fleet.url}/metrics-view`);
  await expect(page.locator('.plot')).toHaveCount(8);
  await expect(page.locator('.plot-gaps')).toContainText('while the server did not run');
  await expect(plot(page, 'Storage').locator('.plot-gap')).not.toHaveCount(0);
  const table = plot(page, 'Connections').locator('details');
  await table.locator('summary').click();
  await expect(shown(page, 'Connections', 'Nodes live')).toHaveText('2', { timeout: 40_000 });
  await expect(shown(page, 'Events', 'Events')).toHaveText(/\/s$/);
  // A patch leaves open what the reader opened.
  await expect(table).toHaveAttribute('open', '');
});

test('the pointer shows one moment in all plots, and a click leads to its events', async ({ page }) => {
  await open(page, '/metrics-view?range=1h');
  const now = await shown(page, 'Storage', 'Hot').textContent();
  const hit = plot(page, 'Connections').locator('.plot-hit');
  await hit.scrollIntoViewIfNeeded();
  const box = await hit.boundingBox();
  if (!box) throw new Error('no plot');
  await page.mouse.move(box.x + box.width * 0.75, box.y + 20);
  await expect(page.locator('.plot-hair:visible')).toHaveCount(8);
  const places = await page
    .locator('.plot-hair')
    .evaluateAll((hairs) => hairs.map((hair) => (hair as HTMLElement).style.left));
  expect(new Set(places).size).toBe(1);
  await expect(shown(page, 'Connections', 'Open pages')).toHaveText('42');
  await expect(shown(page, 'Storage', 'Hot')).toHaveText('5.0 GB');
  await page.mouse.move(box.x + box.width * 0.75, box.y - 60);
  await expect(page.locator('.plot-hair:visible')).toHaveCount(0);
  await expect(shown(page, 'Storage', 'Hot')).toHaveText(now ?? '');
  await page.mouse.click(box.x + box.width * 0.75, box.y + 20);
  await expect(page).toHaveURL(/\/events/);
});

test('keys move through time, say what is there, and open its events', async ({ page }) => {
  await open(page, '/metrics-view?range=1h');
  await plot(page, 'Connections').locator('.plot-hit').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('#plot-said')).toContainText(/^\d\d:\d\d:\d\d: Nodes live –/);
  for (let i = 0; i < 20; i++) await page.keyboard.press('ArrowRight');
  await expect(page.locator('#plot-said')).toContainText('Open pages 42');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/events/);
});

test('the range is in the address, without a reload, and the way back leads back', async ({ page }) => {
  await open(page, '/metrics-view?range=1h');
  await page.evaluate(() => Object.assign(window, { notReloaded: true }));
  await page.getByRole('link', { name: '15 min' }).click();
  await expect(page).toHaveURL(`${fleet.url}/metrics-view?range=15m`);
  await expect(page.locator('.ranges [aria-current]')).toHaveText('15 min');
  await expect(plot(page, 'Storage').locator('svg[role=img]')).toHaveAttribute('aria-label', /the last 15 min/);
  await page.goBack();
  await expect(page.locator('.ranges [aria-current]')).toHaveText('1 h');
  expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('without a script the plots, ranges, tables and ways to events are the same', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${fleet.url}/sign-in?next=/metrics-view`);
  await page.getByLabel('Token').fill(ADMIN_TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: '1 h', exact: true }).click();
  await expect(plot(page, 'Storage').locator('path.plot-line').first()).toHaveAttribute('d', /^M/);
  await expect(page.locator('.plot-hit:visible')).toHaveCount(0);
  await plot(page, 'Connections').locator('summary').click();
  const row = plot(page, 'Connections').locator('tbody tr', { hasText: '42' }).first();
  await row.getByRole('link').click();
  await expect(page).toHaveURL(/\/events/);
  await context.close();
});

test('a node says its lag, and its reset command is copied', async ({ browser }) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  await open(page, '/nodes/node-a');
  const numbers = page.locator('.node-numbers');
  await expect(numbers).toContainText('0 events');
  await expect(numbers).toContainText('Last seennow');
  await page.getByRole('button', { name: 'Copy npx fs-sync resync demo --node node-a' }).click();
  await expect(page.locator('#toast')).toHaveText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('npx fs-sync resync demo --node node-a');
  await context.close();
});

test('Prometheus reads the numbers of all, and those of nodes by name with the token only', async ({ request }) => {
  const ask = async (headers: Record<string, string>) => request.get(`${fleet.url}/metrics`, { headers });
  const open = await (await ask({})).text();
  expect(open).toMatch(/^fs_sync_hot_bytes \d+$/m);
  expect(open).not.toContain('node-a');
  const named = await (await ask({ authorization: `Bearer ${ADMIN_TOKEN}` })).text();
  expect(named).toContain('fs_sync_node_up{node="node-a"} 1');
  expect((await ask({ authorization: 'Bearer not-the-token' })).status()).toBe(401);
});
