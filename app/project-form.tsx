// The form that creates a project: its name, and what is wrong with it where it was typed.
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { type ProjectName, projectNameSchema, quote } from '../core/model/ids.ts';
import { type Block, block } from './parts.ts';

export interface FilledProject {
  readonly name: string;
  readonly fault?: string;
}

export const emptyProjectForm: FilledProject = { name: '' };

export type ReadProject =
  | { readonly kind: 'name'; readonly name: ProjectName }
  | { readonly kind: 'invalid'; readonly form: FilledProject };

/** @param typed  undefined: the form has no such field */
export function readProject(typed: string | undefined): ReadProject {
  const name = (typed ?? '').trim();
  const parsed = projectNameSchema.safeParse(name);
  if (parsed.success) return { kind: 'name', name: parsed.data };
  const why = parsed.error.issues[0]?.message ?? 'is not accepted';
  return { kind: 'invalid', form: { name, fault: `Name is ${quote(name)}: a name ${why}.` } };
}

export const takenName = (name: ProjectName): FilledProject => ({
  name,
  fault: `Name is ${quote(name)}: there is a project of that name already. Choose another one.`,
});

/** Stands outside of what is patched while a page is open: a patch would take away what is being typed. */
export function projectFormPart({ name, fault }: FilledProject): Block {
  return block(
    'project-form',
    <form id="project-form" class="project-form" method="post" action="/projects" data-send="">
      <div class="field">
        <label for="project-name" class="unseen">
          Name of a new project
        </label>
        <input
          id="project-name"
          name="name"
          value={name}
          placeholder="Name of a new project"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxlength={200}
          aria-invalid={fault === undefined ? undefined : 'true'}
          aria-describedby={fault === undefined ? undefined : 'project-name-fault'}
        />
      </div>
      <button type="submit" class="button">
        <Icon name="plus" />
        Create project
      </button>
      {fault === undefined ? null : (
        <p class="fault" id="project-name-fault">
          <VisibleText value={fault} />
        </p>
      )}
    </form>,
  );
}
