// The first read of what is only in cold, as a server answers it: through both tiers, verified, and back in hot afterwards.
// On a real S3 server (Ceph radosgw) and a nats-server that fsyncs every message, both on this machine; one read at a time,
// each of an object that nobody has read. Beside it stands the SDK's plain GetObject of others of the same size.
import { Readable } from 'node:stream';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { assert } from '../core/model/assert.ts';
import { systemClock } from '../core/model/clock.ts';
import type { Sha } from '../core/model/ids.ts';
import { ObjectArchiver } from '../core/tier/archive-object.ts';
import { Claims } from '../core/tier/claims.ts';
import { Rehydrator } from '../core/tier/rehydrate.ts';
import { TieredReader } from '../core/tier/tiered-reader.ts';
import { hashOf, keystream } from './keystream.ts';
import { type RealTiers, withRealTiers } from './real-tiers.ts';
import { percentile, type Report, rounded } from './row.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

const SIZES = [
  { of: '4 KiB', sizeBytes: 4 * KIB, reads: 200 },
  { of: '1 MiB', sizeBytes: MIB, reads: 100 },
  { of: '64 MiB', sizeBytes: 64 * MIB, reads: 12 },
] as const;

/** Each is milliseconds from the question. */
interface Read {
  readonly firstByteMs: number;
  readonly lastByteMs: number;
  readonly isRight: boolean;
}

export const run = (report: Report): Promise<void> =>
  withRealTiers(async ({ tiers, jobs, s3 }) => {
    const claims = new Claims(jobs, 'bench', systemClock);
    const rehydrator = new Rehydrator(tiers, claims);
    const { signal } = new AbortController();
    const reader = new TieredReader(tiers, rehydrator, signal);
    const archiver = new ObjectArchiver(tiers, claims);
    let seed = 0;

    for (const { of, sizeBytes, reads } of SIZES) {
      const makeCold = async (): Promise<Sha> => {
        const bytes = keystream(++seed, sizeBytes);
        const sha = await hashOf(bytes());
        await tiers.hot.put(sha, sizeBytes, bytes);
        await archiver.archive({ sha, sizeBytes }, signal);
        await tiers.hot.delete(sha);
        return sha;
      };
      const ours: Read[] = [];
      const plain: Read[] = [];
      for (let i = 0; i < reads + 1; i++) {
        const [one, other] = [await makeCold(), await makeCold()];
        const first = await timed(one, async () => (await reader.read(one)).bytes);
        // A large one fills hot behind its reader; the next read is to have the machine for itself.
        await rehydrator.rehydrate(one, undefined, signal);
        const isBack = (await hashOf((await tiers.hot.get(one)).bytes)) === one;
        const alone = await timed(other, () => plainGet(s3, `${tiers.tenant}/objects/${other}`));
        // The first of each size warms what a server has warm.
        if (i === 0) continue;
        ours.push({ ...first, isRight: first.isRight && isBack });
        plain.push(alone);
      }
      const rows = (what: string, value: (read: Read) => number) => {
        for (const [name, share] of [['p50', 0.5] as const, ['p99', 0.99] as const]) {
          const mine = percentile(ours.map(value), share);
          const theirs = percentile(plain.map(value), share);
          report({
            bench: 'rehydrate',
            case: `first read of a cold object of ${of} · ${what} ${name}`,
            value: rounded(mine),
            unit: 'ms',
            better: 'lower',
            peer: 'plain GetObject',
            peerValue: rounded(theirs),
            ratio: rounded(theirs / mine),
            ok: [...ours, ...plain].every(({ isRight }) => isRight),
          });
        }
      };
      if (sizeBytes > MIB) rows('first byte', ({ firstByteMs }) => firstByteMs);
      rows('last byte', ({ lastByteMs }) => lastByteMs);
    }
  });

async function plainGet({ client, bucket }: RealTiers['s3'], key: string): Promise<AsyncIterable<Uint8Array>> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  assert(Body instanceof Readable, 'the SDK gives a stream in Node');
  return Body;
}

/** Both are hashed as they come, so that both pay for it. */
async function timed(sha: Sha, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<Read> {
  const startedAt = performance.now();
  let firstByteMs: number | undefined;
  const bytes = await open();
  const noting = async function* () {
    for await (const part of bytes) {
      firstByteMs ??= performance.now() - startedAt;
      yield part;
    }
  };
  const isRight = (await hashOf(noting())) === sha;
  const lastByteMs = performance.now() - startedAt;
  return { firstByteMs: firstByteMs ?? lastByteMs, lastByteMs, isRight };
}
