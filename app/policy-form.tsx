// The form that changes a project's policies: each with what its choices mean, checked here, with the message beside the
// field. It carries what it was filled from, so that nothing unseen is overwritten.
import type { Child } from 'hono/jsx';
import { Icon } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import type { PolicyField } from '../core/commit/policy-change.ts';
import { type ProjectName, quote } from '../core/model/ids.ts';
import { type ProjectPolicy, projectPolicySchema, type Retention } from '../core/model/policy.ts';
import { type Block, block } from './parts.ts';
import type { Fields } from './sent.ts';
import { policyUrl } from './url.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 36_500;
const MOST_COMMITS = 100_000;

interface Choice {
  readonly value: string;
  readonly word: string;
}
interface ChoiceField {
  readonly name: 'durability' | 'conflicts' | 'first_read' | 'deactivate' | 'evict';
  readonly word: string;
  readonly choices: readonly Choice[];
}

const CHOICES: readonly ChoiceField[] = [
  {
    name: 'durability',
    word: 'A commit is done',
    choices: [
      { value: 'fast', word: 'when it is in hot; it is archived right behind' },
      { value: 'strict', word: 'when what it brings is proven in cold, too' },
    ],
  },
  {
    name: 'conflicts',
    word: 'Two nodes change one file',
    choices: [
      { value: 'last-writer', word: 'the later stays, the other is in history' },
      { value: 'keep-both', word: 'the other is written beside it, too' },
    ],
  },
  {
    name: 'first_read',
    word: 'The first read of a cold project',
    choices: [
      { value: 'promote', word: 'brings all of it back' },
      { value: 'object', word: 'brings back only what is read' },
    ],
  },
  {
    name: 'deactivate',
    word: 'A workspace goes from a node',
    choices: [
      { value: 'committed', word: 'when all of it is proven in hot or cold' },
      { value: 'archived', word: 'when all of it is proven in cold' },
    ],
  },
  {
    name: 'evict',
    word: 'Files leave hot',
    choices: [
      { value: 'by-policy', word: 'when they are idle, or hot is full' },
      { value: 'never', word: 'never by themselves' },
    ],
  },
];

interface NumberField {
  readonly name: 'evict_idle' | 'keep_all' | 'hourly' | 'daily' | 'weekly' | 'last';
  readonly word: string;
  readonly unit: string;
  readonly least: number;
  readonly most: number;
  /** it may be left empty, which means this */
  readonly empty?: string;
}

const NUMBERS: readonly NumberField[] = [
  {
    name: 'evict_idle',
    word: 'Idle after',
    unit: 'days',
    least: 1,
    most: MOST_DAYS,
    empty: 'as the servers are set to',
  },
  { name: 'keep_all', word: 'Every version of the last', unit: 'days', least: 0, most: MOST_DAYS },
  { name: 'hourly', word: 'One an hour of the last', unit: 'days', least: 0, most: MOST_DAYS },
  { name: 'daily', word: 'One a day of the last', unit: 'days', least: 0, most: MOST_DAYS },
  { name: 'weekly', word: 'One a week of the last', unit: 'days', least: 0, most: MOST_DAYS },
  { name: 'last', word: 'And always the newest', unit: 'commits', least: 1, most: MOST_COMMITS },
];

type FieldName = ChoiceField['name'] | NumberField['name'];

export interface FilledPolicy {
  readonly texts: Readonly<Record<FieldName, string>>;
  /** what the form was filled from */
  readonly seen: ProjectPolicy;
  readonly faults: Readonly<Partial<Record<FieldName, string>>>;
}

const daysOf = (ms: number): string => String(Number((ms / DAY_MS).toFixed(3)));

export const filledFrom = (policy: ProjectPolicy): FilledPolicy => ({
  texts: {
    durability: policy.durability,
    conflicts: policy.conflicts,
    first_read: policy.first_read,
    deactivate: policy.deactivate,
    evict: policy.evict.never ? 'never' : 'by-policy',
    evict_idle: policy.evict.idle_ms === undefined ? '' : daysOf(policy.evict.idle_ms),
    keep_all: daysOf(policy.retention.keep_all_ms),
    hourly: daysOf(policy.retention.hourly_ms),
    daily: daysOf(policy.retention.daily_ms),
    weekly: daysOf(policy.retention.weekly_ms),
    last: String(policy.retention.last),
  },
  seen: policy,
  faults: {},
});

const OF_FIELD: Readonly<Record<PolicyField, readonly FieldName[]>> = {
  durability: ['durability'],
  conflicts: ['conflicts'],
  first_read: ['first_read'],
  deactivate: ['deactivate'],
  evict: ['evict', 'evict_idle'],
  retention: ['keep_all', 'hourly', 'daily', 'weekly', 'last'],
};

/** As it was typed, on top of what somebody else has saved meanwhile. */
export function policyMoved(form: FilledPolicy, now: ProjectPolicy, fields: readonly PolicyField[]): FilledPolicy {
  const theirs = filledFrom(now).texts;
  const faults = Object.fromEntries(
    fields
      .flatMap((field) => OF_FIELD[field])
      .filter((name) => theirs[name] !== form.texts[name])
      .map((name) => [name, `It is ${theirs[name] === '' ? 'empty' : theirs[name]} now.`]),
  );
  return { texts: form.texts, seen: now, faults };
}

export type ReadPolicy =
  | { readonly kind: 'policy'; readonly next: ProjectPolicy; readonly form: FilledPolicy }
  | { readonly kind: 'invalid'; readonly form: FilledPolicy };

