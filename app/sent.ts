// What a form sent: one text a name. Files, and names that a form does not have, are nothing.
import type { Context } from 'hono';
import type { AppEnv } from './context.ts';

export type Fields = (name: string) => string | undefined;

export async function fieldsIn(c: Context<AppEnv>): Promise<Fields> {
  const body = await c.req.parseBody();
  return (name) => {
    const value = Object.hasOwn(body, name) ? body[name] : undefined;
    return typeof value === 'string' ? value : undefined;
  };
}
