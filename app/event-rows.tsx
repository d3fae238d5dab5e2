// The rows of the events feed. An event never changes, so its row is rendered once for all readers.
import { CategoryChip } from '../components/chip.tsx';
import { plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { Remembered } from '../core/model/remembered.ts';
import { actorText } from './actor-text.ts';
import { categoryLooks, lookOfEvent } from './category.ts';
import { type Asked, eventsUrl, markOf } from './event-query.ts';
import { eventText } from './event-text.tsx';
import type { EventRow, EventWindow } from './event-view.ts';
import { type List, patchable } from './parts.ts';

/** Rendered rows kept for all readers together. */
const MAX_ROWS_KEPT = 4000;

export const rowsPart = (state: Asked, rows: readonly EventRow[]): List => ({
  kind: 'list',
  tag: 'tbody',
  id: 'event-rows',
  rows: rowsHtml(state, rows).map((html, i) => ({ id: `e-${rows[i]?.seq}`, html })),
});

const kept = new Remembered<string>(MAX_ROWS_KEPT);

/** Rendered once for every filter that readers use; the filter is in the row's own link. */
export function rowsHtml(state: Asked, rows: readonly EventRow[]): string[] {
  const filter = `${state.at ?? ''} ${markOf(state)}`;
  return rows.map((row) => {
    const key = `${row.event.id} ${row.seq} ${row.name === undefined ? '-' : '+'} ${filter}`;
    return kept.of(key, () => patchable(<EventLine state={state} row={row} />));
  });
}

function EventLine({ state, row }: { state: Asked; row: EventRow }) {
  const { event } = row;
  const narrowed = { ...state, at: undefined, open: undefined };
  const look = lookOfEvent(event);
  const text = eventText(event, row.name);
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
          {text.href === undefined ? text.subject : <a href={text.href}>{text.subject}</a>}
        </span>
        {text.detail === '' ? null : (
          <span class="muted num detail">
            <VisibleText value={text.detail} />
          </span>
        )}
      </td>
      <td class="cell-project">
        {event.project === undefined ? (
          <span class="muted">–</span>
        ) : (
          <a href={eventsUrl({ ...narrowed, project: event.project })} tabindex={-1} title="Only this project">
            {event.project}
          </a>
        )}
      </td>
      <td class="cell-actor muted">
        <a href={eventsUrl({ ...narrowed, actor: event.actor.id })} tabindex={-1} title="Only what they did">
          <VisibleText value={actorText(event.actor)} />
        </a>
      </td>
    </tr>
  );
}

/** Between what a tab had when it lost its line and what it got when the line was back.
 *  @param lostAt  milliseconds since 1970, by the clock of the tab
 *  @param window  what came since, or as much of it as a window holds */
export function gapHtml(since: number, lostAt: number, window: EventWindow): string {
  const count = window.rows.length;
  return patchable(
    <tr id={`gap-${since}-${lostAt}`} class="gap">
      <td colspan={5}>
        <Icon name="wifi-off" />
        The line was lost <When at={lostAt} /> and is back.{' '}
        {window.hasOlder
          ? `More than ${plural(count, 'event')} came meanwhile: these are the newest of them, the others are under Older.`
          : count > 0
            ? `${plural(count, 'event')} came meanwhile; none is missing.`
            : 'Nothing happened meanwhile.'}
      </td>
    </tr>,
  );
}
