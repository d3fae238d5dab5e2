// Keys of the file tree, beside those that all lists have: selecting, and what is done with the selection or, where there is
// none, with the row that has the focus.
import { copy } from './clicks.ts';
import { singleKeysOff } from './keys.ts';
import { askAbout, clearSelection, extendTo, rows, toggle } from './selection.ts';

/** Before the keys of all lists, which leave alone what was dealt with here. */
addEventListener(
  'keydown',
  (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof HTMLElement ? event.target : document.body;
    if (!document.getElementById('file-rows') || target.closest('input, select, textarea, dialog, details[open]'))
      return;
    if (act(event, target.closest<HTMLElement>('#file-rows > tr[data-path]'))) event.preventDefault();
  },
  { capture: true },
);

/** @returns whether the key meant something */
function act({ key, shiftKey }: KeyboardEvent, row: HTMLElement | null): boolean {
  if (key === 'Escape') return clearSelection();
  if (row && shiftKey && (key === 'ArrowDown' || key === 'ArrowUp')) return extend(row, key === 'ArrowDown' ? 1 : -1);
  if (row && key === ' ' && document.activeElement === row) return toggle(row);
  if (singleKeysOff()) return false;
  if (row && key === 'x') return toggle(row);
  if (row && key === 'y') return copyLink(row);
  if (!shiftKey || key.length !== 1) return false;
  const button = document.querySelector<HTMLButtonElement>(`#selection button[data-key="${CSS.escape(key)}"]`);
  return button !== null && askAbout(button.value, row);
}

function extend(row: HTMLElement, by: 1 | -1): boolean {
  const all = rows();
  const next = all[all.indexOf(row) + by];
  if (!next) return true;
  if (row.getAttribute('aria-selected') !== 'true') toggle(row, true);
  extendTo(next);
  row.tabIndex = -1;
  next.tabIndex = 0;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

function copyLink(row: HTMLElement): boolean {
  const link = row.querySelector<HTMLAnchorElement>('a[data-open]');
  if (!link) return false;
  void copy(new URL(link.dataset.link ?? link.href, location.href).href);
  return true;
}
