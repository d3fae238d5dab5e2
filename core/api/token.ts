// API tokens as the HTTP API shows them. What a program sends is in the answer that made it, and nowhere else.
import { z } from 'zod';
import { TOKEN_SCOPES, tokenIdSchema, tokenNameSchema, tokenProjectsSchema } from '../model/api-token.ts';
import { pageOf } from './page.ts';

const scope = z.enum(TOKEN_SCOPES).meta({ description: 'each may do what the ones before it may' });
const projects = tokenProjectsSchema
  .nullable()
  .meta({ description: 'those that it is for, by name; null: all, and what is of no project' });
const END =
  'give a time such as "2026-01-31T12:00:00Z", at most 366 days from now; or never, and it holds until it is revoked';
const expires = z
  .union([z.literal('never'), z.iso.datetime(END)], { error: END })
  .meta({ description: 'when it ends: at most 366 days from now, or never' });
const time = z.iso.datetime().nullable();

const shown = {
  id: tokenIdSchema,
  name: z.string(),
  scope,
  projects,
  state: z.enum(['active', 'expired', 'revoked']),
  expires_at: expires,
  created_at: z.iso.datetime(),
  created_by: z.string(),
  last_used_at: time.meta({ description: 'to about a minute' }),
  revoked_at: time,
  revoked_by: z.string().nullable(),
};

export const tokenSchema = z.strictObject(shown).meta({ id: 'Token' });
export type ShownToken = z.infer<typeof tokenSchema>;

export const tokenPageSchema = pageOf('TokenPage', tokenSchema);

export const newTokenSchema = z
  .strictObject({ name: tokenNameSchema, scope, projects: projects.default(null), expires_at: expires })
  .meta({ id: 'NewToken' });

export const madeTokenSchema = z
  .strictObject({
    ...shown,
    token: z.string().meta({ description: 'what programs send; it is shown here and nowhere else' }),
  })
  .meta({ id: 'MadeToken' });
