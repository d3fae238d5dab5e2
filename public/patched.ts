// What the page needs after a patch: times in the reader's zone, the feed at its length, the title, the focused row in
// the tab order.
import { localTimes } from './times.ts';

export function afterPatch(): void {
  localTimes();
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-max-rows]')) {
    const rows = table.tBodies[0]?.rows;
    const most = Number(table.dataset.maxRows);
    while (rows && rows.length > most) rows[rows.length - 1]?.remove();
  }
  const row = document.activeElement?.closest<HTMLElement>('tr[data-row]');
  if (row) row.tabIndex = 0;
}
