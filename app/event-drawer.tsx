// The detail of one event: what it says in words, where it leads, and all of it as JSON.
import { CategoryChip } from '../components/chip.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { Icon } from '../components/icon.tsx';
import { legibleJson } from '../components/legible-json.ts';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { categoryLooks, lookOfEvent } from './category.ts';
import type { Queries } from './context.ts';
import { type Asked, eventsUrl } from './event-query.ts';
import { eventText } from './event-text.tsx';
import type { EventRow } from './event-view.ts';
import { type Block, block } from './parts.ts';
import { plainFileUrl } from './url.ts';

export async function drawerPart(queries: Queries, state: Asked): Promise<Block> {
  if (state.open === undefined) return block('drawer', <div id="drawer" />);
  const { rows } = await queries.events({ before: state.open + 1, limit: 1 });
  const row = rows.find((found) => found.seq === state.open);
  return block('drawer', row ? <Drawer state={state} row={row} /> : <LostDrawer state={state} seq={state.open} />);
}

function Drawer({ state, row }: { state: Asked; row: EventRow }) {
  const { event } = row;
  const look = lookOfEvent(event);
  const text = eventText(event, row.name);
  const json = JSON.stringify(event, null, 2);
  return (
    <aside id="drawer" class="pane" aria-label={`Event ${row.seq}`}>
      <header>
        <CategoryChip
          category={look.category}
          icon={categoryLooks[look.category].icon}
          word={look.word}
          severity={look.severity}
        />
        <h2 class="num">Event {row.seq}</h2>
        <CloseLink state={state} />
      </header>
      <p class="drawer-subject mono">{text.subject}</p>
      {text.detail === '' ? null : (
        <p class="muted">
          <VisibleText value={text.detail} />
        </p>
      )}
      <Facts>
        <Fact name="Type">
          <code>{event.type}</code>
        </Fact>
        <Fact name="Time">
          <When at={Date.parse(event.ts)} />
        </Fact>
        <Fact name="By">
          {event.actor.kind} <VisibleText value={event.actor.id} />
        </Fact>
        <Fact name="Cursor">
          <code class="num">{row.seq}</code>
          <CopyButton value={String(row.seq)} label="Copy cursor" />
          <a href={eventsUrl({ ...state, at: row.seq, open: row.seq })}>Link to this place</a>
        </Fact>
      </Facts>
      <p class="pane-actions">
        {text.path !== undefined && event.project !== undefined ? (
          <>
            <a class="button" href={plainFileUrl(event.project, text.path)}>
              <Icon name="file" />
              Open file
            </a>
            <a class="button" href={eventsUrl({ project: event.project, path: text.path })}>
              <Icon name="activity" />
              Filter by this path
            </a>
          </>
        ) : null}
        <a class="button" href={eventsUrl({ ...state, open: undefined, at: undefined, after: row.seq })}>
          Newer than this
        </a>
      </p>
      <figure class="preview preview-text" aria-label="The event as JSON">
        <pre tabindex={0}>{`\n${legibleJson(event)}`}</pre>
        <CopyButton value={json} label="Copy JSON" />
      </figure>
    </aside>
  );
}

function LostDrawer({ state, seq: lost }: { state: Asked; seq: number }) {
  return (
    <aside id="drawer" class="pane" aria-label={`Event ${lost}`}>
      <header>
        <h2 class="num">Event {lost}</h2>
        <CloseLink state={state} />
      </header>
      <p>This event is not kept any more, or it has not happened yet.</p>
    </aside>
  );
}

function CloseLink({ state }: { state: Asked }) {
  return (
    <a
      class="icon-button"
      href={eventsUrl({ ...state, open: undefined })}
      data-soft=""
      data-close=""
      aria-label="Close"
      title="Close (Esc)"
    >
      <Icon name="x" />
    </a>
  );
}
