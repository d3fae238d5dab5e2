// Follows `<node>.desired`. The newest record always arrives, also after NATS was away. A record that cannot be read changes
// nothing and is said to be so; a record that is gone asks for nothing, so that it removes nothing either.
import type { Clock } from '../../core/model/clock.ts';
import type { NodeId } from '../../core/model/ids.ts';
import { nodeDesiredKey } from '../../core/model/index-keys.ts';
import type { Log } from '../../core/model/log.ts';
import { decodeDesired, type NodeDesired } from '../../core/model/node-desired.ts';
import type { KeyValue, KvChange } from '../../core/store/key-value.ts';

export interface FollowIo {
  readonly nodes: Pick<KeyValue, 'watch'>;
  readonly node: NodeId;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface DesiredListener {
  desired(desired: NodeDesired): void;
  /** undefined: the record is fine */
  trouble(sentence: string | undefined): void;
}

const RETRY_MAX_MS = 10_000;

/** Runs until the signal aborts. */
export async function followDesired(io: FollowIo, listener: DesiredListener): Promise<void> {
  const { nodes, node, clock, log, signal } = io;
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      for await (const change of nodes.watch(nodeDesiredKey(node), { signal })) {
        failures = 0;
        hear(io, change, listener);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.debug({ error, node }, 'the desired record cannot be followed now');
    }
    await clock.sleep(Math.min(RETRY_MAX_MS, 100 * 2 ** failures), signal).catch(() => {});
  }
}

function hear({ node, log }: FollowIo, change: KvChange, listener: DesiredListener): void {
  if (change.kind === 'caught-up') return;
  if (change.kind === 'delete') {
    listener.trouble(undefined);
    log.info({ node }, 'the desired record was deleted; assigned workspaces go on as they are');
    return;
  }
  const decoded = decodeDesired(change.entry.value);
  if (decoded.kind === 'unreadable') {
    const sentence = `The record ${change.entry.key} is not used: ${decoded.reason}. The node goes on as before.`;
    log.warn({ node }, sentence);
    listener.trouble(sentence);
    return;
  }
  listener.trouble(undefined);
  listener.desired(decoded.desired);
}
