// Which events: categories as chips, the rest as one form; and the way to an event by its number. All of it is links and
// forms that only read, so that every choice is an address.
import { Icon } from '../components/icon.tsx';
import { SearchField } from '../components/search-field.tsx';
import { visible } from '../components/visible-text.tsx';
import { type EventType, eventTypes } from '../core/model/event.ts';
import type { ProjectName } from '../core/model/ids.ts';
import { categories, categoryLooks, lookOf } from './category.ts';
import { type Asked, eventsUrl, isFiltered } from './event-query.ts';

interface Props {
  readonly state: Asked;
  readonly projects: readonly ProjectName[];
  readonly actors: readonly string[];
}

export function EventFilters({ state, projects, actors }: Props) {
  return (
    <div class="filters">
      <CategoryChips state={state} />
      {isFiltered(state) ? (
        <a class="clear" href="/events">
          <Icon name="x" />
          Clear
        </a>
      ) : null}
      <form method="get" action="/events" class="filter-form">
        {state.chosen.map((category) => (
          <input type="hidden" name="category" value={category} />
        ))}
        <TypeChoice state={state} />
        <Choice name="project" all="All projects" label="Project" value={state.project} options={projects} />
        <Choice name="actor" all="By anyone" label="Who did it" value={state.actor} options={actors} />
        <span class="search">
          <SearchField name="path" label="Filter by path" hint="Whole path" value={state.path} />
        </span>
        <button type="submit" class="button no-js-only">
          Apply
        </button>
      </form>
      <GoTo state={state} />
    </div>
  );
}

function CategoryChips({ state }: { state: Asked }) {
  const start = { ...state, type: undefined, at: undefined, after: undefined, open: undefined };
  return (
    <ul class="filter-chips" aria-label="Categories">
      {categories.map((category) => {
        const on = state.chosen.includes(category);
        const chosen = on ? state.chosen.filter((other) => other !== category) : [...state.chosen, category];
        return (
          <li>
            <a
              class={`filter-chip cat-${category}`}
              href={eventsUrl({ ...start, chosen })}
              aria-current={on ? 'true' : undefined}
            >
              <Icon name={categoryLooks[category].icon} />
              {categoryLooks[category].word}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

function TypeChoice({ state }: { state: Asked }) {
  const offered = eventTypes.filter(
    (type) => state.chosen.length === 0 || type === state.type || state.chosen.includes(lookOf(type).category),
  );
  const groups = categories
    .map((category) => ({ category, types: offered.filter((type) => lookOf(type).category === category) }))
    .filter(({ types }) => types.length > 0);
  return (
    <select name="type" aria-label="Type" data-act="submit">
      <option value="">All types</option>
      {groups.map(({ category, types }) => (
        <optgroup label={categoryLooks[category].word}>
          {types.map((type) => (
            <option value={type} selected={type === state.type}>
              {typeWord(type)}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

/** `PathCreated` → `Path created` */
const typeWord = (type: EventType): string => type.replace(/(?<!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function Choice(props: {
  name: string;
  all: string;
  label: string;
  value: string | undefined;
  options: readonly string[];
}) {
  const { name, all, label, value, options } = props;
  const offered = value === undefined || options.includes(value) ? options : [value, ...options];
  return (
    <select name={name} aria-label={label} data-act="submit">
      <option value="">{all}</option>
      {offered.map((one) => (
        <option value={one} selected={one === value}>
          {visible(one)}
        </option>
      ))}
    </select>
  );
}

function GoTo({ state }: { state: Asked }) {
  const kept = { type: state.type, project: state.project, path: state.path, actor: state.actor };
  return (
    <form method="get" action="/events" class="go-to">
      {state.chosen.map((category) => (
        <input type="hidden" name="category" value={category} />
      ))}
      {Object.entries(kept).map(([name, value]) =>
        value === undefined ? null : <input type="hidden" name={name} value={value} />,
      )}
      <input
        name="at"
        type="text"
        inputmode="numeric"
        pattern="[0-9]*"
        placeholder="Event number"
        aria-label="Go to an event by its number"
        value={state.at}
        autocomplete="off"
      />
      <button type="submit" class="button">
        Go
      </button>
    </form>
  );
}
