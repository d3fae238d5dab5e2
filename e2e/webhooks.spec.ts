// Webhooks in the browser, on a real fleet and a real receiver: one is made and its secret is shown once, a saved file comes
// signed, a receiver that fails is seen, mended and passed over, a delivery is read and sent again; and all of it goes without
// a script.
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, type Page, test } from 'playwright/test';
import { Webhook as Verifier } from 'standardwebhooks';
import { type Fleet, newDataDir, removeDataDir, startFleet } from './fleet.ts';
import { live, signIn } from './screen.ts';

let fleet: Fleet;
let dataDir: string;
let receiver: Server;
let address: string;
let status = 204;
const got: { readonly headers: Record<string, string>; readonly body: string }[] = [];

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  test.setTimeout(240_000);
  receiver = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    got.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() });
    answer.writeHead(status).end(status === 204 ? undefined : 'the index is closed');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  dataDir = await newDataDir();
  fleet = await startFleet({ dataDir, env: { FS_WEBHOOK_ALLOW_PRIVATE: 'true' } });
});
test.afterAll(async () => {
  await fleet.stop();
  receiver.close();
  await removeDataDir(dataDir);
});

const delivery = (page: Page, text: string) => page.locator('#delivery-rows [data-delivery]', { hasText: text });
/** In a folder of its own: events of the demo's other files may still be on their way. */
async function save(name: string): Promise<void> {
  await mkdir(join(fleet.workspace('node-a'), 'hooks'), { recursive: true });
  await writeFile(join(fleet.workspace('node-a'), 'hooks', name), `content of ${name}`);
}
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

test('one is made, its secret is shown once, and a file that is saved comes to its receiver, signed', async ({
  page,
}) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/settings`);
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await expect(page.getByText('Nobody is told yet')).toBeVisible();
  await page.locator('#webhooks-foot').getByRole('link', { name: 'New webhook' }).click();
  await page.getByLabel('Name').fill('search index');
  await page.getByLabel('Address').fill('ftp://127.0.0.1/');
  await page.getByLabel('PathCreated').check();
  await page.getByLabel('Projects').fill('demo');
  await page.getByLabel('Below').fill('hooks/');
  await button(page, 'Make the webhook').click();
  await expect(page.locator('#webhook-url-fault')).toContainText('https://');
  await page.getByLabel('Address').fill(address);
  await button(page, 'Make the webhook').click();
  await expect(page.locator('#made-secret')).toBeFocused();
  const verifier = new Verifier(await page.locator('#made-secret').inputValue());
  await page.getByRole('link', { name: 'Deliveries, and a test' }).click();
  await live(page);
  await expect(page.locator('main')).not.toContainText('whsec_');

  await button(page, 'Send a test').click();
  await expect(page.locator('#said')).toContainText('the receiver took it');
  await expect(delivery(page, 'WebhookTest')).toContainText('Delivered');
  await save('first.txt');
  await expect(delivery(page, 'PathCreated')).toContainText('Delivered');
  expect(got.map(({ body, headers }) => verifier.verify(body, headers))).toMatchObject([
    { type: 'WebhookTest' },
    { type: 'PathCreated', data: { project: 'demo', payload: { path: 'hooks/first.txt' } } },
  ]);
});

test('a receiver that fails is seen as it happens; what waits is tried at once, and what it never takes is passed over', async ({
  page,
}) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/settings/webhooks`);
  await live(page);
  await expect(page.locator('#webhook-rows')).toContainText('PathCreated of demo below hooks');
  status = 503;
  await save('second.txt');
  await expect(page.locator('#webhook-rows')).toContainText('Failing');
  await page.getByRole('link', { name: 'search index' }).click();
  await expect(page.locator('#webhook-why')).toContainText('was tried');
  status = 204;
  await button(page, 'Try now').click();
  await expect(page.locator('#webhook-head')).toHaveAttribute('data-state', 'active');
  await expect(page.locator('#webhook-why')).toBeEmpty();

  status = 422;
  await save('third.txt');
  await expect(page.locator('#webhook-why')).toContainText('was tried');
  await button(page, 'Pass it over').click();
  await expect(delivery(page, 'Passed over')).toContainText('PathCreated');
  status = 204;
});

test('a delivery is read and sent again; the webhook is changed, paused and resumed, gets a new secret, and is deleted', async ({
  page,
}) => {
  await signIn(page, fleet);
  await page.goto(`${fleet.url}/settings/webhooks`);
  await page.getByRole('link', { name: 'search index' }).click();
  await live(page);
  await delivery(page, 'Passed over').getByRole('link').click();
  await expect(page.locator('#delivery-open')).toContainText('the index is closed');
  await expect(page.locator('#delivery-open pre')).toContainText('third.txt');
  await button(page, 'Send again').click();
  await expect(delivery(page, 'sent again')).toContainText('Delivered');
  const [last, before] = got.toReversed();
  expect(last?.headers['webhook-id']).toBe(before?.headers['webhook-id']);

  await page.getByRole('link', { name: 'Change' }).click();
  await page.getByLabel('Below').fill('docs');
  await button(page, 'Save').click();
  await expect(page.locator('#said')).toContainText('Saved.');
  await expect(page.locator('#webhook-facts')).toContainText('PathCreated of demo below docs');
  await live(page);
  await button(page, 'Pause').click();
  await expect(page.locator('#webhook-head')).toHaveAttribute('data-state', 'paused');
  await button(page, 'Resume').click();
  await expect(page.locator('#webhook-head')).toHaveAttribute('data-state', 'active');
  await button(page, 'Make a new secret').click();
  await expect(page.locator('#made-secret')).toHaveValue(/^whsec_/);
  await expect(page.locator('#webhook-facts')).toContainText('Old secret');
  await button(page, 'Delete the webhook').click();
  await expect(page).toHaveURL(/\/settings\/webhooks\?said=webhook-removed$/);
  await expect(page.getByText('Nobody is told yet')).toBeVisible();
});

test('without a script it is made, tested, paused and deleted all the same', async ({ browser }) => {
  const helper = await browser.newContext();
  await signIn(await helper.newPage(), fleet);
  const plain = await browser.newContext({ javaScriptEnabled: false, storageState: await helper.storageState() });
  const page = await plain.newPage();
  await page.goto(`${fleet.url}/settings/webhooks/new`);
  await page.getByLabel('Name').fill('plain');
  await page.getByLabel('Address').fill(address);
  await page.getByLabel('JobFailed').check();
  await button(page, 'Make the webhook').click();
  await expect(page.locator('#made-secret')).toHaveValue(/^whsec_/);
  await page.getByRole('link', { name: 'Deliveries, and a test' }).click();
  await button(page, 'Send a test').click();
  await expect(page.locator('#said')).toContainText('the receiver took it');
  await delivery(page, 'WebhookTest').getByRole('link').click();
  await button(page, 'Send again').click();
  await expect(page.locator('#delivery-rows [data-delivery]')).toHaveCount(2);
  await button(page, 'Pause').click();
  await expect(page.locator('#webhook-head')).toHaveAttribute('data-state', 'paused');
  await button(page, 'Delete the webhook').click();
  await expect(page.getByText('Nobody is told yet')).toBeVisible();
  await plain.close();
  await helper.close();
});
