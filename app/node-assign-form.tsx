// The form that assigns a workspace to a node. Only what can be known here is checked; whether the node takes the directory
// is its own decision, and its status says so.
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { readDeleteThreshold } from '../core/model/delete-threshold.ts';
import { type NodeId, type ProjectName, quote } from '../core/model/ids.ts';
import type { DesiredWorkspace, WorkspaceMode } from '../core/model/node-desired.ts';
import { relPathSchema } from '../core/model/rel-path.ts';
import { readRoot } from '../core/node/workspace-root.ts';
import { type Block, block } from './parts.ts';
import { nodeUrl } from './url.ts';

const MODES: Readonly<Record<WorkspaceMode, string>> = {
  'two-way': 'Both ways',
  receive: 'Only receive: project to disk',
  send: 'Only send: disk to project',
};
const modes = Object.keys(MODES) as WorkspaceMode[];

const fields = ['project', 'prefix', 'root', 'mode', 'idle_hours', 'delete_threshold'] as const;
type Field = (typeof fields)[number];

export interface FilledAssign {
  readonly texts: Readonly<Record<Field, string>>;
  readonly faults: Readonly<Partial<Record<Field, string>>>;
}

export const emptyAssignForm: FilledAssign = {
  texts: { project: '', prefix: '', root: '', mode: 'two-way', idle_hours: '', delete_threshold: '' },
  faults: {},
};

export type ReadAssign =
  | { readonly kind: 'assignment'; readonly asked: DesiredWorkspace }
  | { readonly kind: 'invalid'; readonly form: FilledAssign };

const HOUR_MS = 3_600_000;
const MOST_HOURS = 100_000;

/** @param field  what the form has under a name; undefined: nothing
 *  @param projects  those that there are */
export function readAssign(field: (name: string) => string | undefined, projects: readonly ProjectName[]): ReadAssign {
  const texts: Record<Field, string> = {
    project: field('project') ?? '',
    prefix: (field('prefix') ?? '').replace(/^\/+|\/+$/g, ''),
    root: (field('root') ?? '').trim(),
    mode: field('mode') ?? 'two-way',
    idle_hours: (field('idle_hours') ?? '').trim(),
    delete_threshold: (field('delete_threshold') ?? '').trim(),
  };
  const faults: Partial<Record<Field, string>> = {};
  const project = projects.find((name) => name === texts.project);
  if (project === undefined) faults.project = `Project is ${quote(texts.project)}: choose one of those that there are.`;
  const prefix = texts.prefix === '' ? undefined : relPathSchema.safeParse(texts.prefix);
  if (prefix && !prefix.success) {
    const why = prefix.error.issues[0]?.message ?? 'it is no path of a project';
    faults.prefix = `Sub-path is ${quote(texts.prefix)}: ${why}. Give one such as docs/en, or leave it empty for the whole project.`;
  }
  const named = texts.root === '' ? texts.project : texts.root;
  const root = readRoot(named);
  if (root.kind === 'fault') faults.root = `Directory is ${quote(named)}: ${root.fault}.`;
  const mode = modes.find((name) => name === texts.mode);
  if (mode === undefined) faults.mode = `Direction is ${quote(texts.mode)}: choose one of ${modes.join(', ')}.`;
  const idleMs = texts.idle_hours === '' ? undefined : idleMsOf(texts.idle_hours);
  if (idleMs === 'invalid') {
    faults.idle_hours = `Idle removal is ${quote(texts.idle_hours)}: give hours above 0, such as 1.5, or leave it empty for never.`;
  }
  const threshold = texts.delete_threshold === '' ? undefined : readDeleteThreshold(texts.delete_threshold);
  if (threshold?.kind === 'fault') {
    faults.delete_threshold = `Delete threshold is ${quote(texts.delete_threshold)}: ${threshold.fault}.`;
  }
  const isAnyUnread = project === undefined || mode === undefined || idleMs === 'invalid' || root.kind === 'fault';
  if (isAnyUnread || Object.keys(faults).length > 0) return { kind: 'invalid', form: { texts, faults } };
  return {
    kind: 'assignment',
    asked: {
      project,
      ...(prefix?.success && { prefix: prefix.data }),
      root: root.root,
      ...(mode !== 'two-way' && { mode }),
      ...(idleMs !== undefined && { idle_remove_ms: idleMs }),
      ...(threshold?.kind === 'threshold' && { delete_threshold: threshold.threshold }),
    },
  };
}

