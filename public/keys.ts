// The keyboard: letters that go somewhere, and moving through rows. Single keys can be turned off, and never act while
// something is being typed.

import { showHelp } from './clicks.ts';
import { toggleFeed } from './feed.ts';

const OFF = 'fs-keys-off';
const CHORD_MS = 1200;
let chordAt = 0;

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  // What a closing dialog had in focus hears keys until the next frame.
  const shown = event.target instanceof HTMLElement && event.target.checkVisibility();
  const target = shown ? event.target : document.body;
  if (event.key === 'Escape') return leave(target);
  if (target.closest('input, select, textarea, [contenteditable], dialog')) return;
  if (act(event.key, target)) event.preventDefault();
});

/** @returns whether the key meant something */
function act(key: string, target: HTMLElement): boolean {
  const row = target.closest<HTMLElement>('[data-row]');
  if (key === 'ArrowDown' || key === 'ArrowUp')
    return (row !== null || !scrolls(target)) && step(row, key === 'ArrowDown' ? 1 : -1);
  if (row && key === 'Home') return focusRow(rows()[0]);
  if (row && key === 'End') return focusRow(rows().at(-1));
  if (row && target === row && key === 'Enter') return click(row, '[data-open]');
  if (row && key === 'ArrowRight') return row.getAttribute('aria-expanded') === 'false' && click(row, '[data-twist]');
  if (row && key === 'ArrowLeft') {
    return row.getAttribute('aria-expanded') === 'true' ? click(row, '[data-twist]') : focusRow(parentRow(row));
  }
  if (singleKeysOff()) return false;
  if (Date.now() - chordAt < CHORD_MS) {
    chordAt = 0;
    const link = document.querySelector<HTMLAnchorElement>(`a[data-nav="${CSS.escape(key)}"]`);
    if (link) link.click();
    return link !== null;
  }
  if (key === 'g') {
    chordAt = Date.now();
    return true;
  }
  if (key === 'j') return step(row, 1);
  if (key === 'k') return step(row, -1);
  if (key === '?') return showHelp();
  if (key === '/') {
    const search = document.querySelector<HTMLInputElement>('[data-search]');
    search?.focus();
    search?.select();
    return search !== null;
  }
  if (key === ' ' && document.getElementById('feed-pause') && !target.closest('button, a, summary')) {
    toggleFeed();
    return true;
  }
  return false;
}

export const singleKeysOff = (): boolean => localStorage.getItem(OFF) === 'yes';

function leave(target: HTMLElement): void {
  if (target.closest('dialog')) return;
  const menu = document.querySelector<HTMLDetailsElement>('details:is(.menu, .switcher)[open]');
  if (menu) menu.open = false;
  else if (target instanceof HTMLInputElement) target.blur();
  else document.querySelector<HTMLAnchorElement>('[data-close]')?.click();
}

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-row]')];

/** A text that scrolls keeps its arrow keys. */
const scrolls = (target: HTMLElement): boolean => target.closest('pre') !== null;

function step(from: HTMLElement | null, by: 1 | -1): boolean {
  const all = rows();
  const at = from ? all.indexOf(from) + by : all.findIndex((row) => row.tabIndex === 0);
  return focusRow(all[Math.max(0, at)]);
}

function focusRow(row: HTMLElement | undefined): boolean {
  if (!row) return false;
  for (const other of document.querySelectorAll<HTMLElement>('[data-row][tabindex="0"]')) {
    if (other !== row && other.tagName === 'TR') other.tabIndex = -1;
  }
  // A card is reached by its link, a table row by itself.
  if (row.tagName === 'TR') {
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
  } else row.querySelector<HTMLElement>('[data-open]')?.focus({ preventScroll: true });
  row.scrollIntoView({ block: 'nearest' });
  return true;
}

function parentRow(row: HTMLElement): HTMLElement | undefined {
  const level = Number(row.getAttribute('aria-level'));
  let above = row.previousElementSibling;
  while (above && Number(above.getAttribute('aria-level')) >= level) above = above.previousElementSibling;
  return above instanceof HTMLElement ? above : undefined;
}

function click(row: HTMLElement, selector: string): boolean {
  const link = row.querySelector<HTMLElement>(selector);
  link?.click();
  return link !== null;
}

const switches = document.querySelectorAll<HTMLInputElement>('[data-keys-off]');
for (const one of switches) {
  one.checked = localStorage.getItem(OFF) === 'yes';
  one.addEventListener('change', () => {
    localStorage.setItem(OFF, one.checked ? 'yes' : 'no');
    for (const other of switches) other.checked = one.checked;
  });
}
