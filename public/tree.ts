// The file tree in the browser: rows are counted for assistive technology, further pages come when one scrolls near them,
// and what is typed into the search is searched for as one types.
import { goSoftly } from './clicks.ts';
import { PATCHED } from './patched.ts';

const NEAR_PX = 400;
const TYPING_MS = 200;
/** A page that did not come by then is asked for again. */
const PAGE_PATIENCE_MS = 3_000;

const body = document.getElementById('file-rows');
if (body) {
  count();
  addEventListener(PATCHED, () => {
    count();
    pageCame();
    syncSearch();
  });
  addEventListener('scroll', () => pageNear(), { passive: true });
  document.addEventListener('focusin', () => pageNear());
}

interface Siblings {
  readonly rows: HTMLElement[];
  before: number;
  hasMore: boolean;
}

/** Where each row is: on the screen, and among those of its folder. -1: nobody knows how many there are. */
function count(): void {
  const levels: Siblings[] = [];
  const close = (depth: number) => {
    for (const { rows, before, hasMore } of levels.splice(depth)) {
      rows.forEach((row, i) => {
        set(row, 'aria-posinset', before + i + 1);
        set(row, 'aria-setsize', hasMore ? -1 : before + rows.length);
      });
    }
  };
  let index = 1;
  for (const row of document.querySelectorAll<HTMLElement>('#file-rows > tr')) {
    const level = Number(row.getAttribute('aria-level'));
    close(level);
    levels[level - 1] ??= { rows: [], before: 0, hasMore: false };
    const siblings = levels[level - 1];
    const before = Number(row.dataset.before ?? 0);
    index += 1 + before;
    set(row, 'aria-rowindex', index);
    if (!siblings) continue;
    if (row.dataset.path !== undefined) siblings.rows.push(row);
    else if (row.dataset.before !== undefined) siblings.before = before;
    else siblings.hasMore = true;
  }
  close(0);
}

function set(row: HTMLElement, name: string, value: number): void {
  if (row.getAttribute(name) !== String(value)) row.setAttribute(name, String(value));
}

let pagingSince = 0;
/** The row above the one that stood for the page, when that one had the focus. */
let focusAfter: string | undefined;

function pageNear(): void {
  if (Date.now() - pagingSince < PAGE_PATIENCE_MS) return;
  for (const link of document.querySelectorAll<HTMLAnchorElement>('#file-rows a[data-page]')) {
    const row = link.closest('tr');
    const at = row?.getBoundingClientRect();
    if (!row || !at || at.bottom < -NEAR_PX || at.top > innerHeight + NEAR_PX) continue;
    pagingSince = Date.now();
    focusAfter = link.rel === 'next' && document.activeElement === row ? row.previousElementSibling?.id : undefined;
    goSoftly(link.href, 'same');
    return;
  }
}

function pageCame(): void {
  if (pagingSince === 0) return;
  pagingSince = 0;
  const next = focusAfter === undefined ? null : document.getElementById(focusAfter)?.nextElementSibling;
  focusAfter = undefined;
  if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  requestAnimationFrame(pageNear);
}

const form = document.querySelector<HTMLFormElement>('form[data-search-in]');
const field = form?.querySelector<HTMLInputElement>('input');
let typing = 0;
field?.addEventListener('input', () => {
  clearTimeout(typing);
  typing = window.setTimeout(search, TYPING_MS);
});

function search(): void {
  const url = new URL(form?.dataset.searchIn ?? '', location.href);
  const text = field?.value.trim() ?? '';
  const before = new URLSearchParams(location.search).get('q');
  if (text === (before ?? '')) return;
  if (text !== '') url.searchParams.set('q', text);
  goSoftly(url.href, before === null ? 'new' : 'same');
}

/** The address says what is searched for, except while somebody types. */
function syncSearch(): void {
  if (!field || document.activeElement === field) return;
  field.value = new URLSearchParams(location.search).get('q') ?? '';
}

document.addEventListener('click', (event) => {
  if (!(event.target instanceof Element) || !event.target.closest('[data-clear]') || !field) return;
  clearTimeout(typing);
  field.value = '';
});
