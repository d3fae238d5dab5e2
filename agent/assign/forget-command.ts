// `fs-sync forget`: a node that is gone for good leaves the list, with what it was asked to be.
import { InvalidValueError, parseNodeId } from '../../core/model/ids.ts';
import { forgetNode } from '../../core/node/forget-node.ts';
import { requireKnown } from '../../core/node/known-nodes.ts';
import type { Env } from '../../core/settings/env.ts';
import { readConnectSettings } from '../job/job-settings.ts';
import { withStores } from '../job/with-stores.ts';

export interface ForgetArgs {
  readonly node: string;
}

/** @throws SettingsError, StoreUnavailableError, InvalidValueError  there is no such node, or it lives */
export async function forgetCommand(args: ForgetArgs, env: Env = process.env): Promise<void> {
  const node = parseNodeId(args.node);
  const { kind } = await withStores(readConnectSettings(env), 'forget', async ({ nodes, onRecord }) => {
    await requireKnown(nodes, node);
    return onRecord('node.forget', { node }, () => forgetNode(nodes, node));
  });
  if (kind === 'node-lives') {
    throw new InvalidValueError(`${node} lives: stop its agent first; 15 s after its last word it can be forgotten`);
  }
  process.stdout.write(`${node} is forgotten; projects keep all files. Should its agent run again, it is back.\n`);
}
