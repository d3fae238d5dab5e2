// Steps that every browser test takes.
import { readFile } from 'node:fs/promises';
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
