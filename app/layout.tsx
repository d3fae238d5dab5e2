// The shell around every screen: navigation, breadcrumb, live pill, the reader's menu. Everything in it works as links
// and forms; the script only makes it faster.
import type { Child, PropsWithChildren } from 'hono/jsx';
import type { JSX } from 'hono/jsx/jsx-runtime';
import { Icon, type IconName } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import type { Tenant } from '../core/model/ids.ts';
import type { Assets } from './assets.ts';
import { Help, KeySwitch } from './help.tsx';
import { rendered } from './html.ts';
import { Palette, PaletteButton } from './palette.tsx';
import { type Section, sections } from './sections.ts';
import { type Theme, themes } from './theme.ts';
import { API_DOCS_URL } from './url.ts';

export interface Crumb {
  readonly text: string;
  readonly href?: string;
}

export interface LayoutProps {
  readonly title: string;
  readonly section?: Section;
  readonly crumbs: readonly Crumb[];
  readonly live: { readonly mark: string } | { readonly still: string };
  readonly view: JSX.Element;
  readonly trouble?: JSX.Element;
  readonly assets: Assets;
  readonly theme: Theme;
  /** this page's address, to come back to */
  readonly here: string;
  readonly tenant: Tenant;
  readonly user: string | undefined;
}

export function Layout(props: LayoutProps) {
  const still = 'still' in props.live ? props.live.still : undefined;
  const own = sections.find(({ id }) => id === props.section)?.own;
  return (
    <Document title={`${props.title} · nats-fs-sync`} assets={props.assets} theme={props.theme} own={own}>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <div class="shell">
        <Rail section={props.section} />
        <header class="bar">
          <Breadcrumb tenant={props.tenant} crumbs={props.crumbs} />
          <PaletteButton />
          <LivePill still={still} />
          <Menu {...props} />
        </header>
        <main id="main" tabindex={-1}>
          {props.trouble ?? <div id="trouble" />}
          <div id="refresh-trouble" role="status" />
          <p id="stale" class="notice notice-warn" role="status" hidden>
            <Icon name="wifi-off" />
            <span />
          </p>
          <div id="view" data-mark={'mark' in props.live ? props.live.mark : undefined}>
            {props.view}
          </div>
        </main>
      </div>
      <Help section={props.section} />
      <Palette />
      <div id="toast" role="status" aria-live="polite" />
      {still === undefined ? <div id="live" data-on-load="@live()" /> : null}
    </Document>
  );
}

/** Head and body, for pages with and without the shell.
 *  @param props.own  files of the browser that are loaded after those of every page */
