// Every screen that there is, looked at in the same way, on a fleet that has something of everything to show.
import { gzipSync } from 'node:zlib';
import { type Browser, type BrowserContext, expect, type Page, test } from 'playwright/test';
import { type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { faultsOf, signIn } from './screen.ts';
import { SCREENS, type Screen } from './screens.ts';
import { type Made, showEverything } from './showing-fleet.ts';

const HTML_BUDGET = 60_000;
/** Pages that are looked at side by side. */
const LANES = 3;

let fleet: Fleet;
let dataDir: string;
let made: Made;

test.beforeAll(async ({ browser }) => {
  test.setTimeout(240_000);
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir });
  const page = await browser.newPage();
  await signIn(page, fleet);
  made = await showEverything(fleet, page);
  await page.close();
});
test.afterAll(async () => {
  await fleet.stop();
  await removeDataDir(dataDir);
});

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
