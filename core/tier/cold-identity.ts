// Which cold storage this is. It carries a random id, and the index remembers the id that its records speak of: so a mistyped
// bucket, an empty mount or other settings are noticed, and no record of another cold storage is taken for a proof (I3).
// The index decides which id a new one gets, because its compare-and-swap has one winner among servers that start at once.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { COLD_KEY } from '../model/index-keys.ts';
import type { ColdStore } from '../store/cold-store.ts';
import type { KeyValue } from '../store/key-value.ts';

export const IDENTITY_KEY = 'identity.json';

export interface ColdIdentityIo {
  readonly cold: Pick<ColdStore, 'getDocument' | 'putDocument'>;
  readonly index: Pick<KeyValue, 'get' | 'compareAndSet'>;
  /** where the settings have this cold storage, in words for people */
  readonly place: string;
}

export type ColdStanding =
  /** @param adoptedAt  when a person made it this one, where it was another; milliseconds since 1970 */
  | { readonly kind: 'own'; readonly id: string; readonly adoptedAt?: number }
  /** The records speak of no cold storage yet: `takeCold` makes it this one. */
  | { readonly kind: 'unknown' }
  /** @param found  whether another identity lies here, or none */
  | { readonly kind: 'strange'; readonly known: KnownCold; readonly found: 'another' | 'none' };

/** This is not the cold storage that the records speak of. Only a person can say which is right. */
export class StrangeColdError extends Error {
  override name = 'StrangeColdError';
}

const identitySchema = z.object({ v: z.literal(1), id: z.uuid() });
const knownSchema = z.object({
  v: z.literal(1),
  id: z.uuid(),
  place: z.string(),
  /** milliseconds since 1970; absent: it was never another one */
  adopted_at: z.number().int().optional(),
  /** the id was given, and does not lie in cold for certain yet */
  pending: z.literal(true).optional(),
});
export type KnownCold = z.infer<typeof knownSchema>;

/** Changes nothing. @throws StoreUnavailableError and the like: unknown is not strange */
export async function coldStanding(io: ColdIdentityIo): Promise<ColdStanding> {
  const { known } = await readKnown(io);
  if (!known || known.pending) return { kind: 'unknown' };
  const here = await readIdentity(io);
  if (here === known.id) return { kind: 'own', id: here, ...(known.adopted_at && { adoptedAt: known.adopted_at }) };
  return { kind: 'strange', known, found: here === undefined ? 'none' : 'another' };
}

/** Makes this the cold storage that the records speak of, where they speak of none or of `instead`. Every step can be repeated.
 *  @returns how it stands then: another server may have taken another one meanwhile */
export async function takeCold(
  io: ColdIdentityIo,
  instead?: { readonly known: KnownCold; readonly adoptedAt: number },
): Promise<ColdStanding> {
  const { known, revision } = await readKnown(io);
  if (known && !known.pending && known.id !== instead?.known.id) return coldStanding(io);
  const here = await readIdentity(io);
  const adoptedAt = instead?.adoptedAt ?? known?.adopted_at;
  const told = { v: 1 as const, place: io.place, ...(adoptedAt && { adopted_at: adoptedAt }) };
  if (here === undefined && !known?.pending) {
    await writeKnown(io, { ...told, id: randomUUID(), pending: true }, revision);
    return takeCold(io);
  }
  if (here === undefined && known) {
    await io.cold.putDocument(IDENTITY_KEY, Buffer.from(JSON.stringify({ v: 1, id: known.id })));
    return takeCold(io);
  }
  if (here !== undefined) await writeKnown(io, { ...told, id: here }, revision);
  return coldStanding(io);
}

/** In words for people, with what to do. */
export function strangeCold({ known, found }: Extract<ColdStanding, { kind: 'strange' }>, place: string): string {
  const what = found === 'none' ? 'has no identity' : 'is another one';
  return (
    `This is not the cold storage that the records speak of: they speak of ${known.place}, and ${place} ${what}. ` +
    'Nothing is archived, evicted or called safe in cold meanwhile. Start the server with the settings that it had before ' +
    '(or mount what is not mounted), or run npx fs-sync cold adopt with the server’s settings to archive everything here anew'
  );
}

async function readKnown({ index }: ColdIdentityIo): Promise<{ known: KnownCold | undefined; revision: number }> {
  const entry = await index.get(COLD_KEY, { newest: true });
  if (!entry) return { known: undefined, revision: 0 };
  const known = knownSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8')));
  return { known, revision: entry.revision };
}

/** Who loses the swap goes on from what the winner wrote. */
async function writeKnown({ index }: ColdIdentityIo, known: KnownCold, revision: number): Promise<void> {
  await index.compareAndSet(COLD_KEY, Buffer.from(JSON.stringify(known)), revision);
}

async function readIdentity({ cold }: ColdIdentityIo): Promise<string | undefined> {
  const bytes = await cold.getDocument(IDENTITY_KEY);
  return bytes && identitySchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8'))).id;
}
