// What a node may use: as it is now, and the form that changes it. Numbers are typed as people say them (MB, MB/s) and
// checked here; each goes along with the value that it was filled from.
import type { Child } from 'hono/jsx';
import { formatBytes, formatCount } from '../components/format.ts';
import { Icon } from '../components/icon.tsx';
import { type NodeId, quote } from '../core/model/ids.ts';
import { LEAST_LIMITS, type NodeLimits } from '../core/model/node-desired.ts';
import { type LimitChange, type LimitField, limitFields } from '../core/node/change-limits.ts';
import { type Block, block } from './parts.ts';
import { nodeUrl } from './url.ts';

interface FieldLook {
  readonly word: string;
  readonly unit: string;
  /** what one of the unit is in the record's */
  readonly size: number;
  readonly most: number;
  /** of the unit, as it is said */
  readonly least: string;
  readonly rule: string;
  show(value: number): string;
}

const RATE = {
  unit: 'MB/s',
  size: 1_000_000,
  most: 1e15,
  least: '0.001',
  rule: 'give MB/s, at least 0.001, such as 12.5',
};
const LOOKS: Readonly<Record<LimitField, FieldLook>> = {
  up_bytes_per_s: { ...RATE, word: 'Upload', show: (value) => `${formatBytes(value)}/s` },
  down_bytes_per_s: { ...RATE, word: 'Download', show: (value) => `${formatBytes(value)}/s` },
  memory_bytes: {
    word: 'Memory',
    unit: 'MB',
    size: 1_000_000,
    most: 1e15,
    least: '8.4',
    rule: 'give MB, at least 8.4, such as 256',
    show: formatBytes,
  },
  open_files: {
    word: 'Open files',
    unit: '',
    size: 1,
    most: 1_000_000,
    least: '4',
    rule: 'give a whole number from 4 to 1,000,000, such as 64',
    show: formatCount,
  },
};

export interface FilledField {
  readonly text: string;
  readonly seen: number | undefined;
  /** what has to be corrected, or was changed by somebody else */
  readonly fault?: string;
}
export type FilledLimits = Readonly<Record<LimitField, FilledField>>;

const filled = (field: (name: LimitField) => FilledField): FilledLimits => ({
  up_bytes_per_s: field('up_bytes_per_s'),
  down_bytes_per_s: field('down_bytes_per_s'),
  memory_bytes: field('memory_bytes'),
  open_files: field('open_files'),
});

const textOf = (field: LimitField, value: number | undefined): string =>
  value === undefined ? '' : String(value / LOOKS[field].size);

export const limitsOf = (limits: NodeLimits): FilledLimits =>
  filled((field) => ({ text: textOf(field, limits[field]), seen: limits[field] }));

/** What was typed stays, beside what the fields are now. */
export function limitsMoved(form: FilledLimits, now: NodeLimits, fields: readonly LimitField[]): FilledLimits {
  return filled((field) => {
    const was = form[field];
    const untouched = was.text === textOf(field, was.seen);
    if (!fields.includes(field)) {
      return { text: untouched ? textOf(field, now[field]) : was.text, seen: now[field] };
    }
    const value = now[field];
    const word = value === undefined ? 'as configured' : LOOKS[field].show(value);
    return { text: was.text, seen: value, fault: `Meanwhile somebody has set this to: ${word}.` };
  });
}

export type ReadLimits =
  | { readonly kind: 'changes'; readonly changes: readonly LimitChange[]; readonly form: FilledLimits }
  | { readonly kind: 'invalid'; readonly form: FilledLimits };

/** @param field  what the form has under a name; undefined: nothing */
export function readLimits(field: (name: string) => string | undefined): ReadLimits {
  const form = filled((name) => {
    const text = (field(name) ?? '').trim();
    const seen = Number(field(`seen_${name}`) || Number.NaN);
    const typed = { text, seen: Number.isInteger(seen) ? seen : undefined };
    return text === '' || amountIn(name, typed) !== undefined ? typed : { ...typed, fault: faultOf(name, text) };
  });
  if (limitFields.some((name) => form[name].fault !== undefined)) return { kind: 'invalid', form };
  const changes = limitFields.map((name) => ({ field: name, seen: form[name].seen, to: amountIn(name, form[name]) }));
  return { kind: 'changes', changes, form };
}

const faultOf = (field: LimitField, text: string): string =>
  `${LOOKS[field].word} is ${quote(text)}: ${LOOKS[field].rule}, or leave it empty for what the node’s configuration says.`;

/** What nobody touched stays, also where it was set by other means and could not be typed here. */
function amountIn(field: LimitField, { text, seen }: FilledField): number | undefined {
  if (text === textOf(field, seen)) return seen;
  const { size, most } = LOOKS[field];
  if (!/^\d+(\.\d+)?$/.test(text)) return undefined;
  const exact = Number(text) * size;
  const amount = Math.round(exact);
  const isWhole = size > 1 || amount === exact;
  return isWhole && amount >= LEAST_LIMITS[field] && amount <= most ? amount : undefined;
}

/** @param configured  undefined: the node does not say */
const asConfigured = (field: LimitField, configured: NodeLimits | undefined): string => {
  if (!configured) return 'as configured';
  const value = configured[field];
  return `${value === undefined ? 'no limit' : LOOKS[field].show(value)}, as configured`;
};

interface LimitsProps {
  readonly limits: NodeLimits;
  readonly configured: NodeLimits | undefined;
}

export function LimitsNow({ limits, configured }: LimitsProps) {
  return (
    <section class="side-card" id="limits-now" aria-labelledby="limits-title">
      <h2 id="limits-title">Limits</h2>
      <dl class="facts limits">
        {limitFields.map((field): Child => {
          const value = limits[field];
          return (
            <div data-limit={field}>
              <dt>{LOOKS[field].word}</dt>
              <dd class="num">
                {value === undefined ? (
                  <span class="muted">{asConfigured(field, configured)}</span>
                ) : (
                  LOOKS[field].show(value)
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

export function limitsFormPart(node: NodeId, form: FilledLimits): Block {
  return block(
    'limits-form',
    <form id="limits-form" class="side-card fields" method="post" action={`${nodeUrl(node)}/limits`} data-send="">
      <h2>Change limits</h2>
      {limitFields.map((field) => (
        <LimitInput field={field} filled={form[field]} />
      ))}
      <p class="muted">Empty: as the node’s own configuration says.</p>
      <button type="submit" class="button">
        <Icon name="check" />
        Save limits
      </button>
    </form>,
  );
}

function LimitInput({ field, filled: { text, seen, fault } }: { field: LimitField; filled: FilledField }) {
  const { word, unit, least } = LOOKS[field];
  return (
    <div class="field">
      <label for={`limit-${field}`}>
        {word} <span class="muted">{unit === '' ? `at least ${least}` : `in ${unit}, at least ${least}`}</span>
      </label>
      <input
        id={`limit-${field}`}
        name={field}
        value={text}
        inputmode="decimal"
        autocomplete="off"
        placeholder="as configured"
        maxlength={30}
        aria-invalid={fault === undefined ? undefined : 'true'}
        aria-describedby={fault === undefined ? undefined : `fault-${field}`}
      />
      <input type="hidden" name={`seen_${field}`} value={seen === undefined ? '' : String(seen)} />
      {fault === undefined ? null : (
        <p class="fault" id={`fault-${field}`}>
          {fault}
        </p>
      )}
    </div>
  );
}
