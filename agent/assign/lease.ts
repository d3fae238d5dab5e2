// One agent a node. Whoever writes `<node>.status` is the node; each heartbeat is a compare-and-swap, so that a second agent
// with the same id cannot write beside the first without one of them noticing. A newcomer that finds another instance
// alive waits, and takes over when that one has left or was silent for long enough. Silence is what this agent saw itself:
// the clocks of two machines need not agree.
import type { Clock } from '../../core/model/clock.ts';
import type { NodeId } from '../../core/model/ids.ts';
import { nodeStatusKey } from '../../core/model/index-keys.ts';
import type { Log } from '../../core/model/log.ts';
import { NODE_OFFLINE_AFTER_MS, type NodeStatus, nodeStatusSchema } from '../../core/model/node-status.ts';
import type { KeyValue, KvEntry } from '../../core/store/key-value.ts';

export interface LeaseOptions {
  readonly nodes: Pick<KeyValue, 'get' | 'compareAndSet'>;
  readonly node: NodeId;
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Another one lives: says so once, with what a person may do. */
  readonly waits: (sentence: string) => void;
}

/** How often a waiting agent looks. */
const LOOK_EVERY_MS = 1_000;
/** A status this much older than its time allows was written by a node that is gone, however wrong its clock is. */
const CLOCKS_DIFFER_MS = 60_000;

export class Lease {
  readonly #options: LeaseOptions;
  #revision = 0;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** Waits until no other agent is this node, and then is it.
   *  @returns false when the signal aborted first */
  async acquire(status: () => NodeStatus, signal: AbortSignal): Promise<boolean> {
    const { clock, log, node } = this.#options;
    let seen: { readonly revision: number; silentMs: number } | undefined;
    let said = false;
    let isFirstLook = true;
    while (!signal.aborted) {
      try {
        const entry = await this.#read();
        // Counted in looks: a clock that is set forward makes nobody silent.
        if (seen && seen.revision === entry?.revision) seen.silentMs += LOOK_EVERY_MS;
        else seen = { revision: entry?.revision ?? 0, silentMs: 0 };
        const other = entry && this.#other(entry);
        const isLongGone = isFirstLook && other !== undefined && this.#isLongGone(other);
        isFirstLook = false;
        if (!other || isLongGone || seen.silentMs >= NODE_OFFLINE_AFTER_MS) {
          if (await this.#write(status(), entry?.revision ?? 0)) {
            if (said) log.warn({ node }, `${node}: the other agent is gone; this one is the node now`);
            return true;
          }
          continue;
        }
        if (!said) this.#options.waits(sentenceAbout(node, other));
        said = true;
      } catch (error) {
        // What could not be asked proves no silence.
        seen = undefined;
        log.debug({ error, node }, 'whether another agent runs as this node is unknown');
      }
      await clock.sleep(LOOK_EVERY_MS, signal).catch(() => {});
    }
    return false;
  }

  /** @returns 'lost' when another agent is the node now: this one has to stop
   *  @throws StoreUnavailableError  the next heartbeat says it again */
  async say(status: NodeStatus): Promise<'said' | 'lost'> {
    if (await this.#write(status, this.#revision)) return 'said';
    // An acknowledgement that was lost, a record that was deleted, or another agent.
    const entry = await this.#read();
    if (entry && this.#other(entry)) return 'lost';
    return (await this.#write(status, entry?.revision ?? 0)) ? 'said' : this.say(status);
  }

  #read(): Promise<KvEntry | undefined> {
    return this.#options.nodes.get(nodeStatusKey(this.#options.node));
  }

  async #write(status: NodeStatus, revision: number): Promise<boolean> {
    const { nodes, node } = this.#options;
    const bytes = Buffer.from(JSON.stringify(status));
    const outcome = await nodes.compareAndSet(nodeStatusKey(node), bytes, revision);
    if (outcome.kind === 'set') this.#revision = outcome.revision;
    return outcome.kind === 'set';
  }

  /** @returns the status of another agent that has not left */
  #other({ value }: KvEntry): NodeStatus | undefined {
    const status = parse(value);
    // One that does not say which agent it is, or cannot be read, is of an earlier version: it is written over.
    if (!status || status.left || status.instance === undefined) return undefined;
    return status.instance === this.#options.instance ? undefined : status;
  }

  #isLongGone({ ts }: NodeStatus): boolean {
    return this.#options.clock.now() - Date.parse(ts) > NODE_OFFLINE_AFTER_MS + CLOCKS_DIFFER_MS;
  }
}

function parse(value: Uint8Array): NodeStatus | undefined {
  try {
    return nodeStatusSchema.safeParse(JSON.parse(Buffer.from(value).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function sentenceAbout(node: NodeId, { host, started, ts }: NodeStatus): string {
  return (
    `Another agent runs as ${node}${host === undefined ? '' : ` on ${host}`}, started ${started}, last heard of at ${ts}. ` +
    'This one waits until that one is gone: stop one of them, or give this one another --node.'
  );
}
