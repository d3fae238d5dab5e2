// The record of an API token: what a program may do with it, until when, and who made it. Of the token's text it has only the
// hash, so that who reads the records can do nothing with what they are of.
import { z } from 'zod';
import { type Actor, actorSchema } from './commit.ts';
import { type Brand, type ProjectName, projectNameSchema } from './ids.ts';

/** What a token's text has after `fst_`, and what its record is found by; no secret. */
export type TokenId = Brand<string, 'TokenId'>;

export const TOKEN_ID_DIGITS = 12;
const TOKEN_ID = new RegExp(`^[0-9a-f]{${TOKEN_ID_DIGITS}}$`);
export const tokenIdSchema = z
  .string()
  .regex(TOKEN_ID, `is ${TOKEN_ID_DIGITS} lower-case hex digits`)
  .transform((value) => value as TokenId);

/** Each may do what the ones before it may. */
export const TOKEN_SCOPES = ['read', 'write', 'admin'] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

export const mayDo = (has: TokenScope, needed: TokenScope): boolean =>
  TOKEN_SCOPES.indexOf(has) >= TOKEN_SCOPES.indexOf(needed);

/** A year, whichever one it is. */
export const MAX_TOKEN_DAYS = 366;
export const MAX_TOKEN_PROJECTS = 100;
export const MAX_TOKEN_NAME = 60;

/** One line of what can be seen: a name stands in logs and in histories. */
export const tokenNameSchema = z
  .string()
  .trim()
  .min(1, 'has at least 1 character')
  .max(MAX_TOKEN_NAME, `has at most ${MAX_TOKEN_NAME} characters`)
  .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'has no line ends and no characters that cannot be seen');

export const tokenProjectsSchema = z.array(projectNameSchema).min(1).max(MAX_TOKEN_PROJECTS);

export const apiTokenSchema = z.strictObject({
  v: z.literal(1),
  id: tokenIdSchema,
  /** hex SHA-256 of the whole text */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  name: tokenNameSchema,
  scope: z.enum(TOKEN_SCOPES),
  /** by their names, whichever projects have them; absent: all, and what is of no project */
  projects: tokenProjectsSchema.optional(),
  actor: actorSchema,
  created: z.iso.datetime(),
  /** absent: somebody said that it never ends */
  expires: z.iso.datetime().optional(),
  /** to about a minute */
  last_used: z.iso.datetime().optional(),
  revoked: z.strictObject({ actor: actorSchema, ts: z.iso.datetime() }).optional(),
});
export type ApiToken = z.infer<typeof apiTokenSchema>;

export type TokenState = 'active' | 'expired' | 'revoked';

export function tokenState({ revoked, expires }: Pick<ApiToken, 'revoked' | 'expires'>, now: number): TokenState {
  if (revoked) return 'revoked';
  return expires !== undefined && Date.parse(expires) <= now ? 'expired' : 'active';
}

/** Who asks, and what they may do. */
export interface Principal {
  readonly actor: Actor;
  readonly scope: TokenScope;
  readonly projects: readonly ProjectName[] | 'all';
}

export const principalOf = ({ id, name, scope, projects }: ApiToken): Principal => ({
  actor: { kind: 'token', id: `${name} (fst_${id})` },
  scope,
  projects: projects ?? 'all',
});

export const maySee = ({ projects }: Pick<Principal, 'projects'>, project: ProjectName): boolean =>
  projects === 'all' || projects.includes(project);

export const encodeToken = (token: ApiToken): Uint8Array => Buffer.from(JSON.stringify(apiTokenSchema.parse(token)));

/** @throws z.ZodError, SyntaxError  it is none that this version understands */
export const decodeToken = (value: Uint8Array): ApiToken =>
  apiTokenSchema.parse(JSON.parse(Buffer.from(value).toString('utf8')));
