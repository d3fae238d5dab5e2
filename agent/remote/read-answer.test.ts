import { expect, test } from 'vitest';
import { z } from 'zod';
import { readAnswer } from './read-answer.ts';

const schema = z.strictObject({ items: z.array(z.strictObject({ name: z.string() })), next: z.string().nullable() });

test('what a later server adds is passed over, at any depth', () => {
  const answer = { items: [{ name: 'a' }, { name: 'b', colour: 'red' }], next: null, total: 2 };
  expect(readAnswer(schema, answer)).toEqual({
    kind: 'read',
    value: { items: [{ name: 'a' }, { name: 'b' }], next: null },
  });
});

test('what is missing or of another kind is strange, and named', () => {
  expect(readAnswer(schema, { items: [{ title: 'a' }], next: null })).toEqual({
    kind: 'strange',
    fault: expect.stringContaining('items.0.name'),
  });
  expect(readAnswer(schema, 'nothing')).toMatchObject({ kind: 'strange', fault: expect.stringContaining('all of it') });
});
