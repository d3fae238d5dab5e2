// Reads a server's answer by the schema that it was made from. What a later version adds to it is passed over, so that a server
// may be newer than the commands that use it.
import type { z } from 'zod';

export type ReadAnswer<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'strange'; readonly fault: string };

export function readAnswer<T>(schema: z.ZodType<T>, answer: unknown): ReadAnswer<T> {
  const first = schema.safeParse(answer);
  if (first.success) return { kind: 'read', value: first.data };
  const unknown = first.error.issues.filter((issue) => issue.code === 'unrecognized_keys');
  for (const { path, keys } of unknown) {
    const at = path.reduce<unknown>((value, key) => (isRecord(value) ? value[String(key)] : undefined), answer);
    if (isRecord(at)) for (const key of keys) delete at[key];
  }
  const again = unknown.length === 0 ? first : schema.safeParse(answer);
  if (again.success) return { kind: 'read', value: again.data };
  const issue = again.error.issues[0];
  return { kind: 'strange', fault: `${issue?.path.join('.') || 'all of it'}: ${issue?.message}` };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
