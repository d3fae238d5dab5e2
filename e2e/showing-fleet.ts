// A fleet that has something of everything to show: file names that try to leave their place, a share, a job, a deleted project,
// a node with a question.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from 'playwright/test';
import { giveUpOn } from './dead-letter.ts';
import type { Fleet } from './fleet.ts';
import { HOSTILE } from './hostile-names.ts';
import { onDisk } from './screen.ts';

export const DIRECTORY = 'hostile';
export const WORST = `${DIRECTORY}/${HOSTILE[0]}`;
export const RETOUCHED = `${DIRECTORY}/cr\r\ndata: <b>&"'\u202e.md`;
const MANY = Array.from({ length: 30 }, (_, i) => `many/file-${String(i).padStart(2, '0')}.txt`);

/** Addresses that are known when their things are made. */
export interface Made {
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

export const at = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query)}`;

/** @param page  of somebody who has signed in */
export async function showEverything(fleet: Fleet, page: Page): Promise<Made> {
  await makeFiles(fleet);
  const made = await makeThings(fleet, page);
  await raiseQuestion(fleet, page);
  return made;
}

const onA = (fleet: Fleet, path: string) => join(fleet.workspace('node-a'), path);

async function makeFiles(fleet: Fleet): Promise<void> {
  for (const name of [DIRECTORY, 'many']) await mkdir(onA(fleet, name));
  const paths = [...HOSTILE.map((name) => `${DIRECTORY}/${name}`), ...MANY];
  for (const path of paths) await writeFile(onA(fleet, path), `content of ${path}`);
  for (const path of paths) await onDisk(fleet, 'node-b', path, `content of ${path}`);
  // In one step each, so that each is one commit.
  const beside = join(fleet.dataDir, 'beside');
  for (const text of ['# One\n\n<script>alert(1)</script>\n', '# Two\n\n<img src=x onerror=alert(2)>\n']) {
    await writeFile(beside, text);
    await rename(beside, onA(fleet, RETOUCHED));
    await onDisk(fleet, 'node-b', RETOUCHED, text);
  }
}

async function makeThings(fleet: Fleet, page: Page): Promise<Made> {
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
  const webhook = await makeWebhook(fleet, page);
  await open('/settings/tokens/new');
  await page.getByLabel('Name').fill('nightly <b>build</b>');
  await page.getByRole('button', { name: 'Make the token' }).click();
  await expect(page.locator('#made-token')).toHaveValue(/^fst_/);
  const token = (await page.getByRole('link', { name: 'Use, and revoke' }).getAttribute('href')) ?? '';

  const link = await share(fleet, page, { path: DIRECTORY });
  const lockedLink = await share(fleet, page, { path: WORST, password: 'correct horse battery' });
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
async function makeWebhook(fleet: Fleet, page: Page): Promise<string> {
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
async function share(
  fleet: Fleet,
  page: Page,
  { path, password }: { path: string; password?: string },
): Promise<string> {
  await page.goto(fleet.url + at('/p/demo/share', { path }));
  if (password !== undefined) await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Make the link' }).click();
  return (await page.locator('#made-link').inputValue()).slice(fleet.url.length);
}

/** Most of node-a is deleted by a slip of the hand: nothing is done until somebody answers. */
async function raiseQuestion(fleet: Fleet, page: Page): Promise<void> {
  for (const name of ['many', 'photos', 'reports', 'site', 'notes']) await rm(onA(fleet, name), { recursive: true });
  await page.goto(`${fleet.url}/nodes/node-a`);
  await expect(page.locator('[data-question="deletions"]')).toContainText('files are gone');
}
