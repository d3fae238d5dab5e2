// Which server a command talks to, and by which token: the one that is named, that of the environment, the fleet that runs here,
// or the last login. All commands ask here, so that all look at the same places and say the same.
import { resolve } from 'node:path';
import { quote } from '../../core/model/ids.ts';
import { commonEnv, type Env, natsEnv, readEnv, remoteEnv, SettingsError } from '../../core/settings/env.ts';
import { readNatsFile } from '../../core/settings/nats-file.ts';
import { readServerFile, serverFile } from '../../core/settings/server-file.ts';
import { readLogins } from './logins.ts';

export interface ServerArgs {
  /** the name of a login, or an address */
  readonly server?: string;
}

export interface WhichServer {
  /** without a slash at its end */
  readonly url: string;
  readonly token: string;
  /** for a person: where the token comes from */
  readonly tokenFrom: string;
  /** for a person, when it does not answer */
  readonly nextStep: string;
}

/** @throws SettingsError  none is named; it says the ways to name one */
export function whichServer(args: ServerArgs, env: Env): WhichServer {
  const { FS_URL, FS_TOKEN } = readEnv(remoteEnv, env);
  const named = args.server ?? FS_URL;
  if (named !== undefined) return namedServer(named, args.server === undefined ? 'FS_URL' : '--server', FS_TOKEN, env);
  return ofFleetHere(env) ?? ofLastLogin(env);
}

/** Whether a command that can work with NATS itself has to go to a server: it was told to, or knows no NATS. */
export function isAway(args: ServerArgs, env: Env = process.env): boolean {
  if (args.server !== undefined) return true;
  const { NATS_URL, FS_DATA_DIR } = readEnv({ ...natsEnv, ...commonEnv }, env);
  if (NATS_URL !== undefined || readNatsFile(resolve(FS_DATA_DIR)).kind !== 'absent') return false;
  return readEnv(remoteEnv, env).FS_URL !== undefined || readLogins(env).current !== null;
}

/** `https://Files.Example.net/` and `https://files.example.net` are one. @throws SettingsError */
export function parseServerUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new SettingsError(`${quote(text)} is no address of a server: give one such as https://files.example.net`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new SettingsError('the address of a server has no user and no password: log in with a token');
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

/** Whether what is sent can be read on the way. */
export const isOpenLine = (url: string): boolean => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
};

function namedServer(named: string, by: string, token: string | undefined, env: Env): WhichServer {
  const { servers } = readLogins(env);
  const login = servers[named];
  if (login && by === '--server') return { ...login, tokenFrom: `of the login ${named}`, nextStep: stepOf(login.url) };
  if (!/^https?:/i.test(named)) {
    const known = Object.keys(servers);
    const next =
      known.length === 0 ? 'npx fs-sync login <url> makes one' : `give one of ${known.join(', ')}, or an address`;
    throw new SettingsError(`${by} is ${quote(named)}, and there is no such login: ${next}`);
  }
  const url = parseServerUrl(named);
  const nextStep = stepOf(url);
  if (token !== undefined) return { url, token, tokenFrom: 'of FS_TOKEN', nextStep };
  const [name, same] = Object.entries(servers).find(([, one]) => one.url === url) ?? [];
  if (same) return { ...same, tokenFrom: `of the login ${name}`, nextStep };
  throw new SettingsError(`there is no token for ${url}: set FS_TOKEN, or log in with npx fs-sync login ${url}`);
}

function ofFleetHere(env: Env): WhichServer | undefined {
  const dataDir = resolve(readEnv(commonEnv, env).FS_DATA_DIR);
  const found = readServerFile(dataDir);
  if (found.kind !== 'runs') return undefined;
  const file = serverFile(dataDir);
  return {
    ...{ url: found.named.url, token: found.named.token },
    ...{ tokenFrom: `in ${file}`, nextStep: `it is named by ${file}: look at its log, or start that fleet again` },
  };
}

function ofLastLogin(env: Env): WhichServer {
  const { current, servers } = readLogins(env);
  const login = current === null ? undefined : servers[current];
  if (login) return { ...login, tokenFrom: `of the login ${current}`, nextStep: stepOf(login.url) };
  throw new SettingsError(
    'no server is known here: log in with npx fs-sync login <url>, set FS_URL and FS_TOKEN, or go to the directory of a fleet that runs (npm start)',
  );
}

const stepOf = (url: string): string => `look whether it runs, and whether this machine reaches ${new URL(url).host}`;
