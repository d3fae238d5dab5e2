// What those see who open a share link: a directory's files, the question for its password, or why there is nothing to get
// and whom to ask. Nothing here needs a script, and nothing says more of the project than what is shared.
import type { Context } from 'hono';
import type { PropsWithChildren } from 'hono/jsx';
import type { JSX } from 'hono/jsx/jsx-runtime';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { fileIcon } from '../components/file-icon.ts';
import { formatBytes, plural } from '../components/format.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { Pager } from '../components/pager.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { baseName, type RelPath } from '../core/model/rel-path.ts';
import { MAX_PASSWORD, type Share } from '../core/model/share.ts';
import type { Refusal } from '../core/share/tell-share.ts';
import { ObjectAbsentError, ObjectCorruptError } from '../core/store/store-errors.ts';
import type { AppEnv } from './context.ts';
import { toHtml } from './html.ts';
import { Brand, Document } from './layout.tsx';
import { sendHtml } from './page.tsx';
import type { SharedDirectory, SharedPage, SharedRow } from './share-view.ts';
import { themeOf } from './theme.ts';
import { withQuery } from './url.ts';

type Closed = Exclude<Refusal, 'wrong-password'> | 'unknown' | 'no-file';

const CLOSED: Readonly<
  Record<Closed, { readonly status: ContentfulStatusCode; readonly title: string; readonly text: string }>
> = {
  unknown: {
    status: 404,
    title: 'There is nothing here',
    text: 'The link may be incomplete: open it once more from where you got it, or ask who sent it.',
  },
  expired: { status: 410, title: 'This link has expired', text: 'Ask who sent it to you for a new one.' },
  revoked: { status: 410, title: 'This link was withdrawn', text: 'Ask who sent it to you for a new one.' },
  'used-up': {
    status: 410,
    title: 'This link was used up',
    text: 'It could be opened a number of times only. Ask who sent it to you for a new one.',
  },
  gone: {
    status: 410,
    title: 'What was shared is not there any more',
    text: 'It was moved, deleted or replaced. Ask who sent you the link.',
  },
  'no-file': {
    status: 404,
    title: 'There is no such file',
    text: 'It may have been moved or deleted since. Go back, and reload the list.',
  },
};

export function closedPage(c: Context<AppEnv>, why: Closed): Promise<Response> {
  const { status, title, text } = CLOSED[why];
  return wordPage(c, status, why === 'unknown' || why === 'no-file' ? 'search' : 'circle-off', title, text);
}

/** What is shared is there, and cannot be given now, or not any more. */
export function troublePage(c: Context<AppEnv>, error: Error): Promise<Response> {
  if (error instanceof ObjectAbsentError || error instanceof ObjectCorruptError) return closedPage(c, 'gone');
  const text = 'Its storage does not answer. Try again in a minute.';
  return wordPage(c, 503, 'wifi-off', 'Not available right now', text);
}

function wordPage(c: Context<AppEnv>, status: ContentfulStatusCode, icon: IconName, title: string, text: string) {
  if (!(c.req.header('accept') ?? '*/*').includes('text/html'))
    return Promise.resolve(c.text(`${title}. ${text}\n`, status));
  return sendShared(
    c,
    title,
    status,
    <main class="sign-in" id="main">
      <Brand />
      <div class="share-card share-word">
        <Icon name={icon} />
        <h1>{title}</h1>
        <p class="muted">{text}</p>
      </div>
    </main>,
  );
}

export function passwordPage(
  c: Context<AppEnv>,
  { scope }: Share,
  { isWrong, waitMs = 0 }: { readonly isWrong?: boolean; readonly waitMs?: number },
): Promise<Response> {
  const seconds = Math.ceil(waitMs / 1_000);
  if (seconds > 0) c.header('retry-after', String(seconds));
  const fault =
    seconds > 0
      ? `Too many tries. Wait ${plural(seconds, 'second')}, then try again.`
      : isWrong
        ? 'That is not the password. Check it and try again.'
        : undefined;
  return sendShared(
    c,
    'Password',
    seconds > 0 ? 429 : 403,
    <main class="sign-in" id="main">
      <Brand />
      <form method="post" action={linkOf(c)}>
        <h1>A password, please</h1>
        {fault ? (
          <p class="notice notice-bad" role="alert" id="fault">
            <Icon name="triangle-alert" />
            <span>{fault}</span>
          </p>
        ) : null}
        <label for="password">Password of this link</label>
        <input
          id="password"
          name="password"
          type="password"
          required
          autofocus
          maxlength={MAX_PASSWORD}
          autocomplete="off"
          aria-describedby={fault ? 'fault hint' : 'hint'}
        />
        <button type="submit" class="button button-primary">
          Open the {scope.kind === 'file' ? 'file' : 'folder'}
        </button>
        <p class="muted" id="hint">
          Who sent you the link knows it.
        </p>
      </form>
    </main>,
  );
}

