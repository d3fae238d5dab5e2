// The past of a file in its pane: the commits that changed it, each to be opened, compared, downloaded and restored; and the
// last events of its path.
import { CategoryChip, Chip } from '../components/chip.tsx';
import { formatBytes } from '../components/format.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { actorText } from './actor-text.ts';
import { categoryLooks, lookOfEvent } from './category.ts';
import { ActorName, shortSha } from './commit-parts.tsx';
import type { EventRow } from './event-view.ts';
import type { VersionListing, VersionView } from './history-view.ts';
import { commitUrl, diffUrl, downloadUrl, fileUrl, historyUrl, restoreUrl, type TreeState, withQuery } from './url.ts';

export const VERSIONS_SHOWN = 5;
export const EVENTS_SHOWN = 5;

interface VersionsProps {
  readonly tree: TreeState;
  readonly path: RelPath;
  readonly listing: VersionListing;
  /** the commit whose version is open; undefined: what is current */
  readonly open: Sha | undefined;
}

export function Versions({ tree, path, listing, open }: VersionsProps) {
  const { versions, next } = listing;
  return (
    <section aria-labelledby="detail-versions">
      <h3 id="detail-versions">Versions</h3>
      {versions.length === 0 ? <p class="muted">No newer commit changed it. Older ones are in its history.</p> : null}
      <ol class="pane-list versions">
        {versions.map((version, at) => (
          <Version
            tree={tree}
            path={path}
            version={version}
            before={versions[at + 1]}
            isCurrent={at === 0}
            isOpen={version.commit.sha === open}
          />
        ))}
      </ol>
      <p class="pane-more">
        <a href={historyUrl(tree.project, { path })}>
          {next === undefined && versions.length < VERSIONS_SHOWN ? 'History of this path' : 'All versions'}
        </a>
      </p>
    </section>
  );
}

interface VersionProps {
  readonly tree: TreeState;
  readonly path: RelPath;
  readonly version: VersionView;
  readonly before: VersionView | undefined;
  readonly isCurrent: boolean;
  readonly isOpen: boolean;
}

function Version({ tree, path, version: { commit, made }, before, isCurrent, isOpen }: VersionProps) {
  const { project } = tree;
  const { sha } = commit;
  const short = shortSha(sha);
  const isThere = made.kind === 'file' && (made.tiers.hot || made.tiers.cold !== null);
  return (
    <li aria-current={isOpen ? 'true' : undefined} data-version={sha}>
      <p>
        {made.kind === 'file' ? (
          <a href={fileUrl(tree, path, isCurrent ? undefined : sha)} data-soft="">
            <When at={commit.at} />
          </a>
        ) : (
          <a href={commitUrl(project, sha)}>
            <When at={commit.at} />
          </a>
        )}
        <span class="num">{made.kind === 'file' ? formatBytes(made.sizeBytes) : null}</span>
        {made.kind === 'gone' ? <span class="cat-remove">deleted</span> : null}
        {made.kind === 'dir' ? <span class="muted">directory</span> : null}
      </p>
      <p>
        <ActorName actor={commit.actor} />
        <a class="mono muted" href={commitUrl(project, sha)}>
          {short}
        </a>
        {isCurrent && made.kind === 'file' ? <Chip tone="good" icon="check" word="Current" /> : null}
        {made.kind === 'file' && !isThere && !made.tiers.inStrangeCold ? (
          <Chip tone="warn" icon="archive-x" word="Bytes not kept" title="They are in no tier any more" />
        ) : null}
        <span class="version-actions">
          {before?.commit.isKept && commit.isKept ? (
            <Act
              href={diffUrl(project, { from: before.commit.sha, to: sha }, { path })}
              icon="arrow-left-right"
              label={`Compare ${short} with the version before`}
            />
          ) : null}
          {isThere ? (
            <Act
              href={downloadUrl(project, path, sha)}
              icon="download"
              label={`Download the version of ${short}`}
              save
            />
          ) : null}
          {isThere && !isCurrent ? (
            <Act href={restoreUrl(project, sha, path)} icon="undo-2" label={`Restore the version of ${short}…`} />
          ) : null}
        </span>
      </p>
    </li>
  );
}

function Act({ href, icon, label, save }: { href: string; icon: IconName; label: string; save?: boolean }) {
  return (
    <a class="icon-button" href={href} aria-label={label} title={label} download={save ? '' : undefined}>
      <Icon name={icon} />
    </a>
  );
}

export function LastEvents({ tree, path, rows }: { tree: TreeState; path: RelPath; rows: readonly EventRow[] }) {
  return (
    <section aria-labelledby="detail-events">
      <h3 id="detail-events">Activity</h3>
      {rows.length === 0 ? <p class="muted">No event of this path is kept here.</p> : null}
      <ul class="pane-list pane-events">
        {rows.map(({ event }) => {
          const look = lookOfEvent(event);
          return (
            <li>
              <CategoryChip
                category={look.category}
                icon={categoryLooks[look.category].icon}
                word={look.word}
                severity={look.severity}
              />
              <span class="muted">
                <VisibleText value={actorText(event.actor)} />
              </span>
              <When at={Date.parse(event.ts)} />
            </li>
          );
        })}
      </ul>
      <p class="pane-more">
        <a href={withQuery('/events', { project: tree.project, path })}>All events of this path</a>
      </p>
    </section>
  );
}
