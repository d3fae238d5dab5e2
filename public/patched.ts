// What the page needs after a patch: times in the reader's zone, the feed at its length, the open row marked, the title,
// the focused row in the tab order.
import { selectMade } from './share.ts';
import { localTimes } from './times.ts';

/** Told on the window when a patch is in the page. */
export const PATCHED = 'fs-patched';

export function afterPatch(): void {
  localTimes();
  selectMade();
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-max-rows]')) {
    const rows = table.tBodies[0]?.rows;
    const most = Number(table.dataset.maxRows);
    while (rows && rows.length > most) {
      rows[rows.length - 1]?.remove();
      olderFrom(rows[rows.length - 1]);
    }
  }
  markOpen();
  const title = document.querySelector<HTMLElement>('[data-title]')?.dataset.title;
  if (title) document.title = `${title} · nats-fs-sync`;
  const row = document.activeElement?.closest<HTMLElement>('tr[data-row]');
  if (row) row.tabIndex = 0;
  dispatchEvent(new Event(PATCHED));
}

/** What fell off the end of the feed is the next page. */
function olderFrom(last: HTMLTableRowElement | undefined): void {
  const older = document.getElementById('events-older');
  const seq = Number(last?.dataset.seq);
  if (!(older instanceof HTMLAnchorElement) || !(seq > 0)) return;
  const url = new URL(older.href);
  url.searchParams.set('at', String(seq - 1));
  older.href = url.href;
  older.hidden = false;
}

/** Rows of the feed are the same for all readers, so which one is open is marked here. */
export function markOpen(): void {
  const open = new URLSearchParams(location.search).get('open');
  for (const row of document.querySelectorAll('#events tr[aria-selected]')) row.removeAttribute('aria-selected');
  if (open && /^\d+$/.test(open)) document.querySelector(`#e-${open}`)?.setAttribute('aria-selected', 'true');
}

/** Shows which rows a patch touched. A list that came whole is a new view, not a change. */
export function flashRows(fragments: string): void {
  if (fragments.includes('<tbody')) return;
  for (const [, id] of fragments.matchAll(/<tr [^>]*?\bid="([a-z0-9-]+)"/g)) {
    if (id) document.getElementById(id)?.classList.add('flash');
  }
}
