// The pane of one file, as it is now or was at a commit: a preview, what it is, where its bytes are and since when that is
// proven, its versions, which nodes have it, and what happened to it last.
import type { Child } from 'hono/jsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { fileIcon } from '../components/file-icon.ts';
import { formatBytes, formatCount, formatMode, formatOctal } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { Sha } from '../core/model/ids.ts';
import { baseName, type RelPath } from '../core/model/rel-path.ts';
import { ActorName, shortSha } from './commit-parts.tsx';
import type { AppServices } from './context.ts';
import type { EventRow } from './event-view.ts';
import { Nodes } from './file-nodes.tsx';
import { Storage } from './file-storage.tsx';
import { EVENTS_SHOWN, LastEvents, VERSIONS_SHOWN, Versions } from './file-versions.tsx';
import type { FileDetail } from './file-view.ts';
import type { CommitView, EntryAt, VersionListing } from './history-view.ts';
import { type Block, block } from './parts.ts';
import { loadPreview, type Preview } from './preview.ts';
import { PreviewBox } from './preview-box.tsx';
import { ShareButton } from './share-button.tsx';
import {
  commitUrl,
  downloadUrl,
  filesUrl,
  fileUrl,
  historyUrl,
  plainFileUrl,
  restoreUrl,
  type TreeState,
} from './url.ts';

/** What a pane shows beside the file itself. */
interface Past {
  readonly listing: VersionListing | undefined;
  readonly events: readonly EventRow[];
}

/** @param commit  shows the file as it was then; absent: as it is */
export async function detailPart(
  services: AppServices,
  tree: TreeState,
  path: RelPath | undefined,
  commit?: Sha,
): Promise<Block> {
  if (path === undefined) return block('detail', <div id="detail" />);
  const { queries, history } = services;
  const { project } = tree;
  const [at, listing, events] = await Promise.all([
    commit === undefined ? nowAt(services, tree, path) : history.fileAt(project, path, commit),
    history.versions(project, path, { limit: VERSIONS_SHOWN }),
    queries.events({ project, path, limit: EVENTS_SHOWN }),
  ]);
  const past: Past = { listing, events: events.rows };
  if (at?.kind !== 'file') {
    return block('detail', <GonePane tree={tree} path={path} past={past} at={at} />);
  }
  const preview = await loadPreview(queries, at.detail);
  const pane = <DetailPane tree={tree} detail={at.detail} version={at.commit} preview={preview} past={past} />;
  return block('detail', pane);
}

async function nowAt(
  { queries }: AppServices,
  { project }: TreeState,
  path: RelPath,
): Promise<{ readonly kind: 'file'; readonly detail: FileDetail; readonly commit?: undefined } | undefined> {
  const detail = await queries.file(project, path);
  return detail && { kind: 'file', detail };
}

function Pane({ tree, name, children }: { tree: TreeState; name: string; children: Child }) {
  return (
    <aside id="detail" class="pane" aria-label={`Details of ${visible(name)}`}>
      <header>
        <Icon name={fileIcon(name)} class="icon-file" />
        <h2 class="mono">
          <VisibleText value={name} />
        </h2>
        <a class="icon-button" href={filesUrl(tree)} data-soft="" data-close="" aria-label="Close" title="Close (Esc)">
          <Icon name="x" />
        </a>
      </header>
      {children}
    </aside>
  );
}

interface DetailProps {
  readonly tree: TreeState;
  readonly detail: FileDetail;
  /** absent: what is current */
  readonly version: CommitView | undefined;
  readonly preview: Preview;
  readonly past: Past;
}

function DetailPane({ tree, detail, version, preview, past }: DetailProps) {
  const { project, file } = detail;
  const commit = version?.sha;
  return (
    <Pane tree={tree} name={file.name}>
      {version === undefined ? null : <VersionNotice tree={tree} path={file.path} version={version} detail={detail} />}
      <PreviewBox preview={preview} detail={detail} commit={commit} />
      <p class="pane-actions">
        <a class="button button-primary" href={downloadUrl(project, file.path, commit)} download="">
          <Icon name="download" />
          Download
        </a>
        <a class="button" href={historyUrl(project, { path: file.path })}>
          <Icon name="history" />
          History
        </a>
        <ShareButton project={project} path={file.path} {...(commit !== undefined && { commit })} />
      </p>
      <FileFacts detail={detail} link={linkTo(project, file.path, commit)} />
      <Storage detail={detail} back={fileUrl(tree, file.path)} isNow={version === undefined} />
      {past.listing ? <Versions tree={tree} path={file.path} listing={past.listing} open={commit} /> : null}
      {version === undefined ? <Nodes detail={detail} back={fileUrl(tree, file.path)} /> : null}
      <LastEvents tree={tree} path={file.path} rows={past.events} />
    </Pane>
  );
}