export function Document(
  props: PropsWithChildren<{ title: string; assets: Assets; theme: Theme; own?: readonly string[] | undefined }>,
) {
  const { assets, theme, own = [] } = props;
  return (
    <html lang="en" data-theme={theme === 'system' ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <title>{visible(props.title)}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href={assets.url('favicon.svg')} type="image/svg+xml" />
        {['app.css', 'app.js', ...own].map((file) =>
          file.endsWith('.css') ? (
            <link rel="stylesheet" href={assets.url(file)} />
          ) : (
            <script type="module" src={assets.url(file)} />
          ),
        )}
      </head>
      <body>
        {rendered(assets.sprite)}
        {props.children}
      </body>
    </html>
  );
}

export function Brand() {
  return (
    <span class="brand">
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 7.5 12 3l8 4.5v9L12 21l-8-4.5z" class="brand-hull" />
        <path d="M8 13.5v-3l4 3v-3m0 3 4-3v3" class="brand-mark" />
      </svg>
      nats-fs-sync
    </span>
  );
}

function Rail({ section }: { section: Section | undefined }) {
  return (
    <nav class="rail" aria-label="Main">
      <a class="rail-brand" href="/projects" aria-label="nats-fs-sync, home">
        <Brand />
      </a>
      <ul>
        {sections.map(({ id, word, icon, href, key, isMinor }) => (
          <li class={isMinor ? 'wide-only' : undefined}>
            <a href={href} aria-current={id === section ? 'page' : undefined} data-nav={key}>
              <Icon name={icon} />
              {word}
              <span class="kbd" aria-hidden="true">
                g {key}
              </span>
            </a>
          </li>
        ))}
      </ul>
      <More section={section} />
    </nav>
  );
}

/** What the bar at the thumb has no room for. */
function More({ section }: { section: Section | undefined }) {
  const minor = sections.filter(({ isMinor }) => isMinor);
  return (
    <details class="menu rail-more narrow-only">
      <summary aria-current={minor.some(({ id }) => id === section) ? 'true' : undefined}>
        <Icon name="ellipsis" />
        More
      </summary>
      <div class="menu-body">
        {minor.map(({ id, word, icon, href }) => (
          <a class="menu-item" href={href} aria-current={id === section ? 'page' : undefined}>
            <Icon name={icon} />
            {word}
          </a>
        ))}
      </div>
    </details>
  );
}

export function Breadcrumb({ tenant, crumbs }: { tenant: Tenant; crumbs: readonly Crumb[] }) {
  const all: readonly Crumb[] = [{ text: tenant, href: '/projects' }, ...crumbs];
  return (
    <nav class="crumbs" id="crumbs" aria-label="Breadcrumb">
      <ol>
        {all.map(({ text, href }, at): Child => {
          const last = at === all.length - 1;
          return (
            <li>
              {href !== undefined && !last ? (
                <a href={href}>
                  <VisibleText value={text} />
                </a>
              ) : (
                <span aria-current={last ? 'page' : undefined}>
                  <VisibleText value={text} />
                </span>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

/** Says whether what is on screen is current. The script owns it from its first line on; without one it is honest. */
function LivePill({ still }: { still: string | undefined }) {
  return (
    <>
      <span
        id="live-pill"
        class="pill"
        data-state={still === undefined ? 'offline' : 'paused'}
        title={still === undefined ? 'Reload to see the newest state' : 'This page does not change by itself'}
      >
        <span class="pill-dot" aria-hidden="true" />
        <span data-live-word>{still ? `Paused, ${still}` : 'Not live'}</span>
        <span data-live-age aria-hidden="true" />
      </span>
      <span id="live-said" class="unseen" role="status" />
    </>
  );
}

function Menu({ user, theme, here, tenant }: LayoutProps) {
  return (
    <details class="menu">
      <summary aria-label="Account and appearance" title="Account and appearance">
        <span class="avatar" aria-hidden="true">
          {(user ?? '?').slice(0, 1).toUpperCase()}
        </span>
      </summary>
      <div class="menu-body">
        <p class="menu-user">
          <strong>{user ?? 'Not signed in'}</strong>
          <span class="muted">Tenant {tenant}</span>
        </p>
        <form method="post" action="/theme" class="segments" aria-label="Theme">
          <input type="hidden" name="next" value={here} />
          {themes.map((name) => (
            <button
              type="submit"
              name="theme"
              value={name}
              aria-label={`${THEME_LOOKS[name].word} theme`}
              aria-pressed={name === theme ? 'true' : 'false'}
              data-act="theme"
            >
              <Icon name={THEME_LOOKS[name].icon} />
              {THEME_LOOKS[name].word}
            </button>
          ))}
        </form>
        <button type="button" class="menu-item js-only" data-act="help">
          <Icon name="keyboard" />
          Keyboard shortcuts
          <kbd>?</kbd>
        </button>
        <KeySwitch id="menu-keys-off" />
        <a class="menu-item" href={API_DOCS_URL}>
          <Icon name="file-code" />
          HTTP API
        </a>
        {user === undefined ? null : (
          <form method="post" action="/sign-out">
            <button type="submit" class="menu-item">
              <Icon name="log-out" />
              Sign out
            </button>
          </form>
        )}
      </div>
    </details>
  );
}

const THEME_LOOKS: Readonly<Record<Theme, { icon: IconName; word: string }>> = {
  system: { icon: 'monitor', word: 'System' },
  light: { icon: 'sun', word: 'Light' },
  dark: { icon: 'moon', word: 'Dark' },
};