/** @returns undefined when it says nothing readable of what it was filled from */
export function readPolicyForm(field: Fields): ReadPolicy | undefined {
  const seen = seenIn(field('seen'));
  if (!seen) return undefined;
  const was = filledFrom(seen).texts;
  const texts = { ...was };
  const faults: Partial<Record<FieldName, string>> = {};
  for (const { name, choices } of CHOICES) {
    texts[name] = field(name) ?? was[name];
    if (!choices.some(({ value }) => value === texts[name])) {
      faults[name] = `It is ${quote(texts[name])}: choose ${choices.map(({ value }) => value).join(' or ')}.`;
    }
  }
  for (const number of NUMBERS) {
    const text = (field(number.name) ?? was[number.name]).trim();
    texts[number.name] = text;
    if (!isNumber(number, text)) faults[number.name] = `It is ${quote(text)}: ${ruleOf(number)}.`;
  }
  const form = { texts, seen, faults };
  return Object.keys(faults).length > 0 ? { kind: 'invalid', form } : { kind: 'policy', next: policyOf(texts), form };
}

function seenIn(text: string | undefined): ProjectPolicy | undefined {
  try {
    return projectPolicySchema.parse(JSON.parse(text ?? ''));
  } catch {
    return undefined;
  }
}

function isNumber({ name, least, most, empty }: NumberField, text: string): boolean {
  if (text === '') return empty !== undefined;
  const value = Number(text);
  const isWhole = name === 'last' ? Number.isInteger(value) : true;
  return Number.isFinite(value) && isWhole && value >= least && value <= most;
}

const ruleOf = ({ unit, least, most, empty }: NumberField): string =>
  `give ${unit}, from ${least.toLocaleString('en-US')} to ${most.toLocaleString('en-US')}${empty === undefined ? '' : `, or leave it empty: ${empty}`}`;

function policyOf(texts: FilledPolicy['texts']): ProjectPolicy {
  const ms = (name: FieldName) => Math.round(Number(texts[name]) * DAY_MS);
  const retention: Retention = {
    keep_all_ms: ms('keep_all'),
    hourly_ms: ms('hourly'),
    daily_ms: ms('daily'),
    weekly_ms: ms('weekly'),
    last: Number(texts.last),
  };
  return projectPolicySchema.parse({
    durability: texts.durability,
    conflicts: texts.conflicts,
    first_read: texts.first_read,
    deactivate: texts.deactivate,
    evict: { never: texts.evict === 'never', ...(texts.evict_idle !== '' && { idle_ms: ms('evict_idle') }) },
    retention,
  });
}

/** Stands outside of what is patched while the page is open. */
export function policyFormPart(project: ProjectName, form: FilledPolicy): Block {
  return block(
    'policy-form',
    <form id="policy-form" class="policy-form" method="post" action={policyUrl(project)} data-send="">
      <input type="hidden" name="seen" value={JSON.stringify(form.seen)} />
      <section class="side-card fields" aria-labelledby="policy-work">
        <h2 id="policy-work">How it works</h2>
        {CHOICES.slice(0, -1).map((field) => (
          <ChoiceInput field={field} form={form} />
        ))}
      </section>
      <section class="side-card fields" aria-labelledby="policy-hot">
        <h2 id="policy-hot">Eviction</h2>
        {CHOICES.slice(-1).map((field) => (
          <ChoiceInput field={field} form={form} />
        ))}
        <NumberInputs fields={NUMBERS.slice(0, 1)} form={form} />
        <p class="muted">
          Nothing leaves hot without a fresh proof of its copy in cold; pinned paths never do. What a person evicts goes
          all the same.
        </p>
      </section>
      <section class="side-card fields" aria-labelledby="policy-kept">
        <h2 id="policy-kept">Versions that are kept</h2>
        <NumberInputs fields={NUMBERS.slice(1)} form={form} />
        <p class="muted">
          A version is kept while any of these rules keeps it. Commits stay listed for good: who did what is never lost.
        </p>
      </section>
      <p class="policy-save">
        <button type="submit" class="button button-primary">
          <Icon name="check" />
          Save
        </button>
      </p>
    </form>,
  );
}

function ChoiceInput({ field: { name, word, choices }, form }: { field: ChoiceField; form: FilledPolicy }) {
  const { fault, wrong } = faultOf(form, name);
  return (
    <div class="field">
      <label for={`policy-${name}`}>{word}</label>
      <select id={`policy-${name}`} name={name} {...wrong}>
        {choices.map((choice) => (
          <option value={choice.value} selected={choice.value === form.texts[name]}>
            {choice.word}
          </option>
        ))}
      </select>
      {fault}
    </div>
  );
}

function NumberInputs({ fields, form }: { fields: readonly NumberField[]; form: FilledPolicy }): Child {
  return fields.map(({ name, word, unit, empty }) => {
    const { fault, wrong } = faultOf(form, name);
    return (
      <div class="field">
        <label for={`policy-${name}`}>
          {word} <span class="muted">{unit}</span>
        </label>
        <input
          id={`policy-${name}`}
          name={name}
          value={form.texts[name]}
          inputmode="decimal"
          autocomplete="off"
          placeholder={empty}
          maxlength={20}
          {...wrong}
        />
        {fault}
      </div>
    );
  });
}

function faultOf({ faults }: FilledPolicy, name: FieldName) {
  const text = faults[name];
  const id = `policy-${name}-fault`;
  if (text === undefined) return { fault: null, wrong: {} };
  const fault = (
    <p class="fault" id={id}>
      <VisibleText value={text} />
    </p>
  );
  return { fault, wrong: { 'aria-invalid': 'true' as const, 'aria-describedby': id } };
}
