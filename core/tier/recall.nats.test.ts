import { expect, test } from 'vitest';
import { provenInCold } from '../commit/cold-proofs.ts';
import { fakeSha, parseProjectName, shaOf } from '../model/ids.ts';
import { silentLog } from '../model/log.ts';
import { memoryObjectStore } from '../store/memory-object-store.ts';
import { readObject } from '../store/object-store.ts';
import { ObjectAbsentError, ObjectCorruptError, StoreUnavailableError } from '../store/store-errors.ts';
import { useNats } from '../testing/use-nats.ts';
import { natsColdProofs, type Prove, serveProofs } from './nats-cold-proofs.ts';
import { natsRecall, serveRecalls } from './nats-recall.ts';
import { recallingObjects } from './recall.ts';

const nats = useNats();
const bytes = Buffer.from('only in cold');
const sha = shaOf(bytes);

function serving(bring: Parameters<typeof serveRecalls>[2]) {
  const tenant = nats.rig.freshTenant();
  const stop = new AbortController();
  const hot = memoryObjectStore();
  const options = { signal: stop.signal, log: silentLog };
  const ended = Promise.all([1, 2].map(() => serveRecalls(nats.link, tenant, bring, options)));
  const objects = recallingObjects(hot, natsRecall(nats.link, tenant));
  return {
    tenant,
    hot,
    objects,
    stop: async () => {
      stop.abort();
      await ended;
    },
  };
}

test('what is only in cold is brought back by one of the servers, and read as if it had been in hot', async () => {
  let asked = 0;
  const { hot, objects, stop } = serving(async () => {
    asked += 1;
    await hot.put(sha, bytes.length, bytes);
  });
  expect(Buffer.from(await readObject(objects, sha)).toString()).toBe('only in cold');
  expect(Buffer.from(await readObject(objects, sha)).toString()).toBe('only in cold');
  expect(asked).toBe(1);
  await stop();
});

test('what takes longer than a question may is asked for again until it is there', async () => {
  let asked = 0;
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const { hot, objects, stop } = serving(async () => {
    asked += 1;
    // The second question comes because the first was answered with "waiting".
    if (asked === 2) {
      await hot.put(sha, bytes.length, bytes);
      arrive();
    }
    await arrived;
  });
  expect(Buffer.from(await readObject(objects, sha)).toString()).toBe('only in cold');
  expect(asked).toBe(2);
  await stop();
});

test('no tier has it, its copy in cold is damaged, cold does not answer, no server runs, a question is none: each is told apart', async () => {
  const gone = serving(() => Promise.reject(new ObjectAbsentError(sha, 'cold')));
  await expect(gone.objects.get(sha)).rejects.toThrow(ObjectAbsentError);
  await gone.stop();
  const damaged = serving(() => Promise.reject(new ObjectCorruptError(sha, 'cold', 'it ends after 3 of 12 bytes')));
  await expect(damaged.objects.get(sha)).rejects.toThrow(
    new ObjectCorruptError(sha, 'cold', 'it ends after 3 of 12 bytes'),
  );
  await damaged.stop();
  const away = serving(() => Promise.reject(new StoreUnavailableError('cold', 'answers 503')));
  await expect(away.objects.get(sha)).rejects.toThrow(new StoreUnavailableError('cold', 'answers 503'));
  const reply = await nats.link.request(`fs.recall.${away.tenant}`, '{"sha":"../../etc/passwd"}');
  expect(JSON.parse(Buffer.from(reply.data).toString())).toMatchObject({ kind: 'failed' });
  await away.stop();
  const alone = recallingObjects(memoryObjectStore(), natsRecall(nats.link, nats.rig.freshTenant()));
  await expect(alone.get(fakeSha())).rejects.toThrow(/^cold storage is not available: no server that reads it answers/);
});

test('while NATS is away nobody is told to start a server: the trouble is that of hot', async () => {
  const away = new StoreUnavailableError('hot', 'NATS is away');
  const link = { ...nats.link, isConnected: false, request: () => Promise.reject(away) };
  const tenant = nats.rig.freshTenant();
  await expect(recallingObjects(memoryObjectStore(), natsRecall(link, tenant)).get(fakeSha())).rejects.toBe(away);
  const project = parseProjectName('strict');
  const object = { sha, size: bytes.length, mime: 'text/plain' };
  await expect(provenInCold(natsColdProofs(link, tenant), project, [object], undefined)).rejects.toBe(away);
  const alone = provenInCold(natsColdProofs(nats.link, tenant), project, [object], undefined);
  await expect(alone).rejects.toThrow(/waits for it, by the policy strict: no server that archives answers: start one/);
});

test('I3: who asks for a fresh proof is answered by one, also while the same is asked of the records', async () => {
  const tenant = nats.rig.freshTenant();
  const stop = new AbortController();
  const prove: Prove = async (_, objects, freshness) => {
    if (freshness === 'fresh') throw new ObjectAbsentError(objects[0]?.sha ?? sha, 'hot');
  };
  const ended = serveProofs(nats.link, tenant, prove, { signal: stop.signal, log: silentLog });
  const proofs = natsColdProofs(nats.link, tenant);
  const project = parseProjectName('demo');
  const object = { sha, size: bytes.length, mime: 'text/plain' };
  const answers = await Promise.all([
    proofs.ask(project, [object]),
    proofs.ask(project, [object], 'fresh'),
    proofs.ask(project, [object], 'record'),
  ]);
  expect(answers).toEqual([{ kind: 'proven' }, { kind: 'absent', sha }, { kind: 'proven' }]);
  stop.abort();
  await ended;
});
