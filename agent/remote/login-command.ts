// `fs-sync login`, `logout` and `whoami`: which servers this person's commands may use, and as whom. A token is kept only when
// the server has accepted it.
import { type ApiWhoami, whoamiSchema } from '../../core/api/whoami.ts';
import { InvalidValueError, quote } from '../../core/model/ids.ts';
import { type Env, SettingsError } from '../../core/settings/env.ts';
import { ApiClient } from './api-client.ts';
import { loginsFile, readLogins, writeLogins } from './logins.ts';
import { isOpenLine, parseServerUrl, type ServerArgs, whichServer } from './which-server.ts';

export interface LoginArgs {
  /** by which it is found later; default: the host of the address */
  readonly name?: string;
  readonly tokenStdin?: boolean;
  readonly json?: boolean;
}

export interface LoginIo {
  /** asks for the token; undefined: none was given */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly isTerminal: boolean;
  /** for the person who logs in */
  readonly warn: (line: string) => void;
}

/** All: @returns what to print
 *  @throws SettingsError, and what `ApiClient.json` throws */
export async function loginCommand(
  address: string,
  args: LoginArgs,
  io: LoginIo,
  env: Env = process.env,
): Promise<string> {
  const url = parseServerUrl(address);
  const name = parseLoginName(args.name ?? new URL(url).host);
  const logins = readLogins(env);
  if (isOpenLine(url)) io.warn(`what goes to ${url} can be read on the way, the token too: use https where you can`);
  const token = await readToken(url, args, io);
  const who = await new ApiClient({
    ...{ url, token, tokenFrom: 'that was given' },
    nextStep: 'look at the address, and whether the server runs; nothing was kept',
  }).json(whoamiSchema, 'GET', '/whoami');
  writeLogins(env, { current: name, servers: { ...logins.servers, [name]: { url, token } } });
  if (args.json) return JSON.stringify({ server: name, url, ...who });
  return `Logged in to ${url} as ${mayText(who)}. The token is in ${loginsFile(env)}, for you only.`;
}

export function logoutCommand(
  named: string | undefined,
  args: { readonly all?: boolean; readonly json?: boolean },
  env: Env = process.env,
): string {
  const { current, servers } = readLogins(env);
  const known = Object.keys(servers);
  const gone = args.all ? known : [named ?? current ?? undefined].filter((name) => name !== undefined);
  const strange = gone.find((name) => servers[name] === undefined);
  if (strange !== undefined) {
    throw new InvalidValueError(
      `there is no login ${quote(strange)}: ${known.length === 0 ? 'nothing is kept here' : `give one of ${known.join(', ')}`}`,
    );
  }
  const left = Object.fromEntries(Object.entries(servers).filter(([name]) => !gone.includes(name)));
  const next = current !== null && left[current] ? current : (Object.keys(left)[0] ?? null);
  if (gone.length > 0) writeLogins(env, { current: next, servers: left });
  if (args.json) return JSON.stringify({ removed: gone, current: next });
  if (gone.length === 0) return 'Nobody was logged in.';
  const goesOn = next === null ? '' : ` Commands go to ${next} from now on.`;
  return `Forgot the token of ${gone.join(', ')}; the server still takes it until it is revoked there.${goesOn}`;
}

export async function whoamiCommand(
  args: ServerArgs & { readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  const server = whichServer(args, env);
  const who = await new ApiClient(server).json(whoamiSchema, 'GET', '/whoami');
  if (args.json) return JSON.stringify({ url: server.url, ...who });
  return `${mayText(who)} of tenant ${who.tenant} at ${server.url}, by the token ${server.tokenFrom}`;
}

const mayText = ({ user, scope, projects }: ApiWhoami): string =>
  `${user} (${scope}${projects === null ? '' : `, ${projects.join(', ')} only`})`;

async function readToken(url: string, { tokenStdin }: LoginArgs, io: LoginIo): Promise<string> {
  if (!io.isTerminal && !tokenStdin) {
    throw new SettingsError(
      `there is no terminal to ask for the token at: give it on the input, as in npx fs-sync login ${url} --token-stdin < token-file`,
    );
  }
  const token = (await io.ask(tokenStdin ? '' : `Token for ${url}: `))?.trim() ?? '';
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new SettingsError(
    token === ''
      ? 'no token was given: the settings page of the server makes one, and its FS_ADMIN_TOKEN is one'
      : 'the token has characters that no token has: copy it again, without spaces',
  );
}

function parseLoginName(name: string): string {
  if (/^[A-Za-z0-9[][A-Za-z0-9.:[\]-]{0,99}$/.test(name)) return name;
  throw new InvalidValueError(`${quote(name)} is no name of a login: give up to 100 letters, digits, dots and dashes`);
}
