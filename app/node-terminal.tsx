// What a person types when a node is to start over: commands with its name in them, to copy.
import { CopyButton } from '../components/copy-button.tsx';
import { VisibleText, visible } from '../components/visible-text.tsx';
import { startCommand } from '../core/model/start-command.ts';
import { isHeard } from './node-facts.tsx';
import type { NodeSummary } from './node-view.ts';

/** A node of many projects shows the first of them; the command is the same for the others. */
const PROJECTS_SHOWN = 5;

export function NodeTerminal({ node }: { node: NodeSummary }) {
  const projects = [...new Set(node.workspaces.map(({ project }) => project))];
  const start = startCommand(node.node, node.workspaces);
  return (
    <div id="terminal" class="side-card terminal">
      <h2>From a terminal</h2>
      {isHeard(node) || node.state === 'unheard' ? null : (
        <>
          <p class="muted">Start its agent, on the node:</p>
          <Command text={start} />
        </>
      )}
      {projects.length === 0 ? null : (
        <>
          <p class="muted">
            Reset: it compares its directory with the project anew, file by file. What was edited here is kept.
          </p>
          {projects.slice(0, PROJECTS_SHOWN).map((project) => (
            <Command text={`npx fs-sync resync ${project} --node ${node.node}`} />
          ))}
        </>
      )}
      {isHeard(node) && projects.length === 0 ? (
        <p class="muted">There is nothing to reset: it holds no workspace.</p>
      ) : null}
    </div>
  );
}

function Command({ text }: { text: string }) {
  return (
    <p class="command">
      <code>
        <VisibleText value={text} />
      </code>
      <CopyButton value={text} label={`Copy ${visible(text)}`} />
    </p>
  );
}
