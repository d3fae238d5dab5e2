// What `fs-sync run` and `fs-sync checkout` need: a project, and where NATS is. No node, no configuration, no state.
import { resolve } from 'node:path';
import { InvalidValueError, type ProjectName, parseProjectName, quote } from '../../core/model/ids.ts';
import { parseRelPath, type RelPath } from '../../core/model/rel-path.ts';
import { commonEnv, type Env, natsEnv, readEnv } from '../../core/settings/env.ts';
import { whichNats } from '../../core/settings/which-nats.ts';

export interface ProjectArgs {
  readonly project: string;
  readonly prefix?: string;
}

export interface JobSettings extends ReturnType<typeof readConnectSettings> {
  readonly project: ProjectName;
  readonly prefix: RelPath | undefined;
}

/** @throws SettingsError, InvalidValueError */
export function readJobSettings(args: ProjectArgs, env: Env): JobSettings {
  return {
    ...readConnectSettings(env),
    project: parseProjectName(args.project),
    prefix: args.prefix === undefined ? undefined : parsePart(args.prefix),
  };
}

/** A part of a project as a person names it: a shell completes a directory with a slash at its end.
 *  @throws InvalidValueError */
export function parsePart(text: string): RelPath {
  const part = text.replace(/\/+$/, '');
  if (part === '') {
    throw new InvalidValueError(`${quote(text)} names the whole project: name a file or a directory in it`);
  }
  return parseRelPath(part);
}

/** @throws SettingsError */
export function readConnectSettings(env: Env) {
  const settings = readEnv({ ...commonEnv, ...natsEnv }, env);
  return {
    tenant: settings.FS_TENANT,
    nats: whichNats(settings),
    dataDir: resolve(settings.FS_DATA_DIR),
    logLevel: settings.LOG_LEVEL,
  };
}
export type ConnectSettings = ReturnType<typeof readConnectSettings>;
