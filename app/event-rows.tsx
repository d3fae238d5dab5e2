// The rows of the events feed. An event never changes, so its row is rendered once for all readers.
import { CategoryChip } from '../components/chip.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { categoryLooks, lookOfEvent } from './category.ts';
import { type Asked, eventsUrl, markOf } from './event-query.ts';
import { eventText } from './event-text.tsx';
import type { EventRow } from './event-view.ts';
import { type List, patchable } from './parts.ts';
import { Remembered } from './remembered.ts';
import { plainFileUrl } from './url.ts';

/** Rendered rows kept for all readers together. */
const MAX_ROWS_KEPT = 4000;

export const rowsPart = (state: Asked, rows: readonly EventRow[]): List => ({
  kind: 'list',
  tag: 'tbody',
  id: 'event-rows',
  rows: rows.map((row) => ({ id: `e-${row.seq}`, html: rowHtml(state, row) })),
});

const kept = new Remembered<string>(MAX_ROWS_KEPT);

/** Rendered once for every filter that readers use; the filter is in the row's own link. */
export function rowHtml(state: Asked, row: EventRow): string {
  const key = `${row.event.id} ${row.seq} ${markOf(state)}`;
  return kept.of(key, () => patchable(<EventLine state={state} row={row} />));
}

function EventLine({ state, row }: { state: Asked; row: EventRow }) {
  const { event } = row;
  const look = lookOfEvent(event);
  const text = eventText(event);
  return (
    <tr
      id={`e-${row.seq}`}
      data-seq={row.seq}
      data-category={look.category}
      data-type={event.type}
      data-row=""
      tabindex={-1}
    >
      <td class="cell-clock num">
        <a href={eventsUrl({ ...state, open: row.seq })} data-soft="" data-open="" tabindex={-1}>
          <When at={Date.parse(event.ts)} as="clock" />
        </a>
      </td>
      <td class="cell-kind">
        <CategoryChip
          category={look.category}
          icon={categoryLooks[look.category].icon}
          word={look.word}
          severity={look.severity}
        />
      </td>
      <td class="cell-subject">
        <span class="mono subject">
          {text.path !== undefined && event.project !== undefined ? (
            <a href={plainFileUrl(event.project, text.path)}>{text.subject}</a>
          ) : (
            text.subject
          )}
        </span>
        {text.detail === '' ? null : (
          <span class="muted num detail">
            <VisibleText value={text.detail} />
          </span>
        )}
      </td>
      <td class="cell-project">{event.project ?? <span class="muted">–</span>}</td>
      <td class="cell-actor muted">
        <VisibleText value={event.actor.id} />
      </td>
    </tr>
  );
}
