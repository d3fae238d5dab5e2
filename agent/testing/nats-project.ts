// A project on a real nats-server, in a tenant of its own, with nobody at work on it yet: what tests begin with whose agents and
// commands are processes of their own.
import { createProject } from '../../core/commit/project.ts';
import type { Tenant } from '../../core/model/ids.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { nodesBucket } from '../../core/store/nats-names.ts';
import { type NatsProcess, natsProcess } from '../../core/testing/nats-process.ts';
import { type NatsRig, startNatsRig } from '../../core/testing/nats-rig.ts';
import { PROJECT } from './fleet.ts';

export interface NatsProject {
  readonly rig: NatsRig;
  readonly tenant: Tenant;
  /** what a test does beside the agents */
  readonly io: NatsProcess;
  /** records of the nodes */
  readonly nodes: KeyValue;
  /** Ends the server too. */
  close(): Promise<void>;
}

export async function openNatsProject(): Promise<NatsProject> {
  const rig = await startNatsRig();
  const tenant = rig.freshTenant();
  const io = await natsProcess(rig, tenant);
  await createProject(io, PROJECT, { kind: 'system', id: 'test' });
  return {
    rig,
    tenant,
    io,
    nodes: natsKeyValue(io.link, nodesBucket(tenant)),
    async close() {
      await io.link.close();
      await rig.close();
    },
  };
}
