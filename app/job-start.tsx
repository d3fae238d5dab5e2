// The forms that start jobs, on a project and on all projects. What takes something away is only ever planned here: its plan
// shows what goes, and is run from there.
import { Icon, type IconName } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import { type ProjectName, quote } from '../core/model/ids.ts';
import type { JobTask } from '../core/model/job.ts';
import { type RelPath, relPathSchema } from '../core/model/rel-path.ts';
import { type Block, block } from './parts.ts';
import { manageUrl } from './url.ts';

type Part = { readonly prefix?: RelPath };

/** What a button asks for, by its value; `:dry` behind it plans only. */
const OF_PROJECT = {
  archive: (project: ProjectName, part: Part): JobTask => ({ kind: 'archive', project, ...part }),
  'promote-fast': (project: ProjectName, part: Part): JobTask => ({ kind: 'promote', mode: 'fast', project, ...part }),
  'promote-strict': (project: ProjectName, part: Part): JobTask => ({
    kind: 'promote',
    mode: 'strict',
    project,
    ...part,
  }),
  evict: (project: ProjectName, part: Part): JobTask => ({ kind: 'evict', by: 'hand', project, ...part }),
  repair: (project: ProjectName, part: Part): JobTask => ({ kind: 'repair', project, ...part }),
  deactivate: (project: ProjectName, _part: Part): JobTask => ({ kind: 'deactivate', project }),
} as const;
const OF_ALL = {
  archive: { kind: 'archive' },
  reconcile: { kind: 'reconcile' },
  scrub: { kind: 'scrub', share: 1 },
  sweep: { kind: 'sweep' },
} as const satisfies Readonly<Record<string, JobTask>>;

/** These take something away: they begin with their plan. */
const PLANNED_FIRST: ReadonlySet<string> = new Set(['evict', 'deactivate', 'sweep']);

export type ReadStart =
  | { readonly kind: 'start'; readonly task: JobTask; readonly dryRun: boolean }
  | { readonly kind: 'invalid'; readonly form: FilledStart };

export interface FilledStart {
  readonly prefix: string;
  readonly fault: string | undefined;
}
export const emptyStart: FilledStart = { prefix: '', fault: undefined };

/** @param field  what the form has under a name; undefined: nothing
 *  @param project  undefined: all of them */
export function readStart(field: (name: string) => string | undefined, project: ProjectName | undefined): ReadStart {
  const [name = '', how] = (field('start') ?? '').split(':');
  const text = (field('prefix') ?? '').trim().replace(/^\/+|\/+$/g, '');
  const dryRun = how === 'dry' || PLANNED_FIRST.has(name);
  const fault = (why: string): ReadStart => ({ kind: 'invalid', form: { prefix: text, fault: why } });
  if (project === undefined) {
    if (!has(OF_ALL, name)) return fault(`${quote(name)} is no job on all projects: choose one of the buttons.`);
    return { kind: 'start', task: OF_ALL[name], dryRun };
  }
  if (!has(OF_PROJECT, name)) return fault(`${quote(name)} is no job on a project: choose one of the buttons.`);
  if (text === '') return { kind: 'start', task: OF_PROJECT[name](project, {}), dryRun };
  if (name === 'deactivate') return fault('Deactivation is of the whole project: leave the path empty.');
  const prefix = relPathSchema.safeParse(text);
  if (prefix.success) return { kind: 'start', task: OF_PROJECT[name](project, { prefix: prefix.data }), dryRun };
  const why = prefix.error.issues[0]?.message ?? 'it is no path of a project';
  return fault(`Path is ${quote(text)}: ${why}. Give one such as docs/en, or leave it empty for the whole project.`);
}

const has = <T extends object>(table: T, name: string): name is Extract<keyof T, string> => Object.hasOwn(table, name);

interface Choice {
  readonly word: string;
  readonly icon: IconName;
  readonly what: string;
  readonly buttons: readonly (readonly [value: string, word: string])[];
}

