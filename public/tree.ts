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
  document.addEventListener('focusin', ({ target }) => {
    const more = target instanceof Element && target.matches('tr:has(a[data-page][rel="next"])');
    focusAfter = more ? target.previousElementSibling?.id : undefined;
    pageNear();
  });
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

let askedAt = 0;
let asked: string | undefined;
/** The row above the one that stands for further pages, while that one has the focus: it goes on to what comes. */
let focusAfter: string | undefined;

function pageNear(): void {
  if (Date.now() - askedAt < PAGE_PATIENCE_MS) return;
  for (const link of pageLinks()) {
    const at = link.closest('tr')?.getBoundingClientRect();
    if (!at || at.bottom < -NEAR_PX || at.top > innerHeight + NEAR_PX) continue;
    askedAt = Date.now();
    asked = link.href;
    goSoftly(link.href, 'same');
    return;
  }
}

const pageLinks = (): HTMLAnchorElement[] => [
  ...document.querySelectorAll<HTMLAnchorElement>('#file-rows a[data-page]'),
];

/** A patch need not be the page that was asked for: that one has another link to what is further on. */
function pageCame(): void {
  if (asked === undefined || pageLinks().some(({ href }) => href === asked)) return;
  asked = undefined;
  askedAt = 0;
  const next = focusAfter === undefined ? null : document.getElementById(focusAfter)?.nextElementSibling;
  if (next instanceof HTMLElement) focusOn(next);
  requestAnimationFrame(pageNear);
}

function focusOn(row: HTMLElement): void {
  for (const other of document.querySelectorAll<HTMLElement>('#file-rows > tr[tabindex="0"]')) other.tabIndex = -1;
  row.tabIndex = 0;
  row.focus({ preventScroll: true });
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
