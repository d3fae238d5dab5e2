import { expect, test } from 'vitest';
import { z } from 'zod';
import './plain-issues.ts';

const said = (schema: z.ZodType, value: unknown): string | undefined =>
  schema.safeParse(value).error?.issues[0]?.message;
const kind = z.enum(['Created', 'Deleted']);

test('what breaks a rule without words of its own is told with what it is and what to give', () => {
  expect(said(z.strictObject({ ops: z.array(z.string()) }), {})).toBe('is missing: give a list');
  expect(said(z.string(), 3)).toBe('is 3: give a text');
  expect(said(z.coerce.number(), 'abc')).toBe('is no number');
  expect(said(z.coerce.number().max(10), '11')).toBe('is at most 10');
  expect(said(z.number().gt(0).max(1), 0)).toBe('is more than 0');
  expect(said(z.number().lt(0.5), 0.5)).toBe('is less than 0.5');
  expect(said(z.string().min(1), '')).toBe('has at least 1 character');
  expect(said(z.array(z.string()).max(1), ['a', 'b'])).toBe('has at most 1');
  expect(said(z.iso.datetime(), 'x')).toContain('"x": give a time such as');
  expect(said(z.literal('a'), 'b')).toBe('is "b": give a');
});

test('of a choice, all that there is to choose is told, and which was meant', () => {
  expect(said(kind, 'Nope')).toBe('is "Nope": give one of Created, Deleted');
  expect(said(z.union([kind, z.array(kind)]), 'created')).toBe(
    'is "created": give one of Created, Deleted, a list; did you mean "Created"?',
  );
  const op = z.discriminatedUnion('op', [z.object({ op: z.literal('put') }), z.object({ op: z.literal('move') })]);
  expect(said(op, { op: 'mv' })).toBe('is "mv": give one of put, move');
  expect(said(op, {})).toBe('is missing: give one of put, move');
});

test('where there are several forms, none is told as if it were the only one', () => {
  const end = z.union([z.literal('never'), z.iso.datetime()]);
  expect(said(end, undefined)).toBe('is missing: give one of never, a text');
  expect(said(z.union([z.literal('never'), z.iso.datetime(), z.url()]), 'soon')).toMatch(
    /^is "soon": give one of never, a time such as ".*, an address such as "/,
  );
  const id = z.union([
    z
      .string()
      .regex(/^[0-9a-f]+$/, 'is hex digits')
      .transform(String),
    z.enum(['dir', 'absent']),
  ]);
  expect(said(id, 'x')).toBe('is hex digits; or give one of dir, absent');
  expect(said(z.union([z.string().max(2), z.literal('')]), 3)).toBe('is 3: give one of a text, ""');
  const counts = z.strictObject({ some: z.int(), many: z.int() });
  const bounds = z.union([z.literal('all'), counts]);
  expect(said(bounds, '5')).toBe('is "5": give one of all, an object');
  expect(said(bounds, { some: 1 })).toBe('many: is missing: give a number');
  expect(said(bounds, { some: 1, many: 2, mny: 3 })).toMatch(/^"mny" is not known: there are some, many/);
  expect(said(z.union([kind, z.array(kind)]), ['Nope'])).toBe('0: is "Nope": give one of Created, Deleted');
  const either = z.union([z.strictObject({ file: z.string() }), z.strictObject({ dir: z.string() })]);
  expect(said(either, {})).toBe('is an object, and is none of what may be given');
});

test('a name that is not known is told with those that there are, and the one that was meant', () => {
  const schema = z.strictObject({ name: z.string().optional(), policy: z.string().optional() });
  expect(said(schema, { polcy: 1 })).toBe('"polcy" is not known: there are name, policy; did you mean "policy"?');
});

test('a rule with words of its own keeps them', () => {
  expect(said(z.string().min(1, 'needs a word'), '')).toBe('needs a word');
});