const PROJECT_CHOICES: readonly Choice[] = [
  {
    word: 'Promote',
    icon: 'flame',
    what: 'Brings files that are only in cold back to hot. Strict: done when every byte was read and verified there.',
    buttons: [
      ['promote-fast:dry', 'Dry run'],
      ['promote-fast', 'Promote fast'],
      ['promote-strict', 'Promote strict'],
    ],
  },
  {
    word: 'Archive',
    icon: 'snowflake',
    what: 'Copies to cold what is not proven there yet. It also happens by itself.',
    buttons: [
      ['archive:dry', 'Dry run'],
      ['archive', 'Archive now'],
    ],
  },
  {
    word: 'Evict',
    icon: 'arrow-down',
    what: 'Drops from hot what is proven in cold; files on nodes stay. The plan is shown first.',
    buttons: [['evict:dry', 'Plan eviction']],
  },
  {
    word: 'Repair',
    icon: 'refresh-cw',
    what: 'Reads every object again and heals it from the other tier or from a node that has it.',
    buttons: [
      ['repair:dry', 'Dry run'],
      ['repair', 'Repair now'],
    ],
  },
  {
    word: 'Deactivate',
    icon: 'pause',
    what: 'Archives everything, takes the project off its nodes and out of hot. The first read brings it back.',
    buttons: [['deactivate:dry', 'Plan deactivation']],
  },
];

const ALL_CHOICES: readonly Choice[] = [
  {
    word: 'Archive',
    icon: 'snowflake',
    what: 'Copies to cold what is not proven there yet, of all projects.',
    buttons: [
      ['archive:dry', 'Dry run'],
      ['archive', 'Archive now'],
    ],
  },
  {
    word: 'Reconcile',
    icon: 'arrow-left-right',
    what: 'Compares the index with what cold really has. Daily by itself.',
    buttons: [
      ['reconcile:dry', 'Dry run'],
      ['reconcile', 'Reconcile now'],
    ],
  },
  {
    word: 'Scrub',
    icon: 'search',
    what: 'Reads what is current again, in hot and in cold, with the history, and heals what has rotted. A thirtieth a day by itself. Older versions of files are not read.',
    buttons: [['scrub', 'Scrub everything']],
  },
  {
    word: 'Sweep',
    icon: 'trash-2',
    what: 'Deletes objects that no kept commit needs. Daily by itself; the plan is shown first.',
    buttons: [['sweep:dry', 'Plan sweep']],
  },
];

export function projectStartPart(project: ProjectName, { prefix, fault }: FilledStart): Block {
  return block(
    'job-start',
    <form id="job-start" class="panel job-start" method="post" action={manageUrl(project)} aria-label="Storage jobs">
      <h2>Storage</h2>
      <div class="field">
        <label for="start-prefix">
          Only below <span class="muted">a file or directory; empty: all of {project}</span>
        </label>
        <input
          id="start-prefix"
          name="prefix"
          value={prefix}
          placeholder="docs/en"
          autocomplete="off"
          spellcheck={false}
          maxlength={4096}
          aria-invalid={fault === undefined ? undefined : 'true'}
          aria-describedby={fault === undefined ? undefined : 'start-fault'}
        />
        {fault === undefined ? null : (
          <p class="fault" id="start-fault">
            <VisibleText value={fault} />
          </p>
        )}
      </div>
      <Choices choices={PROJECT_CHOICES} />
    </form>,
  );
}

export function AllStartForm() {
  return (
    <details class="panel maintenance">
      <summary>
        <Icon name="chevron-right" />
        Start a job on all projects
      </summary>
      <form class="job-start" method="post" action="/jobs" aria-label="Jobs on all projects">
        <Choices choices={ALL_CHOICES} />
      </form>
    </details>
  );
}

function Choices({ choices }: { choices: readonly Choice[] }) {
  return (
    <ul class="choices">
      {choices.map(({ word, icon, what, buttons }) => (
        <li id={`start-${word.toLowerCase()}`}>
          <Icon name={icon} />
          <p>
            <strong>{word}</strong>
            <span class="muted">{what}</span>
          </p>
          <span class="choice-buttons">
            {buttons.map(([value, name]) => (
              <button type="submit" class="button" name="start" value={value} aria-label={`${word}: ${name}`}>
                {name}
              </button>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}
