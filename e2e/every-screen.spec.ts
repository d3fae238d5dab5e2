// Every screen that there is, looked at in the same way, on a fleet that has something of everything to show: file names
// that try to leave their place, a share, a job, a deleted project, a node with a question. A new screen gets a line in
// SCREENS; what only one screen promises is told in the spec of that screen.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContext, expect, type Page, test } from 'playwright/test';
import { giveUpOn } from './dead-letter.ts';
import { type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { HOSTILE } from './hostile-names.ts';
import { faultsOf, onDisk, signIn } from './screen.ts';

const HTML_BUDGET = 60_000;
/** Pages that are looked at side by side. */
const LANES = 3;
const DIRECTORY = 'hostile';
const WORST = `${DIRECTORY}/${HOSTILE[0]}`;
const RETOUCHED = `${DIRECTORY}/cr\r\ndata: <b>&"'\u202e.md`;
const MANY = Array.from({ length: 30 }, (_, i) => `many/file-${String(i).padStart(2, '0')}.txt`);

/** Addresses that are known when their things are made. */
interface Made {
  readonly commit: string;
  readonly version: string;
  readonly diff: string;
  readonly diffOfAll: string;
  readonly restore: string;
  readonly job: string;
  readonly share: string;
  readonly link: string;
  readonly lockedLink: string;
  readonly event: string;
  readonly token: string;
  readonly webhook: string;
}

interface Screen {
  readonly path: string | ((made: Made) => string);
  readonly heading: string | RegExp;
  /** absent: 200 */
  readonly status?: number;
  /** what is open over the page, and how it is opened; it needs a script */
  readonly open?: (page: Page) => Promise<void>;
  /** the screen is for somebody who has not signed in */
  readonly isPublic?: boolean;
}

const at = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query)}`;

/** The question before an act of the bar, on something that is selected. */
const askedBack = (act: string): Screen => ({
  path: at('/p/demo/files', { path: DIRECTORY }),
  heading: DIRECTORY,
  open: async (page) => {
    await page.locator('#files [data-path]').first().press('x');
    await page.locator('#selection').getByRole('button', { name: act }).click();
    await expect(page.getByRole('dialog', { name: 'Confirm' })).toBeVisible();
  },
});

const SCREENS: Readonly<Record<string, Screen>> = {
  'sign-in': { path: '/sign-in?next=/events', heading: 'Sign in', isPublic: true },
  start: { path: '/start', heading: /steps to the first file/ },
  'start, waiting': { path: '/start?project=demo', heading: /steps to the first file/ },
  projects: { path: '/projects', heading: 'Projects' },
  manage: { path: '/p/demo/manage', heading: 'demo' },
  files: { path: '/p/demo/files?open=photos&open=hostile', heading: 'demo' },
  'a folder': { path: at('/p/demo/files', { path: DIRECTORY }), heading: DIRECTORY },
  'adding files': { path: '/p/demo/add', heading: 'Add to demo' },
  'adding to a folder': { path: at('/p/demo/add', { path: DIRECTORY }), heading: `Add to ${DIRECTORY}` },
  search: { path: at('/p/demo/files', { q: 'img' }), heading: 'Search' },
  'search without an answer': { path: at('/p/demo/files', { q: '<b>"' }), heading: 'Search' },
  'a file': { path: at('/p/demo/file', { path: 'photos/dunes.png' }), heading: /demo|photos/ },
  'a text': { path: at('/p/demo/file', { path: 'README.md' }), heading: 'demo' },
  'a file of a hostile name': { path: at('/p/demo/file', { path: WORST }), heading: DIRECTORY },
  'a file that was changed': { path: at('/p/demo/file', { path: RETOUCHED }), heading: DIRECTORY },
  'a version of a file': { path: ({ version }) => version, heading: DIRECTORY },
  'a file that is not there': { path: at('/p/demo/file', { path: 'never/there' }), heading: 'never' },
  'why, of a project': { path: '/p/demo/why', heading: /./ },
  'why, of a node': { path: '/p/demo/why?node=node-a', heading: /./ },
  'why, of a file': { path: at('/p/demo/why', { path: WORST }), heading: /img/ },
  history: { path: '/p/demo/history', heading: 'History' },
  'history of a file': { path: at('/p/demo/history', { path: RETOUCHED }), heading: 'History' },
  'a commit': { path: ({ commit }) => commit, heading: /./ },
  'a diff of all': { path: ({ diffOfAll }) => diffOfAll, heading: /./ },
  'a diff': { path: ({ diff }) => diff, heading: /./ },
  'a restore': { path: ({ restore }) => restore, heading: /./ },
  'share form': { path: at('/p/demo/share', { path: WORST }), heading: 'Share' },
  shares: { path: '/shares', heading: 'Shares' },
  'shares that ended': { path: '/shares?state=ended', heading: 'Shares' },
  'a share': { path: ({ share }) => share, heading: /img/ },
  'what a link shows': { path: ({ link }) => link, heading: /./, isPublic: true },
  'a link with a password': { path: ({ lockedLink }) => lockedLink, heading: /password/, status: 403, isPublic: true },
  'a link that is none': { path: '/s/no-such-link', heading: /./, status: 404, isPublic: true },
  events: { path: '/events', heading: 'Events' },
  'events of one path': { path: at('/events', { path: WORST }), heading: 'Events' },
  'an event': { path: ({ event }) => event, heading: 'Events' },
  'events that stand still': { path: '/events?at=3', heading: 'Events' },
  jobs: { path: '/jobs', heading: 'Jobs' },
  'a job': { path: ({ job }) => job, heading: /./ },
  'metrics, 15 minutes': { path: '/metrics-view?range=15m', heading: 'Metrics' },
  'a plot as a table': {
    path: '/metrics-view?range=15m',
    heading: 'Metrics',
    open: (page) => page.locator('.plot-table summary').first().click(),
  },
  'metrics, an hour': { path: '/metrics-view?range=1h', heading: 'Metrics' },
  'metrics, a day': { path: '/metrics-view?range=24h', heading: 'Metrics' },
  'metrics, a week': { path: '/metrics-view?range=7d', heading: 'Metrics' },
  nodes: { path: '/nodes', heading: 'Nodes' },
  'a node with a question': { path: '/nodes/node-a', heading: 'node-a' },
  'a node': { path: '/nodes/node-b', heading: 'node-b' },
  settings: { path: '/settings', heading: 'Settings' },
  'audit log': { path: '/audit', heading: 'Audit log' },
  'an entry of the audit log': { path: '/audit?open=1', heading: 'Audit log' },
  policies: { path: '/settings/policies/demo', heading: 'Policies of demo' },
  tokens: { path: '/settings/tokens', heading: 'API tokens' },
  webhooks: { path: '/settings/webhooks', heading: 'Webhooks' },
  'webhook form': { path: '/settings/webhooks/new', heading: 'New webhook' },
  'a webhook': { path: ({ webhook }) => webhook, heading: /index/ },
  'a webhook that is changed': { path: ({ webhook }) => `${webhook.split('?')[0]}/edit`, heading: /index/ },
  'token form': { path: '/settings/tokens/new', heading: 'New token' },
  'HTTP API': { path: '/api/v1/docs', heading: 'HTTP API', isPublic: true },
  'an operation of the HTTP API': { path: '/api/v1/docs#putFile', heading: 'HTTP API' },
  'a token': { path: ({ token }) => token, heading: /nightly/ },
  find: { path: at('/find', { q: 'img' }), heading: 'Find' },
  'not found': { path: '/no-such-screen', heading: 'There is nothing here', status: 404 },
  palette: {
    path: '/projects',
    heading: 'Projects',
    open: async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('demo');
      await expect(page.getByRole('option').first()).toBeVisible();
    },
  },
  help: {
    path: '/p/demo/files',
    heading: 'demo',
    open: async (page) => {
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  menu: {
    path: '/events',
    heading: 'Events',
    open: async (page) => {
      await page.locator('details.menu summary').click();
      await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
    },
  },
  selection: {
    path: at('/p/demo/files', { path: DIRECTORY }),
    heading: DIRECTORY,
    open: async (page) => {
      await page.locator('#files [data-path]').first().press('x');
      await expect(page.getByText('1 selected')).toBeVisible();
    },
  },
  'what is asked of a selection': {
    path: at('/p/demo/files', { path: DIRECTORY }),
    heading: DIRECTORY,
    open: async (page) => {
      await page.locator('#files [data-path]').first().press('Shift+V');
      await expect(page.getByRole('dialog', { name: 'Confirm' })).toBeVisible();
    },
  },
  'what is asked of a deletion': askedBack('Delete'),
  'what is asked of a move': askedBack('Move'),
  'share, over a page': {
    path: at('/p/demo/files', { path: DIRECTORY }),
    heading: DIRECTORY,
    open: async (page) => {
      await page.getByRole('link', { name: 'Share', exact: true }).click();
      await expect(page.locator('#share-dialog')).toBeVisible();
    },
  },
};

let fleet: Fleet;
let dataDir: string;
let made: Made;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  const page = await browser.newPage();
  await signIn(page, fleet);
  await makeFiles();
  made = await makeThings(page);
  await raiseQuestion(page);
  await page.close();
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

const onA = (path: string) => join(fleet.workspace('node-a'), path);

async function makeFiles(): Promise<void> {
  for (const name of [DIRECTORY, 'many']) await mkdir(onA(name));
  const paths = [...HOSTILE.map((name) => `${DIRECTORY}/${name}`), ...MANY];
  for (const path of paths) await writeFile(onA(path), `content of ${path}`);
  for (const path of paths) await onDisk(fleet, 'node-b', path, `content of ${path}`);
  // In one step each, so that each is one commit.
  for (const text of ['# One\n\n<script>alert(1)</script>\n', '# Two\n\n<img src=x onerror=alert(2)>\n']) {
    await writeFile(join(dataDir, 'beside'), text);
    await rename(join(dataDir, 'beside'), onA(RETOUCHED));
    await onDisk(fleet, 'node-b', RETOUCHED, text);
  }
}

async function makeThings(page: Page): Promise<Made> {
  const open = (path: string) => page.goto(fleet.url + path);
  const here = () => page.url().slice(fleet.url.length);

  await open('/start');
  await page.getByLabel('Name').fill('given-up');
  await page.getByRole('button', { name: /Make|Create/ }).click();
  await expect(page).toHaveURL(/project=given-up/);
  await open('/p/given-up/manage');
  await page.locator('#delete-name').fill('given-up');
  await page.getByRole('button', { name: 'Delete given-up' }).click();
  await expect(page.locator('[data-deleted="given-up"]')).toBeVisible();

  await open('/p/demo/manage');
  await page.getByRole('button', { name: 'Evict: Plan eviction' }).click();
  await expect(page.locator('#job-head')).toHaveAttribute('data-state', 'done');
  const job = here();

  await open(at('/p/demo/history', { path: RETOUCHED }));
  const commits = page.locator('#commits [data-commit]');
  await expect(commits).toHaveCount(2);
  const [to = '', from = ''] = await commits.evaluateAll((rows) => rows.map((row) => row.dataset.commit ?? ''));

  await giveUpOn(fleet, WORST, '<b>hot</b> has bytes that are not these.');
  const webhook = await makeWebhook(page);
  await open('/settings/tokens/new');
  await page.getByLabel('Name').fill('nightly <b>build</b>');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.locator('#made-token')).toHaveValue(/^fst_/);
  const token = (await page.getByRole('link', { name: 'Use, and revoke' }).getAttribute('href')) ?? '';

  const link = await share(page, { path: DIRECTORY });
  const lockedLink = await share(page, { path: WORST, password: 'correct horse battery' });
  await open('/shares');
  await page.locator('#share-rows [data-share]', { hasText: 'img' }).getByRole('link').first().click();
  await expect(page).toHaveURL(/\/shares\/.+/);

  return {
    token,
    webhook,
    commit: `/p/demo/history/${to}`,
    version: at('/p/demo/file', { path: RETOUCHED, commit: from }),
    diff: at('/p/demo/diff', { from, to, path: RETOUCHED }),
    diffOfAll: at('/p/demo/diff', { from, to }),
    restore: at('/p/demo/restore', { to: from }),
    job,
    share: here(),
    link,
    lockedLink,
    event: '/events?open=1',
  };
}

/** One that leads nowhere, so that its page has what failed. @returns its address, with a delivery open */
async function makeWebhook(page: Page): Promise<string> {
  await page.goto(`${fleet.url}/settings/webhooks/new`);
  await page.getByLabel('Name').fill('index <b>of files</b>');
  await page.getByLabel('Address').fill('https://hooks.invalid/files');
  await page.getByLabel('JobFailed').check();
  await page.getByRole('button', { name: 'Make the webhook' }).click();
  await page.getByRole('link', { name: 'Deliveries, and a test' }).click();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await expect(page.locator('#delivery-rows')).toContainText('Failed');
  return `${page.url().slice(fleet.url.length)}?open=1`;
}

/** @returns the address of the link, without the server's */
async function share(page: Page, { path, password }: { path: string; password?: string }): Promise<string> {
  await page.goto(fleet.url + at('/p/demo/share', { path }));
  if (password !== undefined) await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make the link' }).click();
  return (await page.locator('#made-link').inputValue()).slice(fleet.url.length);
}

/** Most of node-a is deleted by a slip of the hand: nothing is done until somebody answers. */
async function raiseQuestion(page: Page): Promise<void> {
  for (const name of ['many', 'photos', 'reports', 'site', 'notes']) await rm(onA(name), { recursive: true });
  await page.goto(`${fleet.url}/nodes/node-a`);
  await expect(page.locator('[data-question="deletions"]')).toContainText('files are gone');
}

const addressOf = ({ path }: Screen) => fleet.url + (typeof path === 'string' ? path : path(made));

/** Screens of this kind, taken by several pages at once until none is left. */
async function eachScreen(
  contexts: { readonly signedIn: BrowserContext; readonly visitor: BrowserContext },
  wanted: (screen: Screen) => boolean,
  look: (page: Page, name: string, screen: Screen) => Promise<void>,
): Promise<void> {
  const left = Object.entries(SCREENS).filter(([, screen]) => wanted(screen));
  const lane = async (): Promise<void> => {
    const [mine, guest] = await Promise.all([contexts.signedIn.newPage(), contexts.visitor.newPage()]);
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const [name, screen] = next;
      await look(screen.isPublic ? guest : mine, name, screen);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** One who has signed in, and one who has not. */
async function twoContexts(browser: Browser, options: { readonly javaScriptEnabled: boolean }) {
  const visitor = await browser.newContext(options);
  const helper = await browser.newContext();
  await signIn(await helper.newPage(), fleet);
  const signedIn = await browser.newContext({ ...options, storageState: await helper.storageState() });
  await helper.close();
  return { signedIn, visitor, close: () => Promise.all([visitor.close(), signedIn.close()]) };
}

/** What a page must never do, as it happens. A document that is told to be none is an error on the console, too. */
function record(context: BrowserContext, found: string[]): void {
  context.on('page', (page) => {
    page.on('dialog', async (dialog) => {
      found.push(`${page.url()}: dialog ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on('pageerror', (error) => found.push(`${page.url()}: script error ${error.message}`));
    page.on('console', (message) => {
      const isOwnStatus = message.location().url === page.url() && message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isOwnStatus) found.push(`${page.url()}: console ${message.text()}`);
    });
  });
}

