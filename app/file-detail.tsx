// The pane of one file: a preview, where its bytes are and since when that is proven, which nodes have it.
import type { Child } from 'hono/jsx';
import { Chip } from '../components/chip.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { Fact, Facts } from '../components/facts.tsx';
import { fileIcon } from '../components/file-icon.ts';
import { formatBytes, formatCount, formatMode, formatOctal } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { NodeState } from '../components/node-state.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import type { Problem } from '../core/model/node-status.ts';
import { baseName, type RelPath } from '../core/model/rel-path.ts';
import { NOTES } from '../core/model/verdict.ts';
import type { AppServices } from './context.ts';
import type { FileDetail } from './file-view.ts';
import type { NodeOfProject } from './node-view.ts';
import { type Block, block } from './parts.ts';
import { loadPreview, type Preview } from './preview.ts';
import { TierBadges } from './tree.tsx';
import { downloadUrl, filesUrl, fileUrl, manageUrl, previewUrl, type TreeState, withQuery } from './url.ts';

export async function detailPart(services: AppServices, tree: TreeState, path: RelPath | undefined): Promise<Block> {
  if (path === undefined) return block('detail', <div id="detail" />);
  const detail = await services.queries.file(tree.project, path);
  if (!detail) return block('detail', <GonePane tree={tree} path={path} />);
  const preview = await loadPreview(services.queries, detail);
  return block('detail', <DetailPane tree={tree} detail={detail} preview={preview} />);
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

function DetailPane({ tree, detail, preview }: { tree: TreeState; detail: FileDetail; preview: Preview }) {
  const { file } = detail;
  return (
    <Pane tree={tree} name={file.name}>
      <PreviewBox preview={preview} detail={detail} />
      <p class="pane-actions">
        <a class="button button-primary" href={downloadUrl(detail.project, file.path)} download="">
          <Icon name="download" />
          Download
        </a>
        <a class="button" href={withQuery('/events', { project: detail.project, path: file.path })}>
          <Icon name="activity" />
          Activity
        </a>
      </p>
      <Facts>
        <Fact name="Path">
          <code class="breakable">
            <VisibleText value={file.path} />
          </code>
          <CopyButton value={file.path} label="Copy path" />
        </Fact>
        <Fact name="Size">
          <span class="num">{formatBytes(file.sizeBytes)}</span>
          {file.sizeBytes > 999 ? <span class="muted num">{formatCount(file.sizeBytes)} bytes</span> : null}
        </Fact>
        <Fact name="Modified">
          <When at={file.modifiedAt} as="date" />
        </Fact>
        <Fact name="Type">
          <code>
            <VisibleText value={detail.mime} />
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
      <section aria-labelledby="detail-tiers">
        <h3 id="detail-tiers">Storage</h3>
        <TierBadges tiers={file.tiers} />
        <PinLine tree={tree} detail={detail} />
        <p class="proof muted">
          {file.tiers.cold ? (
            <>
              <span>
                Cold copy verified <When at={file.tiers.cold.verifiedAt} as="date" />
                {file.tiers.cold.storedBytes === undefined
                  ? null
                  : `, compressed to ${formatBytes(file.tiers.cold.storedBytes)}`}
              </span>
              <code class="breakable">
                {file.tiers.cold.bucket}/{file.tiers.cold.key}
              </code>
            </>
          ) : file.tiers.inStrangeCold ? (
            'Its copy is on record in a cold storage that is not the one connected now: nothing proves it.'
          ) : (
            'No cold copy is proven yet. The archiver works on it.'
          )}
        </p>
      </section>
      <section aria-labelledby="detail-nodes">
        <h3 id="detail-nodes">Nodes</h3>
        {detail.nodes.length === 0 ? (
          <p class="muted">
            No node holds this project now.
            {file.tiers.hot || file.tiers.cold ? ' The file is safe in storage.' : null}
          </p>
        ) : (
          <ul class="pane-nodes">
            {detail.nodes.map((node) => (
              <li>
                <Icon name="server" />
                <strong>{node.node}</strong>
                <HasIt node={node} path={file.path} />
              </li>
            ))}
          </ul>
        )}
      </section>
    </Pane>
  );
}

/** Whether it may leave hot, and the way to change that. */
function PinLine({ tree, detail: { project, file, pinnedBy } }: { tree: TreeState; detail: FileDetail }) {
  if (pinnedBy !== undefined && pinnedBy !== file.path) {
    return (
      <p class="muted pin-line">
        Stays in hot: <a href={manageUrl(project)}>{pinnedBy === '' ? 'the whole project' : visible(pinnedBy)}</a> is
        pinned.
      </p>
    );
  }
  const isPinned = pinnedBy === file.path;
  return (
    <form method="post" action={`/p/${project}/${isPinned ? 'unpin' : 'pin'}`} class="pin-line">
      <input type="hidden" name="path" value={file.path} />
      <input type="hidden" name="back" value={fileUrl(tree, file.path)} />
      <button type="submit" class="button" aria-pressed={isPinned ? 'true' : 'false'}>
        <Icon name="flame" />
        {isPinned ? 'Unpin' : 'Pin in hot'}
      </button>
      <span class="muted">{isPinned ? 'Pinned: it stays in hot.' : 'It may leave hot.'}</span>
    </form>
  );
}

/** What one node has of the file: who is in sync has it, unless it is one of the paths that the node skips. */
function HasIt({ node, path }: { node: NodeOfProject; path: RelPath }) {
  const isAtRest = node.state === 'in-sync' || node.state === 'skipping';
  const skipped = isAtRest ? node.problems.find((problem) => isAbout(node, problem, path)) : undefined;
  if (isAtRest && !skipped) return <Chip tone="good" icon="check" word="Has it" />;
  return (
    <>
      {skipped ? (
        <Chip tone="warn" icon="circle-alert" word="Skips it" />
      ) : (
        <NodeState state={node.state} skipped={node.skipped} />
      )}
      <span class="muted">
        <VisibleText value={skipped?.reason ?? node.sentence} />
      </span>
    </>
  );
}

/** Problems are told by their path in the workspace; one of a directory is one of all that is in it. */
function isAbout({ prefix }: NodeOfProject, { path: at, code }: Problem, path: RelPath): boolean {
  const problemPath = prefix === undefined ? at : `${prefix}/${at}`;
  return !NOTES.has(code) && (path === problemPath || path.startsWith(`${problemPath}/`));
}

function PreviewBox({ preview, detail }: { preview: Preview; detail: FileDetail }) {
  const { file } = detail;
  if (preview.kind === 'image') {
    return (
      <figure class="preview preview-image">
        <img src={previewUrl(detail.project, file.path, file.sha)} alt={`Preview of ${visible(file.name)}`} />
      </figure>
    );
  }
  if (preview.kind === 'text') {
    return (
      <figure class="preview preview-text" aria-label="Preview">
        <pre tabindex={0}>{`\n${preview.text}`}</pre>
        {preview.cut ? (
          <figcaption class="muted">The first {formatBytes(preview.shownBytes)}. Download it for all.</figcaption>
        ) : null}
      </figure>
    );
  }
  return (
    <figure class="preview preview-none">
      <Icon name={fileIcon(file.name)} />
      <figcaption class="muted">
        <VisibleText value={preview.why} />
      </figcaption>
    </figure>
  );
}

function GonePane({ tree, path }: { tree: TreeState; path: RelPath }) {
  return (
    <Pane tree={tree} name={baseName(path)}>
      <div class="pane-gone">
        <p>
          <strong>This file is not in the project.</strong>
        </p>
        <p class="muted">
          <code class="breakable">
            <VisibleText value={path} />
          </code>{' '}
          is not in it now. If it ever was, its events say when it was moved or deleted, and by whom.
        </p>
        <a class="button" href={withQuery('/events', { project: tree.project, path })}>
          <Icon name="activity" />
          Activity of this path
        </a>
      </div>
    </Pane>
  );
}
