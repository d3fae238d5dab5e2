// Pictures of every screen for the documentation, from the running app: a fleet of its own, a few changes on its nodes,
// then each screen in light and dark, wide and narrow. `node scripts/screenshots.mjs` writes docs/screens/*.png, of which only
// those that the README shows are in the repository. The directories that the pictures show are those of the fleet:
// FS_SCREENS_DIR, which is made for it and removed after.
import './node-version.mjs';
import { fork } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { root, runMain, SetupError } from './run-command.mjs';

const TOKEN = 'screenshots-admin-token';
const OUT = join(root, 'docs/screens');
const DATA_DIR = process.env.FS_SCREENS_DIR ?? '/srv/fs-sync';

/** name → address */
const SCREENS = {
  start: '/start?project=demo',
  projects: '/projects',
  files: '/p/demo/files',
  search: '/p/demo/files?q=site+html',
  file: '/p/demo/file?path=photos%2Fdunes.png',
  add: '/p/demo/add?path=site',
  history: '/p/demo/history',
  /** two commits of one file, and the way back to the older one: their addresses are known when there are such */
  commit: '',
  diff: '',
  restore: '',
  why: '/p/demo/why',
  manage: '/p/demo/manage',
  events: '/events',
  jobs: '/jobs',
  /** of the eviction that was planned last: its address is known then */
  job: '',
  metrics: '/metrics-view?range=15m',
  nodes: '/nodes',
  node: '/nodes/node-b',
  shares: '/shares',
  /** of the link that was made first */
  share: '',
  /** what a link to a directory shows to somebody without an account */
  link: '',
  'share-form': '/p/demo/share?path=site',
  settings: '/settings',
  policies: '/settings/policies/demo',
  webhooks: '/settings/webhooks',
  /** of the one that was made */
  webhook: '',
  'webhook-form': '/settings/webhooks/new',
  tokens: '/settings/tokens',
  /** of the one that was made last */
  token: '',
  'token-form': '/settings/tokens/new',
  audit: '/audit',
  'audit-entry': '/audit?open=1',
  'http-api': '/api/v1/docs',
  find: '/find?q=site',
};

const LOOKS = /** @type {const} */ ([
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 390, height: 844 } },
]);

runMain(async () => {
  const { build } = await import('./build.mjs');
  await build();
  await makeDataDir();
  const fleet = fork(join(root, 'scripts/fs-sync.mjs'), ['up'], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, PORT: '0', FS_DATA_DIR: DATA_DIR, FS_ADMIN_TOKEN: TOKEN },
  });
  const ended = new Promise((resolve) => fleet.once('exit', resolve));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const url = await new Promise((resolve, reject) => {
      fleet.on('message', (/** @type {{ kind: string, url: string }} */ message) => {
        if (message.kind === 'ready') resolve(message.url);
      });
      void ended.then((code) => reject(new Error(`fs-sync up ended with ${code}`)));
    });
    await mkdir(OUT, { recursive: true });
    SCREENS.job = await askForJobs(browser, url);
    Object.assign(SCREENS, await shareSome(browser, url));
    SCREENS.token = await makeTokens(browser, url);
    SCREENS.webhook = await makeWebhook(browser, url);
    await makeChanges(join(DATA_DIR, 'nodes'), browser, url);
    Object.assign(SCREENS, await historyOf('site/site.json', browser, url));
    for (const { name, colorScheme, viewport } of LOOKS) {
      const page = await (await browser.newContext({ colorScheme, viewport, deviceScaleFactor: 1 })).newPage();
      await page.goto(`${url}/sign-in`);
      await page.screenshot({ path: join(OUT, `sign-in-${name}.png`) });
      await signIn(page, url);
      for (const [screen, path] of Object.entries(SCREENS)) {
        await page.goto(url + path);
        // A page that does not change by itself says so from its first line on; what a link shows says nothing of it.
        const pill =
          screen === 'link'
            ? page.locator('main')
            : page.locator('#live-pill:is([data-state=live], [data-state=paused])');
        await pill.waitFor();
        await page.screenshot({ path: join(OUT, `${screen}-${name}.png`) });
      }
    }
    return 0;
  } finally {
    await browser.close();
    fleet.kill('SIGINT');
    await ended;
    await rm(DATA_DIR, { recursive: true, force: true });
  }
});

/** One that is there already is somebody's. */
async function makeDataDir() {
  try {
    await mkdir(DATA_DIR);
  } catch (error) {
    throw new SetupError(`${DATA_DIR} cannot be made (${error}): give FS_SCREENS_DIR a path that is not there yet.`);
  }
}

/** @param {import('playwright').Page} page @param {string} url */
async function signIn(page, url) {
  await page.goto(`${url}/sign-in#token=${TOKEN}`);
  await page.locator('[data-project=demo]').waitFor();
}

/** Something of every kind for the feed: created, updated, moved, removed.
 * @param {string} nodes @param {import('playwright').Browser} browser @param {string} url */
async function makeChanges(nodes, browser, url) {
  const page = await browser.newPage();
  await signIn(page, url);
  await settled(page);
  const a = join(nodes, 'node-a/demo');
  const b = join(nodes, 'node-b/demo');
  /** @type {(() => Promise<unknown>)[]} */
  const changes = [
    () => writeFile(join(a, 'notes/standup.md'), '# Standup\n\n- the archive is proven\n- node-b is back\n'),
    () => writeFile(join(b, 'site/pages/contact.html'), '<!doctype html>\n<title>Contact</title>\n'),
    () => writeFile(join(a, 'site/site.json'), '{\n  "title": "Two nodes, one tree",\n  "refreshSeconds": 10\n}\n'),
    () => rename(join(b, 'photos/tide.png'), join(b, 'photos/tide-at-noon.png')),
    () => rm(join(a, 'reports/transfers-september.csv')),
  ];
  await page.goto(`${url}/events`);
  for (const change of changes) {
    const before = await page.locator('#events [data-seq]').first().getAttribute('data-seq');
    await change();
    await page.waitForFunction(
      (seq) => document.querySelector('#events [data-seq]')?.getAttribute('data-seq') !== seq,
      before,
    );
  }
  await page.goto(`${url}/projects`);
  await settled(page);
  await page.close();
}

