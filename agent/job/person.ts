// Who runs a command, as its commits and the audit log say: only as good as who may write NATS at all.
import { hostname, userInfo } from 'node:os';
import type { Actor } from '../../core/model/commit.ts';
import { type Env, personEnv, readEnv } from '../../core/settings/env.ts';

const MOST_CHARACTERS = 200;

/** @throws SettingsError */
export const thisPerson = (env: Env = process.env): Actor => ({
  kind: 'user',
  id: readEnv(personEnv, env).FS_ACTOR ?? `${userInfo().username}@${hostname()}`.slice(0, MOST_CHARACTERS),
});
