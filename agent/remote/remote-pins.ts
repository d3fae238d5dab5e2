// `fs-sync pin` and `unpin` for people who reach a server and no NATS: the same words, the same results.
import { pinsSchema } from '../../core/api/project.ts';
import { parseProjectName } from '../../core/model/ids.ts';
import type { Env } from '../../core/settings/env.ts';
import { parsePart } from '../job/job-settings.ts';
import { type PinHow, pinText } from '../lifecycle/pin-command.ts';
import { ApiClient } from './api-client.ts';
import { lookAt } from './remote-tree.ts';
import { type ServerArgs, whichServer } from './which-server.ts';

/** @param path  a file, or a directory with all below it; undefined: the whole project
 *  @returns what to print
 *  @throws InvalidValueError, SettingsError, and what `ApiClient.json` throws */
export async function remotePin(
  how: PinHow,
  name: string,
  path: string | undefined,
  args: ServerArgs & { readonly json?: boolean },
  env: Env = process.env,
): Promise<string> {
  const project = parseProjectName(name);
  const at = path === undefined ? '' : parsePart(path);
  const client = new ApiClient(whichServer(args, env));
  const before = await client.json(pinsSchema, 'GET', `/projects/${project}/pins`);
  const wasPinned = before.items.some((pin) => pin.path === at);
  if (how === 'unpin' && !wasPinned) return pinText('not-pinned', project, at, true);
  await client.json(pinsSchema, 'POST', `/projects/${project}/${how}`, { json: { paths: [at] } });
  if (args.json) return JSON.stringify({ project, path: at, pinned: how === 'pin' });
  if (how === 'unpin') return pinText('unpinned', project, at, true);
  if (wasPinned) return pinText('pinned-before', project, at, true);
  return pinText('pinned', project, at, (await lookAt(client, project, at)) !== undefined);
}
