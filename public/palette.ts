// The palette: a field that keeps the focus and a list that it moves through. The server answers what was typed; before its
// answers stand what this browser went to last, and what the page itself can do.

import { askAbout } from './selection.ts';

const RECENT = 'fs-recent';
const MOST_RECENT = 6;
const MOST_ACTIONS = 8;
const TYPING_MS = 80;

interface Place {
  readonly text: string;
  readonly href: string;
}

const dialog = document.getElementById('palette');
const field = document.getElementById('palette-field');
const list = document.getElementById('palette-list');
const own = document.getElementById('palette-own');
const found = document.getElementById('palette-found');
const said = document.getElementById('palette-said');

let typing = 0;
let asking: AbortController | undefined;
/** taken when the palette opens: behind a dialog nothing of a page changes its name */
let actions: readonly { readonly text: string; readonly run: () => void }[] = [];
let runs = new Map<Element, () => void>();

export function openPalette(): boolean {
  if (!(dialog instanceof HTMLDialogElement) || !(field instanceof HTMLInputElement)) return false;
  if (dialog.open) return true;
  actions = actionsOfPage();
  field.value = '';
  dialog.showModal();
  void answer('');
  return true;
}

addEventListener('keydown', (event) => {
  if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (dialog instanceof HTMLDialogElement && dialog.open) dialog.close();
  else if (document.querySelector('dialog[open]') || !openPalette()) return;
  event.preventDefault();
});

field?.addEventListener('input', () => {
  clearTimeout(typing);
  typing = window.setTimeout(() => void answer(typed()), TYPING_MS);
});

field?.addEventListener('keydown', (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (by === undefined && event.key !== 'Enter') return;
  event.preventDefault();
  const all = options();
  const at = all.findIndex((option) => option.ariaSelected === 'true');
  if (by !== undefined) choose(all.at((at + by) % all.length));
  else all[at]?.click();
});

list?.addEventListener('click', (event) => {
  const option = event.target instanceof Element ? event.target.closest('[role=option]') : null;
  if (!option) return;
  if (option instanceof HTMLAnchorElement) remember({ text: textOf(option), href: option.getAttribute('href') ?? '' });
  const run = runs.get(option);
  if (!run) return;
  close();
  run();
});

dialog?.addEventListener('click', (event) => {
  if (event.target === dialog) close();
});

const close = (): void => {
  if (dialog instanceof HTMLDialogElement) dialog.close();
};

const typed = (): string => (field instanceof HTMLInputElement ? field.value.trim() : '');
const options = (): HTMLElement[] => [...(list?.querySelectorAll<HTMLElement>('[role=option]') ?? [])];
const textOf = (option: Element): string => option.querySelector('.palette-text')?.textContent ?? '';

async function answer(text: string): Promise<void> {
  asking?.abort();
  const mine = new AbortController();
  asking = mine;
  showOwn(text);
  arrange();
  try {
    const url = new URL('/find', location.href);
    url.searchParams.set('q', text);
    url.searchParams.set('in', /^\/p\/([^/]+)/.exec(location.pathname)?.[1] ?? '');
    const got = await fetch(url, { headers: { 'Datastar-Request': 'true' }, signal: mine.signal });
    if (got.status === 401) location.reload();
    const html = got.ok ? await got.text() : '';
    if (mine.signal.aborted) return;
    // The server's own page parts, escaped there like every other.
    if (found) found.innerHTML = html;
    settle(got.ok ? '' : `The server answered ${got.status}. What you type is asked again.`);
  } catch {
    if (mine.signal.aborted) return;
    found?.replaceChildren();
    settle('The server does not answer. What you type is asked again.');
  }
}

/** @param trouble  said in place of the number of answers */
function settle(trouble: string): void {
  const all = arrange();
  const count = `${all.length} ${all.length === 1 ? 'answer' : 'answers'}`;
  if (said) said.textContent = trouble || (all.length === 0 ? 'Nothing has this name.' : count);
}

/** What the field points at is always one that is there. */
function arrange(): readonly HTMLElement[] {
  const all = options();
  for (const [i, option] of all.entries()) option.id = `palette-${i}`;
  choose(all[0]);
  return all;
}