function CopyLink({ href }: { href: string }) {
  return (
    <button
      type="button"
      class="icon-button js-only"
      data-act="copy-link"
      data-copy={href}
      aria-label="Copy link"
      title="Copy link"
    >
      <Icon name="link" />
    </button>
  );
}

/** To the file alone, whatever of the tree was open. */
const linkTo = (project: TreeState['project'], path: RelPath, commit: Sha | undefined): string =>
  commit === undefined ? plainFileUrl(project, path) : fileUrl({ project, prefix: '', open: [] }, path, commit);

interface NoticeProps {
  readonly tree: TreeState;
  readonly path: RelPath;
  readonly version: CommitView;
  readonly detail: FileDetail;
}

function VersionNotice({ tree, path, version, detail: { file } }: NoticeProps) {
  const isThere = file.tiers.hot || file.tiers.cold !== null;
  return (
    <div class="notice version-notice">
      <Icon name="history" />
      <div>
        <p>
          As it was on <When at={version.at} />, in commit{' '}
          <a class="mono" href={commitUrl(tree.project, version.sha)}>
            {shortSha(version.sha)}
          </a>{' '}
          by <ActorName actor={version.actor} />
        </p>
        <p class="pane-actions">
          {isThere ? (
            <a class="button" href={restoreUrl(tree.project, version.sha, path)}>
              <Icon name="undo-2" />
              Restore…
            </a>
          ) : null}
          <a class="button button-quiet" href={fileUrl(tree, path)} data-soft="">
            Show what is current
          </a>
        </p>
      </div>
    </div>
  );
}

function FileFacts({ detail: { file, mime }, link }: { detail: FileDetail; link: string }) {
  return (
    <Facts>
      <Fact name="Path">
        <code class="breakable">
          <VisibleText value={file.path} />
        </code>
        <CopyButton value={file.path} label="Copy path" />
        <CopyLink href={link} />
      </Fact>
      <Fact name="Size">
        <span class="num">{formatBytes(file.sizeBytes)}</span>
        {file.sizeBytes > 999 ? <span class="muted num">{formatCount(file.sizeBytes)} bytes</span> : null}
      </Fact>
      <Fact name="Modified">
        <When at={file.modifiedAt} />
      </Fact>
      <Fact name="Type">
        <code>
          <VisibleText value={mime} />
        </code>
      </Fact>
      <Fact name="Mode">
        <code>{formatMode(file.mode)}</code>
        <code class="muted">{formatOctal(file.mode)}</code>
      </Fact>
      <Fact name="SHA-256">
        <code class="sha" title={file.sha}>
          {file.sha.slice(0, 16)}…{file.sha.slice(-8)}
        </code>
        <CopyButton value={file.sha} label="Copy SHA-256" />
      </Fact>
    </Facts>
  );
}

interface GoneProps {
  readonly tree: TreeState;
  readonly path: RelPath;
  readonly past: Past;
  readonly at: Exclude<EntryAt, { kind: 'file' }> | undefined;
}

/** What is not there may have been: its versions and its events say so. */
function GonePane({ tree, path, past, at }: GoneProps) {
  const { project } = tree;
  return (
    <Pane tree={tree} name={baseName(path)}>
      <div class="pane-gone">
        <p>
          <strong>{at === undefined ? 'This file is not in the project.' : GONE_WORDS[at.kind]}</strong>
        </p>
        <p class="muted">
          <code class="breakable">
            <VisibleText value={path} />
          </code>{' '}
          {at === undefined
            ? 'is not in it now. If it ever was, its versions are below, and its events say who moved or deleted it.'
            : 'has the versions below.'}
        </p>
        {at === undefined ? null : (
          <a class="button" href={fileUrl(tree, path)} data-soft="">
            Show what is current
          </a>
        )}
      </div>
      {past.listing && past.listing.versions.length > 0 ? (
        <Versions tree={tree} path={path} listing={past.listing} open={undefined} />
      ) : (
        <p class="pane-more">
          <a href={historyUrl(project, { path })}>Look further back in its history</a>
        </p>
      )}
      <LastEvents tree={tree} path={path} rows={past.events} />
    </Pane>
  );
}

const GONE_WORDS: Readonly<Record<Exclude<EntryAt['kind'], 'file'>, string>> = {
  none: 'This file was not there at that commit.',
  'no-commit': 'The project has no such commit.',
  'not-kept': 'What the project held at that commit is not kept any more.',
};
