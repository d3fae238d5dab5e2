import { expect, test } from 'vitest';
import { parseTenant } from '../model/ids.ts';
import { memoryColdStore } from '../store/memory-cold-store.ts';
import { memoryKeyValue } from '../store/memory-key-value.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { coldStanding, IDENTITY_KEY, strangeCold, takeCold } from './cold-identity.ts';

const newCold = () => memoryColdStore(parseTenant('default'));

function server(index = memoryKeyValue(), cold = newCold(), place = 'the first place') {
  return { index, cold, place };
}

test('an index without records takes the cold storage that is there, and knows it again', async () => {
  const io = server();
  expect(await coldStanding(io)).toEqual({ kind: 'unknown' });
  const taken = await takeCold(io);
  expect(taken.kind).toBe('own');
  expect(await coldStanding(io)).toEqual(taken);
  expect(await takeCold(io)).toEqual(taken);
});

test('an empty NATS takes the identity that its cold storage has', async () => {
  const io = server();
  const taken = await takeCold(io);
  expect(await takeCold({ ...io, index: memoryKeyValue() })).toEqual(taken);
});

test('I3: another cold storage, and an empty one in the place of the known one, are strange and stay so', async () => {
  const io = server();
  const taken = await takeCold(io);
  const empty = { ...io, cold: newCold(), place: 'a mistyped place' };
  const standing = await takeCold(empty);
  expect(standing).toMatchObject({ kind: 'strange', found: 'none', known: { place: 'the first place' } });
  expect(await empty.cold.getDocument(IDENTITY_KEY)).toBeUndefined();
  const other = server();
  await takeCold(other);
  expect(await takeCold({ ...io, cold: other.cold })).toMatchObject({ kind: 'strange', found: 'another' });
  expect(await coldStanding(io)).toEqual(taken);
  if (standing.kind !== 'strange') throw new Error('it is strange');
  expect(strangeCold(standing, empty.place)).toMatch(/speak of the first place, and a mistyped place has no identity/);
});

test('a cold storage that does not answer is not strange: that is unknown', async () => {
  const io = server();
  await takeCold(io);
  io.cold.setAway(true);
  await expect(coldStanding(io)).rejects.toThrow(StoreUnavailableError);
});

test('servers that start at once give a new cold storage one identity', async () => {
  const io = server();
  const taken = await Promise.all(Array.from({ length: 5 }, () => takeCold(io)));
  expect(new Set(taken.map((standing) => JSON.stringify(standing))).size).toBe(1);
  expect(taken[0]?.kind).toBe('own');
});

test('a server that was killed at any step of taking one leaves what the next one completes', async () => {
  for (const lost of ['putDocument', 'compareAndSet'] as const) {
    const io = server();
    let calls = 0;
    const dies = async (): Promise<never> => {
      throw new Error('killed');
    };
    const broken =
      lost === 'putDocument'
        ? { ...io, cold: { getDocument: io.cold.getDocument, putDocument: dies } }
        : {
            ...io,
            index: {
              get: io.index.get,
              compareAndSet: (key: string, value: Uint8Array, revision: number) =>
                ++calls === 2 ? dies() : io.index.compareAndSet(key, value, revision),
            },
          };
    await expect(takeCold(broken), lost).rejects.toThrow('killed');
    expect(await coldStanding(io), lost).toEqual({ kind: 'unknown' });
    expect((await takeCold(io)).kind, lost).toBe('own');
  }
});
