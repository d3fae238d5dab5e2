// Who runs a command, as its commits say.
import { hostname, userInfo } from 'node:os';
import type { Actor } from '../../core/model/commit.ts';

const MOST_CHARACTERS = 200;

export const thisPerson = (): Actor => ({
  kind: 'user',
  id: `${userInfo().username}@${hostname()}`.slice(0, MOST_CHARACTERS),
});