/** Addresses of the last two versions of a file, compared, and of the way back to the older one.
 * @param {string} path @param {import('playwright').Browser} browser @param {string} url */
async function historyOf(path, browser, url) {
  const page = await browser.newPage();
  await signIn(page, url);
  await page.goto(`${url}/p/demo/history?${new URLSearchParams({ path })}`);
  const rows = page.locator('#commits tr');
  const [to, from] = await Promise.all([0, 1].map((at) => rows.nth(at).getAttribute('data-commit')));
  await page.close();
  const query = new URLSearchParams({ from: from ?? '', to: to ?? '', path });
  return {
    commit: `/p/demo/history/${to}`,
    diff: `/p/demo/diff?${query}`,
    restore: `/p/demo/restore?${new URLSearchParams({ to: from ?? '' })}`,
  };
}

/** On the page of projects. @param {import('playwright').Page} page */
const settled = (page) =>
  page.locator('[data-project=demo]', { hasText: 'In sync on 2 nodes' }).filter({ hasText: 'All in cold' }).waitFor();

/** A pin, and jobs of some kinds that have come to their end.
 * @param {import('playwright').Browser} browser @param {string} url
 * @returns the address of the plan of an eviction */
async function askForJobs(browser, url) {
  const page = await browser.newPage();
  await signIn(page, url);
  await settled(page);
  await page.goto(`${url}/p/demo/manage`);
  await page.locator('#pin-path').fill('site');
  await page.getByRole('button', { name: 'Pin', exact: true }).click();
  await page.locator('#pins', { hasText: 'site' }).waitFor();
  for (const button of ['Archive: Archive now', 'Repair: Repair now', 'Evict: Plan eviction']) {
    await page.goto(`${url}/p/demo/manage`);
    await page.getByRole('button', { name: button }).click();
    await page.locator('#job-head[data-state=done]').waitFor();
  }
  const { pathname } = new URL(page.url());
  await page.close();
  return pathname;
}

/** Links of some kinds, one of which was used.
 * @param {import('playwright').Browser} browser @param {string} url
 * @returns the addresses of the first one's page, and of what the link to a directory opens */
async function shareSome(browser, url) {
  const page = await browser.newPage();
  await signIn(page, url);
  let link = '';
  for (const [path, uses] of [
    ['notes/how-sync-works.txt', '5'],
    ['site', ''],
    ['photos/dunes.png', ''],
  ]) {
    await page.goto(`${url}/p/demo/share?path=${encodeURIComponent(path ?? '')}`);
    await page.locator('#share-uses').fill(uses ?? '');
    await page.getByRole('button', { name: 'Make the link' }).click();
    const made = await page.locator('#made-link').inputValue();
    if (uses !== '') await page.request.get(made);
    if (path === 'site') link = new URL(made).pathname;
  }
  await page.goto(`${url}/shares`);
  const first = page.locator('[data-share]', { hasText: 'how-sync-works' }).getByRole('link').first();
  const share = (await first.getAttribute('href')) ?? '';
  await page.close();
  return { share, link };
}

/**
 * One that has done something, one that lasts, one of somebody's own.
 * @param {import('playwright').Browser} browser
 * @param {string} url
 * @returns the address of the last one
 */
async function makeTokens(browser, url) {
  const page = await browser.newPage();
  await signIn(page, url);
  let address = '';
  for (const [name, scope, projects, expires] of [
    ['Deployment', 'admin', '', 'never'],
    ['Website build', 'write', 'demo', '90d'],
    ['Prometheus', 'read', '', '365d'],
  ]) {
    await page.goto(`${url}/settings/tokens/new`);
    await page.locator('#token-name').fill(name ?? '');
    await page.locator(`[name=scope][value=${scope}]`).check();
    await page.locator('#token-projects').fill(projects ?? '');
    await page.locator('#token-expires').selectOption(expires ?? '');
    await page.getByRole('button', { name: 'Make the token' }).click();
    const token = await page.locator('#made-token').inputValue();
    address = (await page.getByRole('link', { name: 'Use, and revoke' }).getAttribute('href')) ?? '';
    if (scope === 'read')
      await page.request.get(`${url}/api/v1/projects`, { headers: { authorization: `Bearer ${token}` } });
  }
  await page.close();
  return address;
}

/** One whose receiver is not there, which is said once a delivery was tried.
 * @param {import('playwright').Browser} browser @param {string} url
 * @returns its address, with that delivery open */
async function makeWebhook(browser, url) {
  const page = await browser.newPage();
  await signIn(page, url);
  await page.goto(`${url}/settings/webhooks/new`);
  await page.getByLabel('Name').fill('Search index');
  await page.getByLabel('Address').fill('https://hooks.invalid/files');
  await page.getByLabel('PathUpdated').check();
  await page.getByRole('button', { name: 'Make the webhook' }).click();
  await page.getByRole('link', { name: 'Deliveries, and a test' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.locator('#delivery-rows', { hasText: 'Failed' }).waitFor();
  const { pathname } = new URL(page.url());
  await page.close();
  return `${pathname}?open=1`;
}