function idleMsOf(text: string): number | 'invalid' {
  if (!/^\d+(\.\d+)?$/.test(text)) return 'invalid';
  const ms = Math.round(Number(text) * HOUR_MS);
  return ms >= 1 && Number(text) <= MOST_HOURS ? ms : 'invalid';
}

export function assignFormPart(node: NodeId, projects: readonly ProjectName[], form: FilledAssign): Block {
  return block(
    'assign-form',
    <form id="assign-form" class="side-card fields" method="post" action={`${nodeUrl(node)}/assign`} data-send="">
      <h2>Assign a workspace</h2>
      {projects.length === 0 ? (
        <p class="muted">There is no project yet: create one on the Projects page.</p>
      ) : (
        <AssignFields projects={projects} form={form} />
      )}
    </form>,
  );
}

function AssignFields({ projects, form }: { projects: readonly ProjectName[]; form: FilledAssign }) {
  const { texts, faults } = form;
  return (
    <>
      <div class="field">
        <label for="assign-project">Project</label>
        <select id="assign-project" name="project" {...faultOf('project', faults)}>
          {projects.map((name) => (
            <option value={name} selected={name === texts.project}>
              {name}
            </option>
          ))}
        </select>
        <Fault field="project" faults={faults} />
      </div>
      <TextField field="prefix" word="Sub-path" hint="empty: all of it" placeholder="docs/en" form={form} />
      <TextField field="root" word="Directory" hint="on the node" placeholder="the project’s name" form={form} />
      <div class="field">
        <label for="assign-mode">Direction</label>
        <select id="assign-mode" name="mode" {...faultOf('mode', faults)}>
          {modes.map((mode) => (
            <option value={mode} selected={mode === texts.mode}>
              {MODES[mode]}
            </option>
          ))}
        </select>
        <Fault field="mode" faults={faults} />
      </div>
      <TextField field="idle_hours" word="Remove when idle" hint="in hours" placeholder="never" form={form} />
      <TextField
        field="delete_threshold"
        word="Delete threshold"
        hint="files in ten minutes, in a day, and share"
        placeholder="20,100,50%"
        form={form}
      />
      <p class="muted">
        A relative directory is below the first of those that the node allows; an absolute one has to lie below one of
        them.
      </p>
      <button type="submit" class="button">
        <Icon name="plus" />
        Assign
      </button>
    </>
  );
}

function TextField(props: {
  readonly field: Field;
  readonly word: string;
  readonly hint: string;
  readonly placeholder: string;
  readonly form: FilledAssign;
}) {
  const { field, word, hint, placeholder, form } = props;
  return (
    <div class="field">
      <label for={`assign-${field}`}>
        {word} <span class="muted">{hint}</span>
      </label>
      <input
        id={`assign-${field}`}
        name={field}
        value={form.texts[field]}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        maxlength={4096}
        {...faultOf(field, form.faults)}
      />
      <Fault field={field} faults={form.faults} />
    </div>
  );
}

const faultOf = (field: Field, faults: FilledAssign['faults']) =>
  faults[field] === undefined ? {} : { 'aria-invalid': 'true' as const, 'aria-describedby': `assign-fault-${field}` };

function Fault({ field, faults }: { field: Field; faults: FilledAssign['faults'] }) {
  const fault = faults[field];
  return fault === undefined ? null : (
    <p class="fault" id={`assign-fault-${field}`}>
      <VisibleText value={fault} />
    </p>
  );
}