const linkOf = (c: Context<AppEnv>): string => `/s/${c.req.param('token') ?? ''}`;

interface DirectoryView {
  readonly share: Share;
  readonly tree: SharedDirectory;
  /** the directory below the shared one that is shown */
  readonly inside: RelPath | '';
  readonly page: SharedPage;
  readonly isFirst: boolean;
}

export function directoryPage(c: Context<AppEnv>, view: DirectoryView): Promise<Response> {
  const { share, tree, inside, page, isFirst } = view;
  const link = linkOf(c);
  const top = baseName(tree.path) || share.scope.project;
  const here = (query: { in?: string; cursor?: string | undefined }) => withQuery(link, query);
  return sendShared(
    c,
    visible(baseName(inside) || top),
    200,
    <main class="shared" id="main">
      <header class="shared-head">
        <Brand />
        {share.expires === undefined ? null : (
          <p class="muted">
            Expires <When at={Date.parse(share.expires)} as="due" />
          </p>
        )}
      </header>
      <div class="head">
        <nav aria-label="Folder">
          <h1 class="shared-path">
            <Steps top={top} inside={inside} here={here} />
          </h1>
        </nav>
        <p class="muted num">
          {plural(page.files, 'file')} · {formatBytes(page.bytes)}
        </p>
        {page.files === 0 ? null : (
          <a class="button button-primary" href={withQuery(`${link}/zip`, { in: inside })} download="">
            <Icon name="download" />
            Download all
          </a>
        )}
      </div>
      {page.rows.length === 0 ? (
        <p class="muted shared-empty">This folder is empty.</p>
      ) : (
        <table class="grid shared-files">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col" class="cell-size">
                Size
              </th>
              <th scope="col" class="cell-time">
                Modified
              </th>
            </tr>
          </thead>
          <tbody>
            {page.rows.map((row) => (
              <SharedLine row={row} link={link} path={inside === '' ? row.name : `${inside}/${row.name}`} />
            ))}
          </tbody>
        </table>
      )}
      <Pager
        first={isFirst ? undefined : here({ in: inside })}
        next={page.next === undefined ? undefined : here({ in: inside, cursor: page.next })}
        firstWord="First page"
        nextWord="More"
      />
    </main>,
  );
}

/** The way to where one is, each step a link but the last. */
function Steps(props: { top: string; inside: RelPath | ''; here: (query: { in?: string }) => string }) {
  const { top, inside, here } = props;
  const names = inside === '' ? [] : inside.split('/');
  const steps = [
    { name: top, href: here({}) },
    ...names.map((name, at) => ({ name, href: here({ in: names.slice(0, at + 1).join('/') }) })),
  ];
  return (
    <>
      {steps.map(({ name, href }, at) =>
        at === steps.length - 1 ? (
          <span aria-current="page">
            <VisibleText value={name} />
          </span>
        ) : (
          <>
            <a href={href}>
              <VisibleText value={name} />
            </a>
            <span class="muted"> / </span>
          </>
        ),
      )}
    </>
  );
}

function SharedLine({ row, link, path }: { row: SharedRow; link: string; path: string }) {
  const isDir = row.kind === 'dir';
  return (
    <tr class={isDir ? 'is-dir' : undefined}>
      <td>
        <span class="tree-name">
          <Icon name={isDir ? 'folder' : fileIcon(row.name)} class={isDir ? 'icon-dir' : 'icon-file'} />
          {isDir ? (
            <a class="name" href={withQuery(link, { in: path })}>
              <VisibleText value={row.name} />
            </a>
          ) : (
            <a class="name" href={withQuery(`${link}/file`, { path })} download="">
              <VisibleText value={row.name} />
            </a>
          )}
        </span>
      </td>
      <td class="cell-size num">{formatBytes(isDir ? row.bytes : row.sizeBytes)}</td>
      <td class="cell-time num">{isDir ? plural(row.files, 'file') : <When at={row.modifiedAt} />}</td>
    </tr>
  );
}

function sendShared(
  c: Context<AppEnv>,
  title: string,
  status: ContentfulStatusCode,
  body: PropsWithChildren['children'],
) {
  const page: JSX.Element = (
    <Document title={`${title} · nats-fs-sync`} assets={c.get('assets')} theme={themeOf(c)} own={['visitor.css']}>
      {body}
    </Document>
  );
  return sendHtml(c, `<!doctype html>${toHtml(page)}`, status);
}
