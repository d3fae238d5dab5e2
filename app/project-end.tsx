// A project's name and its end: the forms that rename and delete it, each with what it means said before. Who deletes types
// the name, and decides on the commit that the page showed.
import type { Child } from 'hono/jsx';
import { formatBytes, plural } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { When } from '../components/when.tsx';
import { type ProjectName, quote } from '../core/model/ids.ts';
import { type Block, block } from './parts.ts';
import { type ReadProject, readProject } from './project-form.tsx';
import type { DeletedProjectView, ProjectSummary } from './project-view.ts';

export interface FilledRename {
  readonly name: string;
  readonly fault: string | undefined;
}
export interface FilledEnd {
  readonly typed: string;
  readonly fault: string | undefined;
}

/** @returns a name that is another than the one it has */
export function readRename(project: ProjectName, typed: string | undefined): ReadProject {
  const read = readProject(typed);
  if (read.kind === 'name' && read.name === project) {
    return { kind: 'invalid', form: { name: read.name, fault: `It is called ${project} already: give another name.` } };
  }
  return read;
}

/** @returns what is wrong with what was typed; undefined: it is meant */
export const notMeant = (project: ProjectName, typed: string): string | undefined =>
  typed.trim() === project ? undefined : `${quote(typed)} is not ${project}, so nothing was deleted: type its name.`;

export function renamePart(project: ProjectName, { name, fault }: FilledRename): Block {
  return block(
    'rename-form',
    <form id="rename-form" class="side-card fields" method="post" action={`/p/${project}/rename`}>
      <h2>Rename</h2>
      <p class="muted">
        Its history goes on under the new name, and so do its assignments. A node whose own configuration names{' '}
        {project} waits until its agent is started with the new name.
      </p>
      <NameField id="rename-name" value={name} fault={fault}>
        New name
      </NameField>
      <button type="submit" class="button">
        <Icon name="pencil" />
        Rename
      </button>
    </form>,
  );
}

export function endPart({ name, files, bytes, commitSha, nodes }: ProjectSummary, { typed, fault }: FilledEnd): Block {
  // One that is refused, starting or was removed holds nothing.
  const many = new Set(nodes.filter((one) => one.files > 0).map(({ node }) => node)).size;
  return block(
    'delete-form',
    <form id="delete-form" class="side-card fields" method="post" action={`/p/${name}/delete`}>
      <h2>Delete</h2>
      <p class="muted">
        {plural(files, 'file')}, {formatBytes(bytes)}
        {many === 0 ? '' : `, held by ${plural(many, 'node')}`}. Nodes keep their files and stop syncing. It is kept for
        30 days and can be brought back until then.
      </p>
      <input type="hidden" name="seen" value={commitSha ?? ''} />
      <NameField id="delete-name" value={typed} fault={fault}>
        Type <code>{name}</code> to delete it
      </NameField>
      <button type="submit" class="button button-danger">
        <Icon name="trash-2" />
        Delete {name}
      </button>
    </form>,
  );
}

function NameField(props: { id: string; value: string; fault: string | undefined; children: Child }) {
  const { id, value, fault, children } = props;
  const faultId = `${id}-fault`;
  return (
    <div class="field">
      <label for={id}>{children}</label>
      <input
        id={id}
        name="name"
        value={value}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxlength={200}
        required
        aria-invalid={fault === undefined ? undefined : 'true'}
        aria-describedby={fault === undefined ? undefined : faultId}
      />
      {fault === undefined ? null : (
        <p class="fault" id={faultId}>
          <VisibleText value={fault} />
        </p>
      )}
    </div>
  );
}

/** Below the projects that there are. */
export function DeletedProjects({ deleted }: { deleted: readonly DeletedProjectView[] }) {
  return (
    <section id="deleted-projects" class="panel" aria-labelledby="deleted-title" hidden={deleted.length === 0}>
      <h2 id="deleted-title">Deleted, and still kept</h2>
      <ul class="pins">
        {deleted.map(({ name, files, bytes, deletedAt, keptUntil }) => (
          <li data-deleted={name}>
            <span>
              <strong>{name}</strong>
              <span class="muted num">
                {plural(files, 'file')}, {formatBytes(bytes)}, deleted <When at={deletedAt} />, gone for good{' '}
                <When at={keptUntil} as="due" />
              </span>
            </span>
            <form method="post" action={`/p/${name}/undelete`} data-send="">
              <button type="submit" class="button" aria-label={`Bring back ${name}`}>
                <Icon name="undo-2" />
                Bring back
              </button>
            </form>
          </li>
        ))}
      </ul>
    </section>
  );
}
