// A nats-server and a connection to it for the tests of a file or of a `describe`. What differs between versions is tested on
// two: the oldest that is supported and the newest that the machine can get; titles say which. `npm test` gets both, and
// counts what only one of them ran.
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { findNatsServer, type NatsBinary, NatsServerMissingError } from '../embedded/nats-server.ts';
import { assert } from '../model/assert.ts';
import { silentLog } from '../model/log.ts';
import { connectNats, type NatsLink } from '../store/nats-connect.ts';
import { type NatsRig, type NatsRigOptions, startNatsRig } from './nats-rig.ts';

/** Not to be destructured: both are there only while tests run. */
export interface NatsInUse {
  readonly rig: NatsRig;
  /** Connected again before the next test, whatever one did to the server. */
  readonly link: NatsLink;
}

/** One server, from before the first test of where this is called until after the last. */
export function useNats(options?: NatsRigOptions): NatsInUse {
  let inUse: { readonly rig: NatsRig; readonly link: NatsLink } | undefined;
  const current = () => {
    assert(inUse, 'the server runs only while tests do');
    return inUse;
  };
  beforeAll(async () => {
    const rig = await startNatsRig(options);
    inUse = { rig, link: await connectNats({ servers: rig.url, name: 'test', log: silentLog }) };
  });
  afterEach(() => current().link.untilConnected());
  afterAll(async () => {
    await inUse?.link.close();
    await inUse?.rig.close();
  });
  return {
    get rig() {
      return current().rig;
    },
    get link() {
      return current().link;
    },
  };
}

/** The same tests on the oldest and on the newest nats-server. */
export async function onEachNatsServer(define: (nats: NatsInUse) => void): Promise<void> {
  for (const { path, version } of await natsServers()) {
    describe(`nats-server ${version}`, () => define(useNats({ binary: path })));
  }
}

async function natsServers(): Promise<readonly NatsBinary[]> {
  const oldest = await findNatsServer();
  const newest = await newestNatsServer();
  return newest && newest.version !== oldest.version ? [oldest, newest] : [oldest];
}

/** What `npm test` names, or what it fetched before. */
async function newestNatsServer(): Promise<NatsBinary | undefined> {
  const named = process.env.FS_NATS_SERVER_NEWEST;
  if (named) return findNatsServer({ FS_NATS_SERVER: named });
  try {
    const fetched = join(import.meta.dirname, '../../.cache/nats-server/sid/nats-server');
    return await findNatsServer({ FS_NATS_SERVER: fetched });
  } catch (error) {
    if (error instanceof NatsServerMissingError) return undefined;
    throw error;
  }
}