/** Each rule at each width, each colour in each scheme. */
const LOOKS = [
  ['light', 1440, 'all'],
  ['dark', 1440, 'colours'],
  ['dark', 390, 'all'],
  ['light', 390, 'colours'],
] as const;

/** Fonts, styles and what the live line brings first have come. */
async function ready(page: Page): Promise<void> {
  const pill = page.locator('#live-pill');
  if ((await pill.count()) > 0) await expect(pill).toHaveAttribute('data-state', /^(live|paused)$/);
}

test('axe finds nothing on any screen, in light and dark, wide and narrow; nothing is wider than the window, and no name runs', async ({
  browser,
}) => {
  // There are many screens, and each is looked at four times.
  test.setTimeout(300_000);
  const found: string[] = [];
  const contexts = await twoContexts(browser, { javaScriptEnabled: true });
  for (const context of [contexts.signedIn, contexts.visitor]) record(context, found);
  await eachScreen(
    contexts,
    () => true,
    async (page, name, screen) => {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.setViewportSize({ width: 1440, height: 844 });
      await page.goto(addressOf(screen));
      await ready(page);
      await screen.open?.(page);
      for (const [colorScheme, width, what] of LOOKS) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 844 });
        for (const fault of await faultsOf(page, what)) found.push(`${name}, ${colorScheme} ${width}: ${fault}`);
      }
    },
  );
  await contexts.close();
  expect(found).toEqual([]);
});

test('every screen is there without a script, under its heading, in at most 60 kB of HTML', async ({ browser }) => {
  const found: string[] = [];
  const contexts = await twoContexts(browser, { javaScriptEnabled: false });
  await eachScreen(
    contexts,
    (screen) => screen.open === undefined,
    async (page, name, screen) => {
      const answer = await page.goto(addressOf(screen));
      const bytes = gzipSync((await answer?.body()) ?? '').byteLength;
      const headings = await page.getByRole('heading', { level: 1 }).allInnerTexts();
      if (answer?.status() !== (screen.status ?? 200)) found.push(`${name}: answered ${answer?.status()}`);
      if (bytes > HTML_BUDGET) found.push(`${name}: ${bytes} bytes of HTML, gzipped`);
      if (headings.length !== 1 || !new RegExp(screen.heading).test(headings[0] ?? ''))
        found.push(`${name}: its headings are ${JSON.stringify(headings)}`);
    },
  );
  await contexts.close();
  expect(found).toEqual([]);
});
