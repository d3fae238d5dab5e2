// Which nodes have a file: who is in sync has it, unless it is one of the paths that the node skips; and the way to have them
// look at it again.
import { Chip } from '../components/chip.tsx';
import { Icon } from '../components/icon.tsx';
import { NodeState } from '../components/node-state.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import type { Problem } from '../core/model/node-status.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import { NOTES } from '../core/model/verdict.ts';
import type { FileDetail } from './file-view.ts';
import type { NodeOfProject } from './node-view.ts';
import { nodeUrl, whyUrl } from './url.ts';

/** @param props.back  the address of the pane */
export function Nodes({ detail: { project, nodes, file }, back }: { detail: FileDetail; back: string }) {
  return (
    <section aria-labelledby="detail-nodes">
      <h3 id="detail-nodes">Nodes</h3>
      {nodes.length === 0 ? (
        <p class="muted">
          No node holds this project now.
          {file.tiers.hot || file.tiers.cold ? ' The file is safe in storage.' : null}
        </p>
      ) : (
        <>
          <ul class="pane-nodes">
            {nodes.map((node) => (
              <li>
                <Icon name="server" />
                <strong>
                  <a href={nodeUrl(node.node)}>{node.node}</a>
                </strong>
                <HasIt node={node} path={file.path} />
              </li>
            ))}
          </ul>
          <form method="post" action={`/p/${project}/resync`} class="pane-actions" data-send="">
            <input type="hidden" name="path" value={file.path} />
            <input type="hidden" name="back" value={back} />
            <button type="submit" class="button" title="Each node compares its file with the project’s">
              <Icon name="refresh-cw" />
              Resync
            </button>
            <a class="button button-quiet" href={whyUrl(project, { path: file.path })}>
              Why?
            </a>
          </form>
        </>
      )}
    </section>
  );
}

function HasIt({ node, path }: { node: NodeOfProject; path: RelPath }) {
  const { prefix } = node;
  if (prefix !== undefined && path !== prefix && !path.startsWith(`${prefix}/`)) {
    return (
      <span class="muted">
        holds only{' '}
        <code>
          <VisibleText value={prefix} />
        </code>
      </span>
    );
  }
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
