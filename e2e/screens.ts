// Every screen that there is. A new one gets a line here; what only one screen promises is told in the spec of that screen.
import { expect, type Page } from 'playwright/test';
import { at, DIRECTORY, type Made, RETOUCHED, WORST } from './showing-fleet.ts';

export interface Screen {
  readonly path: string | ((made: Made) => string);
  readonly heading: string | RegExp;
  /** absent: 200 */
  readonly status?: number;
  /** what is open over the page, and how it is opened; it needs a script */
  readonly open?: (page: Page) => Promise<void>;
  /** the screen is for somebody who has not signed in */
  readonly isPublic?: boolean;
}

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

export const SCREENS: Readonly<Record<string, Screen>> = {
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
      await page.getByLabel('Account and appearance').click();
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
