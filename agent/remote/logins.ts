// Servers that a person has logged in to, kept for their user only below the configuration directory: address and token by
// name. What is there but can be read by others is refused, because a token that others have seen is none.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { type Env, SettingsError } from '../../core/settings/env.ts';

const loginSchema = z.object({ url: z.url({ protocol: /^https?$/ }), token: z.string().min(1) });
export type Login = z.infer<typeof loginSchema>;

const loginsSchema = z.object({
  v: z.literal(1),
  /** the name of the one that commands use by themselves */
  current: z.string().nullable(),
  servers: z.record(z.string(), loginSchema),
});
export type Logins = Omit<z.infer<typeof loginsSchema>, 'v'>;

const NONE: Logins = { current: null, servers: {} };

/** `$XDG_CONFIG_HOME/nats-fs-sync/logins.json`; a relative one counts as none, as the XDG specification has it. */
export function loginsFile(env: Env): string {
  const given = env.XDG_CONFIG_HOME;
  const base = given !== undefined && isAbsolute(given) ? given : join(env.HOME || homedir(), '.config');
  return join(base, 'nats-fs-sync', 'logins.json');
}

/** @throws SettingsError  the file cannot be used as it is */
export function readLogins(env: Env): Logins {
  const file = loginsFile(env);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return NONE;
    throw new SettingsError(`${file}, which keeps your logins, cannot be read (${code})`, { cause });
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new SettingsError(`${file} has tokens, and others may read it: chmod 600 ${file}`);
  }
  try {
    const { v: _, ...logins } = loginsSchema.parse(JSON.parse(text));
    return logins;
  } catch (cause) {
    throw new SettingsError(`${file}, which keeps your logins, is damaged: remove it and log in again`, { cause });
  }
}

/** Whole at every moment. @throws SettingsError  it cannot be written */
export function writeLogins(env: Env, logins: Logins): void {
  const file = loginsFile(env);
  const draft = `${file}.${process.pid}.new`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    rmSync(draft, { force: true });
    writeFileSync(draft, `${JSON.stringify({ v: 1, ...logins }, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new SettingsError(`the login cannot be kept in ${file} (${code}): set FS_URL and FS_TOKEN instead`, {
      cause,
    });
  }
}
