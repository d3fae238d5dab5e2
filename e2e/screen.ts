// Steps that every browser test takes.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, type Page } from 'playwright/test';
import type { Fleet } from './fleet.ts';

export async function signIn(page: Page, fleet: Fleet): Promise<void> {
  await page.goto(fleet.signInUrl);
  await expect(page.getByRole('link', { name: 'Projects' }).first()).toBeVisible();
}

export async function live(page: Page): Promise<void> {
  await expect(page.locator('#live-pill')).toHaveAttribute('data-state', 'live');
}

/** Waits until the node's file has this text. */
export async function onDisk(fleet: Fleet, node: 'node-a' | 'node-b', path: string, text: string): Promise<void> {
  await expect
    .poll(() => readFile(join(fleet.workspace(node), path), 'utf8').catch(() => 'not there'), { timeout: 30_000 })
    .toBe(text);
}

const axe = () => readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds on the page as it stands, one line a rule that is broken; and whether it is wider than its window.
 *  @param what  `colours`: only what another colour scheme can break */
export async function faultsOf(page: Page, what: 'all' | 'colours' = 'all'): Promise<string[]> {
  await page.evaluate(await axe());
  return page.evaluate(
    async (runOnly) => {
      const { run } = (window as unknown as { axe: typeof import('axe-core') }).axe;
      const { violations } = await run(runOnly === undefined ? {} : { runOnly: [runOnly] });
      const beyond = document.documentElement.scrollWidth - innerWidth;
      return [
        ...violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`),
        ...(beyond > 0 ? [`${beyond} px wider than the window`] : []),
      ];
    },
    what === 'all' ? undefined : 'color-contrast',
  );
}
