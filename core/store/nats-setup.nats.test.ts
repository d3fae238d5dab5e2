// What a tenant consists of in NATS: made once, the same for all who set it up at once, and left as an operator changed it.
// On two versions, because the servers' defaults for streams differ.
import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { Objm } from '@nats-io/obj';
import { expect, test } from 'vitest';
import { shaOf } from '../model/ids.ts';
import { onEachNatsServer } from '../testing/use-nats.ts';
import { publish } from './nats-js-api.ts';
import { auditStream, eventStream, indexBucket, nodesBucket, objectBucket } from './nats-names.ts';
import { natsObjectStore } from './nats-object-store.ts';
import { ensureTenant, tenantLayout } from './nats-setup.ts';
import { readObject } from './object-store.ts';
import { StoreUnavailableError } from './store-errors.ts';

await onEachNatsServer((nats) => {
  const streams = async () => (await jetstreamManager(nats.link.connection)).streams;

  test('a new tenant has its buckets and streams, and stock clients open them', async () => {
    const tenant = nats.rig.freshTenant();
    expect(await ensureTenant(nats.link, tenant, { shards: 3 })).toEqual({ shards: 3 });
    const names = [];
    for await (const name of await (await streams()).names()) if (name.endsWith(`_${tenant}`)) names.push(name);
    expect(names.sort()).toEqual(
      [
        `FS_AUDIT_${tenant}`,
        `FS_EVENTS_${tenant}`,
        `KV_fs_answers_${tenant}`,
        `KV_fs_index_${tenant}`,
        `KV_fs_jobs_${tenant}`,
        `KV_fs_shares_${tenant}`,
        `KV_fs_tokens_${tenant}`,
        `KV_fs_nodes_${tenant}`,
        `KV_fs_webhooks_${tenant}`,
      ].sort(),
    );
    for (const shard of [0, 1, 2]) {
      const bucket = await new Objm(nats.link.connection).open(objectBucket(tenant, shard));
      expect((await bucket.status()).size).toBe(0);
    }
    const index = await new Kvm(nats.link.connection).open(indexBucket(tenant));
    expect((await index.status()).history).toBe(8);
    const nodes = await new Kvm(nats.link.connection).open(nodesBucket(tenant));
    expect((await nodes.status()).history).toBe(1);
  });

  test('setting up twice changes nothing, and the number of shards is the first one', async () => {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 2 });
    await publish(nats.link, `fs.events.${tenant}._.Test`, 'kept');
    expect(await ensureTenant(nats.link, tenant, { shards: 5 })).toEqual({ shards: 2 });
    expect(await tenantLayout(nats.link, tenant)).toEqual({ shards: 2 });
    expect((await (await streams()).info(eventStream(tenant))).state.messages).toBe(1);
  });

  test('several who set up at once agree on the number of shards', async () => {
    const tenant = nats.rig.freshTenant();
    const layouts = await Promise.all([1, 2, 3, 4].map((shards) => ensureTenant(nats.link, tenant, { shards })));
    expect(new Set(layouts.map(({ shards }) => shards)).size).toBe(1);
  });

  test('what an operator changed stays, and only what the adapters need is switched on', async () => {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 1 });
    const name = eventStream(tenant);
    const { config } = await (await streams()).info(name);
    await (await streams()).update(name, { ...config, max_age: 3_600_000_000_000, allow_direct: false });
    await ensureTenant(nats.link, tenant);
    const after = (await (await streams()).info(name)).config;
    expect(after.max_age).toBe(3_600_000_000_000);
    expect(after.allow_direct).toBe(true);
  });

  test('compression that is set is brought to buckets that are there, with their objects; unset, it stays as it is', async () => {
    const tenant = nats.rig.freshTenant();
    const shardsAre = async () => {
      const configs = await Promise.all(
        [0, 1].map(async (n) => (await streams()).info(`OBJ_fs_objects_${tenant}_${n}`)),
      );
      return configs.map(({ config }) => config.compression);
    };
    await ensureTenant(nats.link, tenant, { shards: 2 });
    expect(await shardsAre()).toEqual(['none', 'none']);
    const objects = natsObjectStore(nats.link, tenant, { shards: 2 });
    const putText = async (text: string) => {
      await objects.put(shaOf(text), text.length, Buffer.from(text));
      return text;
    };
    const texts = [await putText('before '.repeat(10_000))];
    await ensureTenant(nats.link, tenant, { compression: 's2' });
    expect(await shardsAre()).toEqual(['s2', 's2']);
    texts.push(await putText('after '.repeat(300_000)));
    // What a stream counts, and so its limit, is what was published.
    const infos = await Promise.all([0, 1].map(async (n) => (await streams()).info(`OBJ_fs_objects_${tenant}_${n}`)));
    expect(infos.reduce((total, { state }) => total + state.bytes, 0)).toBeGreaterThan(1_800_000);
    await ensureTenant(nats.link, tenant);
    expect(await shardsAre()).toEqual(['s2', 's2']);
    await ensureTenant(nats.link, tenant, { compression: 'none' });
    expect(await shardsAre()).toEqual(['none', 'none']);
    for (const text of texts) {
      expect(Buffer.from(await readObject(objects, shaOf(text))).toString()).toBe(text);
    }
  });

  test('answers that are kept have a bound, in a bucket that was made without one too', async () => {
    const tenant = nats.rig.freshTenant();
    const name = `KV_fs_answers_${tenant}`;
    const bound = async () => {
      const { max_msgs, discard } = (await (await streams()).info(name)).config;
      return { max_msgs, discard };
    };
    await ensureTenant(nats.link, tenant, { shards: 1 });
    expect(await bound()).toEqual({ max_msgs: 1_000_000, discard: 'old' });
    const { config } = await (await streams()).info(name);
    await (await streams()).update(name, { ...config, max_msgs: -1, discard: 'new' });
    await ensureTenant(nats.link, tenant);
    expect(await bound()).toEqual({ max_msgs: 1_000_000, discard: 'old' });
  });

  test('the audit stream refuses to forget', async () => {
    const tenant = nats.rig.freshTenant();
    await ensureTenant(nats.link, tenant, { shards: 1 });
    const { seq } = await publish(nats.link, `fs.audit.${tenant}.entry`, 'evidence');
    await expect((await streams()).deleteMessage(auditStream(tenant), seq)).rejects.toThrow();
    await expect((await streams()).purge(auditStream(tenant))).rejects.toThrow();
  });

  test('a tenant that was never set up is named as such', async () => {
    await expect(tenantLayout(nats.link, nats.rig.freshTenant())).rejects.toThrow(StoreUnavailableError);
    await expect(tenantLayout(nats.link, nats.rig.freshTenant())).rejects.toThrow(/start the server once/);
  });
});
