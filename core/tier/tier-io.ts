// What lifecycle tasks work on: both tiers, the index that records what is where, and the stream that tells of it.
import type { NodeIo } from '../manifest/tree.ts';
import type { Clock } from '../model/clock.ts';
import type { Tenant } from '../model/ids.ts';
import type { Log } from '../model/log.ts';
import type { ColdStore } from '../store/cold-store.ts';
import type { EventLog } from '../store/event-log.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { ObjectStore } from '../store/object-store.ts';

export interface TierIo {
  readonly tenant: Tenant;
  readonly hot: ObjectStore;
  readonly cold: ColdStore;
  readonly nodes: NodeIo;
  readonly index: KeyValue;
  readonly events: Pick<EventLog, 'publish'>;
  readonly clock: Clock;
  readonly log: Log;
}
