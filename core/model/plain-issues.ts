// What is said of a value that broke a rule which has no words of its own: what the value is, and what to give. It holds for
// whatever zod checks in a program that imports this: a person reads it behind the name of a field, `body.ops: is missing: …`.
import { z } from 'zod';
import { quote } from './ids.ts';
import { nearestName } from './nearest-name.ts';

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

const FORMATS: Readonly<Record<string, string>> = {
  datetime: 'a time such as "2026-01-31T12:00:00Z"',
  url: 'an address such as "https://example.com/hook"',
};

/** More are not listed. */
const MOST_CHOICES = 60;

export const plainIssue: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      // What was made a number of is not known any more.
      if (Number.isNaN(issue.input)) return 'is no number';
      return `${shown(issue.input)}: give ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `${shown(issue.input)}: ${choice(issue.values.map(String), issue.input)}`;
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownName(key, namesOf(issue.schema))).join('; ');
    case 'too_small':
      return amount(issue.origin, issue.inclusive === false ? 'more than' : 'at least', Number(issue.minimum));
    case 'too_big':
      return amount(issue.origin, issue.inclusive === false ? 'less than' : 'at most', Number(issue.maximum));
    case 'invalid_format': {
      const format = FORMATS[issue.format];
      return format === undefined ? undefined : `${shown(issue.input)}: give ${format}`;
    }
    case 'invalid_union':
      return ofUnion(issue);
    default:
      return undefined;
  }
};
z.config({ customError: plainIssue });

/** @param names  those that there are */
export function unknownName(typed: string, names: readonly string[]): string {
  const near = nearestName(typed, names);
  const meant = near === undefined ? '' : `; did you mean ${quote(near)}?`;
  const all = names.length === 0 ? 'there is none here' : `there are ${names.join(', ')}`;
  return `${quote(typed)} is not known: ${all}${meant}`;
}

function choice(values: readonly string[], input: unknown): string {
  if (values.length > MOST_CHOICES) return 'give one of those that there are';
  const near = typeof input === 'string' ? nearestName(input, values) : undefined;
  const meant = near === undefined ? '' : `; did you mean ${quote(near)}?`;
  return `${values.length === 1 ? 'give' : 'give one of'} ${values.join(', ')}${meant}`;
}

function shown(input: unknown): string {
  if (input === undefined) return 'is missing';
  if (typeof input === 'string') return `is ${quote(input)}`;
  if (typeof input === 'number' || typeof input === 'boolean' || input === null) return `is ${String(input)}`;
  return `is ${Array.isArray(input) ? 'a list' : 'an object'}`;
}

function amount(origin: string, bound: 'at least' | 'more than' | 'at most' | 'less than', count: number): string {
  if (origin === 'string') return `has ${bound} ${count} ${count === 1 ? 'character' : 'characters'}`;
  if (origin === 'number' || origin === 'int' || origin === 'bigint') return `is ${bound} ${count}`;
  return `has ${bound} ${count}`;
}

type UnionIssue = Parameters<z.core.$ZodErrorMap<z.core.$ZodIssueInvalidUnion>>[0];

/** By the kind that it names; or by the one alternative that takes such a value, and found a fault inside it; or else all
 *  that may be given: of those that there are, one alone would be read as the only one. */
function ofUnion({ input, discriminator, options, errors }: UnionIssue): string | undefined {
  if (typeof discriminator === 'string' && Array.isArray(options)) {
    const named = typeof input === 'object' && input !== null ? Reflect.get(input, discriminator) : undefined;
    return `${shown(named)}: ${choice(options.map(String), named)}`;
  }
  const [inside, ...others] = errors.filter((issues) => issues.every(isInside));
  const fault = inside?.[0];
  if (fault !== undefined && others.length === 0) return [...fault.path.map(String), fault.message].join(': ');
  const broken = fault === undefined ? errors.flatMap((issues) => issues.find((issue) => !isInside(issue)) ?? []) : [];
  const names = new Set(broken.flatMap((issue) => whatItTakes(issue) ?? []));
  const rules = broken.filter((issue) => whatItTakes(issue) === undefined).map(({ message }) => message);
  if (rules.length > 0) return [...rules, ...(names.size > 0 ? [choice([...names], input)] : [])].join('; or ');
  return names.size > 0
    ? `${shown(input)}: ${choice([...names], input)}`
    : `${shown(input)}, and is none of what may be given`;
}

const isInside = ({ path, code }: z.core.$ZodIssue): boolean => path.length > 0 || code === 'unrecognized_keys';

/** @returns undefined  it has a rule, and no name */
function whatItTakes(issue: z.core.$ZodIssue): readonly string[] | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return [KINDS[issue.expected] ?? issue.expected];
    case 'invalid_value':
      return issue.values.map((value) => (value === '' ? '""' : String(value)));
    case 'invalid_format': {
      const format = FORMATS[issue.format];
      return format === undefined ? undefined : [format];
    }
    default:
      return undefined;
  }
}

function namesOf(schema: z.core.$ZodType | undefined): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}
