// Goes anywhere by a few letters: a dialog over every page, opened by Ctrl K, whose answers the server finds. The same
// answers make a page of their own, which is where the button leads without a script.
import { type Context, Hono } from 'hono';
import { EmptyState } from '../components/empty-state.tsx';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { type ProjectName, projectNameSchema } from '../core/model/ids.ts';
import type { AppEnv } from './context.ts';
import { type FoundGroup, find } from './find.ts';
import { toHtml } from './html.ts';
import { sendHtml, sendPage } from './page.tsx';

const LONGEST_QUERY = 1024;
const LABEL = 'Screen, project, node, job or file';

export const paletteRoutes = new Hono<AppEnv>().get('/find', async (c) => {
  const { typed, here } = asked(c);
  const groups = await find(c.get('services').queries, typed, here);
  if (c.req.header('datastar-request') !== undefined) return sendHtml(c, toHtml(<Options groups={groups} />), 200);
  return sendPage(c, {
    title: 'Find',
    crumbs: [{ text: 'Find' }],
    live: { still: '' },
    view: <FindPage typed={typed} here={here} groups={groups} />,
  });
});

function asked(c: Context<AppEnv>): { readonly typed: string; readonly here: ProjectName | undefined } {
  const here = projectNameSchema.safeParse(c.req.query('in'));
  return { typed: (c.req.query('q') ?? '').slice(0, LONGEST_QUERY), here: here.success ? here.data : undefined };
}

export function PaletteButton() {
  return (
    <a class="find-button" href="/find" data-act="palette" aria-keyshortcuts="Control+K Meta+K">
      <Icon name="search" />
      <span>Find</span>
      <span class="kbd" aria-hidden="true">
        Ctrl K
      </span>
    </a>
  );
}

/** Options come from `/find`; those of the page itself and the recent ones are put before them by the script. */
export function Palette() {
  return (
    <dialog id="palette" aria-label="Find and run">
      <form method="get" action="/find" class="palette-form">
        <Icon name="search" />
        <input
          id="palette-field"
          name="q"
          type="text"
          role="combobox"
          aria-label="Find anything, run an action"
          aria-expanded="true"
          aria-autocomplete="list"
          aria-controls="palette-list"
          placeholder={`${LABEL}, or run an action`}
          maxlength={LONGEST_QUERY}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
        />
        <kbd>Esc</kbd>
      </form>
      <div id="palette-list" role="listbox" aria-label="Answers">
        <div id="palette-own" />
        <div id="palette-found" />
      </div>
      <p id="palette-said" class="muted" role="status" />
    </dialog>
  );
}

function Options({ groups }: { groups: readonly FoundGroup[] }) {
  return (
    <>
      {groups.map(({ word, found }) => (
        // biome-ignore lint/a11y/useSemanticElements: a listbox has groups; a fieldset is of a form
        <div role="group" aria-label={word}>
          <p aria-hidden="true">{word}</p>
          {found.map(({ icon, text, detail, href }) => (
            <a role="option" aria-selected="false" tabindex={-1} href={href}>
              <Icon name={icon} />
              <span class="palette-text">
                <VisibleText value={text} />
              </span>{' '}
              <span class="muted">
                <VisibleText value={detail} />
              </span>
            </a>
          ))}
        </div>
      ))}
    </>
  );
}

function FindPage(props: { typed: string; here: ProjectName | undefined; groups: readonly FoundGroup[] }) {
  const { typed, here, groups } = props;
  return (
    <>
      <header class="head">
        <h1>Find</h1>
        <form method="get" action="/find" class="find-form">
          {here === undefined ? null : <input type="hidden" name="in" value={here} />}
          <span class="search">
            <Icon name="search" />
            <input type="search" name="q" value={typed} placeholder={LABEL} aria-label="Find anything" autofocus />
          </span>
          <button type="submit" class="button">
            Find
          </button>
        </form>
      </header>
      {groups.map(({ word, found }) => (
        <section class="found" aria-label={word}>
          <h2>{word}</h2>
          <ul>
            {found.map(({ icon, text, detail, href }) => (
              <li>
                <Icon name={icon} />
                <a href={href}>
                  <VisibleText value={text} />
                </a>
                <span class="muted">
                  <VisibleText value={detail} />
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
      {groups.length > 0 ? null : (
        <EmptyState icon="search" title="Nothing has this name">
          <p>Fewer letters find more.</p>
        </EmptyState>
      )}
    </>
  );
}
