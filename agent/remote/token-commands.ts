// `fs-sync token`: API tokens are made, listed and revoked, through a server. What a new one is, is shown once; `create` prints it alone
// in a pipe, so that it goes into a secret and not into a log.
import { madeTokenSchema, type ShownToken, tokenPageSchema } from '../../core/api/token.ts';
import { isoTime } from '../../core/model/clock.ts';
import { InvalidValueError, parseProjectName, quote } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { shown } from '../subscribe/watch-command.ts';
import { ApiClient } from './api-client.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

type Args = ServerArgs & { readonly json?: boolean };

export interface TokenArgs extends Args {
  readonly scope: ShownToken['scope'];
  readonly project?: readonly string[];
  readonly expires: string;
}

/** All: @returns what to print @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function createTokenCommand(
  name: string,
  args: TokenArgs,
  io: { readonly now: number; readonly isTerminal: boolean },
  env: Env = process.env,
): Promise<string> {
  const made = await clientOf(args, env).json(madeTokenSchema, 'POST', '/tokens', {
    json: {
      ...{ name, scope: args.scope, expires_at: parseExpires(args.expires, io.now) },
      projects: args.project?.map(parseProjectName) ?? null,
    },
  });
  if (args.json) return JSON.stringify(made);
  if (!io.isTerminal) return made.token;
  return `${made.token}\n${lineOf(made)}\nIt is shown only now. To end it: npx fs-sync token revoke ${made.id}`;
}

export async function listTokensCommand(
  args: Args & { readonly ended?: boolean },
  env: Env = process.env,
): Promise<string> {
  const state = args.ended ? 'ended' : 'active';
  const tokens = await clientOf(args, env).all(tokenPageSchema, '/tokens', { state });
  if (args.json) return JSON.stringify(tokens);
  if (tokens.length > 0) return tokens.map(lineOf).join('\n');
  return args.ended
    ? 'No token has ended.'
    : 'There is no token. Make one: npx fs-sync token create <name> --scope read';
}

export async function revokeTokenCommand(id: string, args: Args, env: Env = process.env): Promise<string> {
  const token = id.replace(/^fst_/, '');
  if (!/^[0-9a-f]{12}$/.test(token)) {
    throw new InvalidValueError(
      `${quote(id)} is no id of a token: it has 12 hex digits, and npx fs-sync token list shows them`,
    );
  }
  await clientOf(args, env).done('DELETE', `/tokens/${token}`);
  return args.json
    ? JSON.stringify({ id: token, state: 'revoked' })
    : `Revoked ${token}: who has it gets nothing more.`;
}

const DAY_MS = 24 * 3_600_000;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };

/** @throws InvalidValueError */
export function parseExpires(text: string, now: number): string {
  if (text === 'never') return text;
  const [, count, unit = ''] = /^([1-9]\d{0,4})([hdw])$/.exec(text) ?? [];
  if (count !== undefined) return isoTime(now + Number(count) * (UNITS[unit] ?? 0));
  throw new InvalidValueError(`--expires is ${quote(text)}: give how long it lasts, such as 12h, 30d or 52w, or never`);
}

const clientOf = (args: ServerArgs, env: Env): ApiClient => new ApiClient(whichServer(args, env));

/** `0123456789ab  read   ci-bot  site only, until 2026-06-01 12:00 UTC, never used, by admin` */
function lineOf({ id, name, scope, projects, state, expires_at, last_used_at, created_by }: ShownToken): string {
  const words = [
    projects === null ? 'all projects' : `${projects.join(', ')} only`,
    state !== 'active' ? state : expires_at === 'never' ? 'until revoked' : `until ${minute(expires_at)}`,
    last_used_at === null ? 'never used' : `last used ${minute(last_used_at)}`,
    `by ${shown(created_by)}`,
  ];
  return `${id}  ${scope.padEnd(5)}  ${shown(name)}  ${words.join(', ')}`;
}

/** `2026-06-01 12:00 UTC` */
const minute = (time: string): string => `${time.slice(0, 16).replace('T', ' ')} UTC`;
