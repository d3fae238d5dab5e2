// Two servers and the agents' records on a real nats-server.
import { expect, test } from 'vitest';
import type { FsEvent } from '../model/event.ts';
import { fakeSha, type NodeId, parseNodeId, type Tenant } from '../model/ids.ts';
import { nodeToldKey } from '../model/index-keys.ts';
import { silentLog } from '../model/log.ts';
import { nodeStatus, sayStatus, workspaceStatus } from '../node/node-records.fakes.ts';
import { natsEventLog } from '../store/nats-event-log.ts';
import { natsKeyValue } from '../store/nats-key-value.ts';
import { nodesBucket } from '../store/nats-names.ts';
import { natsProcess } from '../testing/nats-process.ts';
import { useNats } from '../testing/use-nats.ts';
import { runNodeAnnouncer } from './announce-nodes.ts';
import { decodeTold } from './node-told.ts';

const nats = useNats();
const NODES = ['node-a', 'node-b', 'node-c'].map(parseNodeId);

async function startServer(tenant: Tenant) {
  const { link, clock } = await natsProcess(nats.rig, tenant);
  const nodes = natsKeyValue(link, nodesBucket(tenant));
  const events = natsEventLog(link, tenant);
  const stop = new AbortController();
  const running = runNodeAnnouncer({ tenant, nodes, events, clock, log: silentLog }, { signal: stop.signal });
  return {
    async stop() {
      stop.abort(new Error('the server stops'));
      await running.catch(() => {});
      await link.close();
    },
  };
}

/** @returns all that was told when `isEnough` says so first */
async function toldUntil(tenant: Tenant, isEnough: (told: readonly FsEvent[]) => boolean): Promise<FsEvent[]> {
  const told: FsEvent[] = [];
  const stop = new AbortController();
  for await (const delivery of natsEventLog(nats.link, tenant).read({ afterSeq: 0, signal: stop.signal })) {
    if (delivery.kind === 'event') told.push(delivery.event);
    if (isEnough(told)) break;
  }
  return told;
}

const kindsOf = (told: readonly FsEvent[], node: NodeId) =>
  told.filter(({ actor }) => actor.id === node).map(({ type }) => type);

test('I2: two servers at once, one of which is replaced, tell of each node once and in order', async () => {
  const tenant = nats.rig.freshTenant();
  const [first, second] = await Promise.all([startServer(tenant), startServer(tenant)]);
  const nodes = natsKeyValue(nats.link, nodesBucket(tenant));
  const holding = workspaceStatus({ base: fakeSha('base') });
  // Heartbeats until both have heard enough: what lay there before they looked does not join.
  const beat = async (workspaces: (typeof holding)[], change: { left?: boolean } = {}) => {
    for (const node of NODES) await sayStatus(nodes, nodeStatus(workspaces, { node, ...change }));
  };
  const all = (type: FsEvent['type']) => (told: readonly FsEvent[]) =>
    told.filter((event) => event.type === type).length === NODES.length;
  const joined = toldUntil(tenant, all('WorkspaceActivated'));
  let hasJoined = false;
  void joined.then(() => {
    hasJoined = true;
  });
  while (!hasJoined) await beat([holding]);
  await joined;

  await first.stop();
  await beat([]);
  await toldUntil(tenant, all('WorkspaceDeactivated'));
  const third = await startServer(tenant);
  await beat([], { left: true });
  const told = await toldUntil(tenant, all('NodeLeft'));
  for (const node of NODES) {
    expect(kindsOf(told, node)).toEqual(['NodeJoined', 'WorkspaceActivated', 'WorkspaceDeactivated', 'NodeLeft']);
  }

  await second.stop();
  await third.stop();
  for (const node of NODES) {
    const record = await nodes.get(nodeToldKey(node));
    expect(record && decodeTold(record.value)).toMatchObject({ started: null, workspaces: [] });
  }
  // Nothing came after what was read.
  expect(await toldUntil(tenant, (so) => so.length === told.length)).toEqual(told);
  const { seq } = (await natsEventLog(nats.link, tenant).last({})) ?? {};
  expect(seq).toBe(told.length);
});