function choose(option: HTMLElement | undefined): void {
  for (const other of options()) other.ariaSelected = String(other === option);
  if (option) field?.setAttribute('aria-activedescendant', option.id);
  else field?.removeAttribute('aria-activedescendant');
  option?.scrollIntoView({ block: 'nearest' });
}

function showOwn(text: string): void {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (name: string) => words.every((word) => ` ${name.toLowerCase()}`.includes(` ${word}`));
  runs = new Map();
  const recents = recent().filter((place) => fits(place.text));
  const doable = actions.filter((action) => fits(action.text)).slice(0, MOST_ACTIONS);
  own?.replaceChildren(
    ...group(
      'Recent',
      recents.map(({ text: name, href }) => {
        const link = document.createElement('a');
        link.setAttribute('href', href);
        return optionOf(link, 'clock', name);
      }),
    ),
    ...group(
      'On this page',
      doable.map(({ text: name, run }) => {
        const option = optionOf(document.createElement('div'), 'play', name);
        runs.set(option, run);
        return option;
      }),
    ),
  );
}

function group(word: string, members: readonly HTMLElement[]): HTMLElement[] {
  if (members.length === 0) return [];
  const box = document.createElement('div');
  box.setAttribute('role', 'group');
  box.ariaLabel = word;
  const title = document.createElement('p');
  title.ariaHidden = 'true';
  title.textContent = word;
  box.append(title, ...members);
  return [box];
}

function optionOf(element: HTMLElement, icon: string, name: string): HTMLElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.ariaHidden = 'true';
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#i-${icon}`);
  svg.append(use);
  const text = document.createElement('span');
  text.className = 'palette-text';
  text.textContent = name;
  element.setAttribute('role', 'option');
  element.ariaSelected = 'false';
  element.tabIndex = -1;
  element.append(svg, text);
  return element;
}

/** Every button that the page shows, but for those of single rows; and the menu's, which are always there. */
function actionsOfPage(): { text: string; run: () => void }[] {
  const named = new Map<string, HTMLElement>();
  const shown = [...document.querySelectorAll<HTMLElement>('main :is(button, a.button)')].filter(
    (button) => button.checkVisibility() && !button.closest('[data-row]'),
  );
  for (const button of [...shown, ...document.querySelectorAll<HTMLElement>('.menu-body button')]) {
    const text = nameOf(button);
    if (text !== '' && !named.has(text) && !(button instanceof HTMLButtonElement && button.disabled))
      named.set(text, button);
  }
  return [...ofRow(), ...[...named].map(([text, button]) => ({ text, run: () => button.click() }))];
}

/** What is done with a selection is done with the row that has the focus, where nothing is selected. */
function ofRow(): { text: string; run: () => void }[] {
  const row = document.activeElement?.closest<HTMLElement>('#file-rows > tr[data-path]');
  const bar = document.getElementById('selection');
  if (!row || !bar || bar.checkVisibility()) return [];
  const name = row.querySelector('.name')?.textContent ?? '';
  return [...bar.querySelectorAll<HTMLButtonElement>('button[name="act"]')].map((button) => ({
    text: `${nameOf(button)} ${name}`,
    run: () => void askAbout(button.value, row),
  }));
}

/** Its label, or its words: without the key beside them, and without those that it says in another state. */
function nameOf(button: HTMLElement): string {
  const words = [...button.childNodes].filter(
    (node) =>
      !(node instanceof Element) ||
      !(node.matches('kbd, .kbd') || (button.checkVisibility() && !node.checkVisibility())),
  );
  return (button.ariaLabel ?? words.map((node) => node.textContent).join(' ')).replace(/\s+/g, ' ').trim();
}

function recent(): Place[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(RECENT) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isPlace).slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
}

/** Only ever a place on this server. */
const isPlace = (kept: unknown): kept is Place =>
  typeof kept === 'object' &&
  kept !== null &&
  'text' in kept &&
  typeof kept.text === 'string' &&
  'href' in kept &&
  typeof kept.href === 'string' &&
  /^\/(?!\/)/.test(kept.href);

function remember(place: Place): void {
  const others = recent().filter(({ href }) => href !== place.href);
  localStorage.setItem(RECENT, JSON.stringify([place, ...others].slice(0, MOST_RECENT)));
}

if (/mac|iphone|ipad/i.test(navigator.userAgent)) {
  for (const key of document.querySelectorAll('.find-button .kbd')) key.textContent = '⌘ K';
}
