// Tells the event stream which nodes came and went, and which workspaces they took and gave up. Agents publish nothing: every
// server follows what the nodes say of themselves, and what was told of each lies in `<node>.told`, so that servers
// that run at once, stop in between or were away tell each thing once.
import type { Clock } from '../model/clock.ts';
import { isoTime } from '../model/clock.ts';
import { type NodeId, nodeIdSchema, type Tenant } from '../model/ids.ts';
import { nodeStatusKey, nodeToldKey } from '../model/index-keys.ts';
import type { Log } from '../model/log.ts';
import { HEARTBEAT_MS, NODE_OFFLINE_AFTER_MS, type NodeStatus } from '../model/node-status.ts';
import { decodeStatus } from '../node/read-status.ts';
import type { EventLog } from '../store/event-log.ts';
import type { KeyValue, KvChange, KvEntry } from '../store/key-value.ts';
import { NewestFirst } from './newest-first.ts';
import { decodeTold, encodeTold, type HeardOfNode, NOTHING_TOLD, type NodeTold, nextTold } from './node-told.ts';

export interface AnnounceNodesIo {
  readonly tenant: Tenant;
  readonly nodes: Pick<KeyValue, 'watch' | 'get' | 'compareAndSet'>;
  readonly events: Pick<EventLog, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs until the signal aborts. */
export async function runNodeAnnouncer(io: AnnounceNodesIo, options: { readonly signal: AbortSignal }): Promise<void> {
  const lines = new Map<NodeId, NodeLine>();
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const listening = lookForSilence(io, lines, signal);
  try {
    let hasAll = false;
    for await (const change of io.nodes.watch('*.*', { signal })) {
      if (change.kind === 'caught-up') {
        hasAll = true;
        for (const line of lines.values()) line.hasAll();
        continue;
      }
      const [name, what] = (change.kind === 'put' ? change.entry.key : change.key).split('.');
      const node = nodeIdSchema.safeParse(name).data;
      if (node === undefined || (what !== 'status' && what !== 'told')) continue;
      const line = lines.get(node) ?? new NodeLine(io, node, signal);
      lines.set(node, line);
      if (what === 'told') line.hearTold(change);
      else line.hearStatus(change, hasAll);
      if (hasAll) line.wake();
    }
  } finally {
    ending.abort();
    await listening;
  }
}

/** Counted in looks that were answered: while the store is away nobody grows silent, and clocks need not agree. */
async function lookForSilence(
  { clock, log }: AnnounceNodesIo,
  lines: ReadonlyMap<NodeId, NodeLine>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(HEARTBEAT_MS, signal).catch(() => undefined);
    for (const [node, line] of lines) {
      if (signal.aborted) return;
      await line.look().catch((error: unknown) => {
        log.debug({ node, error }, 'whether the node is silent is unknown');
      });
    }
  }
}

/** Nothing was heard of the node among what lay there. */
const UNHEARD = { kind: 'unheard' } as const;

class NodeLine {
  readonly #io: AnnounceNodesIo;
  readonly #node: NodeId;
  readonly #work: NewestFirst<HeardOfNode | typeof UNHEARD>;
  #heard: HeardOfNode | undefined;
  #told: { readonly what: NodeTold; readonly revision: number } | undefined = { what: NOTHING_TOLD, revision: 0 };
  #silentMs = 0;
  #heardSinceLook = true;

