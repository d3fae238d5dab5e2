// What sweeps found unreachable, kept between them among the jobs' records: an object goes only when two in a row found it.
import { z } from 'zod';
import { shaSchema } from '../model/ids.ts';
import type { KeyValue } from '../store/key-value.ts';
import type { SweepCandidate } from './sweep.ts';

export type SweptTier = 'hot' | 'cold';

const findsSchema = z.array(z.tuple([shaSchema, z.int().min(0), z.number(), z.number()]));
/** Some 100 bytes each; a record has to fit into a message. */
const PER_RECORD = 4_000;

const findsKey = (tier: SweptTier, part: number | '*'): string => `sweep.${tier}.${part}`;

export async function readFinds(records: Pick<KeyValue, 'get' | 'keys'>, tier: SweptTier): Promise<SweepCandidate[]> {
  const finds: SweepCandidate[] = [];
  for await (const key of records.keys(findsKey(tier, '*'))) {
    const entry = await records.get(key);
    const rows = entry ? findsSchema.parse(JSON.parse(Buffer.from(entry.value).toString('utf8'))) : [];
    for (const [sha, sizeBytes, touchedAt, foundAt] of rows) finds.push({ sha, sizeBytes, touchedAt, foundAt });
  }
  return finds;
}

/** A stop in between leaves fewer finds, and so a later removal. */
export async function writeFinds(
  records: Pick<KeyValue, 'put' | 'keys' | 'delete'>,
  tier: SweptTier,
  finds: readonly SweepCandidate[],
): Promise<void> {
  for await (const key of records.keys(findsKey(tier, '*'))) await records.delete(key);
  for (let at = 0; at < finds.length; at += PER_RECORD) {
    const rows = finds.slice(at, at + PER_RECORD).map((one) => [one.sha, one.sizeBytes, one.touchedAt, one.foundAt]);
    await records.put(findsKey(tier, at / PER_RECORD), Buffer.from(JSON.stringify(rows)));
  }
}