  constructor(io: AnnounceNodesIo, node: NodeId, signal: AbortSignal) {
    this.#io = io;
    this.#node = node;
    this.#work = new NewestFirst({
      clock: io.clock,
      signal,
      work: async (heard) => {
        const known = heard.kind === 'unheard' ? await this.#ask() : heard;
        if (known) await this.#tell(known);
      },
      failed(error, retryInMs) {
        io.log.warn({ node, error, retryInMs }, `events of ${node} wait: trying again in ${retryInMs / 1000} s`);
      },
    });
  }

  hearTold(change: KvChange): void {
    this.#setTold(change.kind === 'put' ? change.entry : undefined);
  }

  hearStatus(change: KvChange, isFresh: boolean): void {
    if (change.kind === 'delete') this.#heard = { kind: 'removed', ts: isoTime(this.#io.clock.now()) };
    if (change.kind === 'put') this.#hear(change.entry, isFresh);
  }

  #hear({ value, revision }: KvEntry, isFresh: boolean): void {
    const decoded = decodeStatus(value);
    // What the node said before stays.
    if (decoded.kind === 'unreadable') return;
    this.#heard = { kind: 'status', status: decoded.status, revision, isFresh };
    this.#silentMs = 0;
    this.#heardSinceLook = true;
  }

  /** All that lay there was heard. Of a node of which nothing was, the status may have been removed meanwhile; but it may
   *  also have been replaced at that moment by a newer one, which is still on its way. */
  hasAll(): void {
    this.#work.want(this.#heard ?? UNHEARD);
  }

  wake(): void {
    if (this.#heard) this.#work.want(this.#heard);
  }

  /** @returns undefined: it speaks, and the watch is about to say so
   *  @throws StoreUnavailableError  nobody knows */
  async #ask(): Promise<HeardOfNode | undefined> {
    const entry = await this.#io.nodes.get(nodeStatusKey(this.#node), { newest: true });
    if (entry || this.#heard) return undefined;
    this.#heard = { kind: 'removed', ts: isoTime(this.#io.clock.now()) };
    return this.#heard;
  }

  /** @throws StoreUnavailableError */
  async look(): Promise<void> {
    const heard = this.#heard;
    if (this.#heardSinceLook || heard?.kind !== 'status' || heard.status.left) {
      this.#heardSinceLook = false;
      return;
    }
    const entry = await this.#io.nodes.get(nodeStatusKey(this.#node));
    // It spoke meanwhile, or the watch is about to say what became of it.
    if (this.#heard !== heard || entry?.revision !== heard.revision) return;
    this.#silentMs += HEARTBEAT_MS;
    if (this.#silentMs < NODE_OFFLINE_AFTER_MS) return;
    this.#heard = silent(heard.status, heard.revision, this.#io.clock);
    this.wake();
  }

  /** Decides what is told next, then publishes it, until all that was heard is told. */
  async #tell(heard: HeardOfNode): Promise<void> {
    for (;;) {
      // Of a newer version: that one tells.
      if (!this.#told) return;
      const { what, revision } = this.#told;
      if (what.untold.length > 0) {
        await this.#io.events.publish(what.untold);
        await this.#write({ ...what, untold: [] }, revision);
        continue;
      }
      const next = nextTold(this.#io.tenant, this.#node, what, heard);
      if (!next) return;
      await this.#write(next, revision);
    }
  }

  /** Where another server was first, what it wrote counts. */
  async #write(what: NodeTold, revision: number): Promise<void> {
    const outcome = await this.#io.nodes.compareAndSet(nodeToldKey(this.#node), encodeTold(what), revision);
    if (outcome.kind === 'moved') this.#setTold(outcome.entry);
    else if (outcome.revision > (this.#told?.revision ?? 0)) this.#told = { what, revision: outcome.revision };
  }

  #setTold(entry: KvEntry | undefined): void {
    if (!entry) {
      this.#told = { what: NOTHING_TOLD, revision: 0 };
      return;
    }
    try {
      this.#told = { what: decodeTold(entry.value), revision: entry.revision };
    } catch (error) {
      this.#told = undefined;
      this.#io.log.error(
        { key: entry.key, error },
        `${entry.key} is not readable; what happens to the node is not told`,
      );
    }
  }
}

const silent = (status: NodeStatus, revision: number, clock: Clock): HeardOfNode => ({
  kind: 'silent',
  status,
  revision,
  ts: isoTime(clock.now()),
});
