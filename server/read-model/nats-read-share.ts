// Reads told among servers as plain NATS messages, `fs.reads.<tenant>`. A lost one costs some precision.
import { z } from 'zod';
import { type Sha, shaSchema, type Tenant } from '../../core/model/ids.ts';
import type { Log } from '../../core/model/log.ts';
import type { NatsLink } from '../../core/store/nats-connect.ts';
import type { ReadShare } from './last-reads.ts';

/** Pairs of a sha and when it was read, milliseconds since 1970. */
const messageSchema = z.strictObject({ v: z.literal(1), reads: z.array(z.tuple([shaSchema, z.int().min(0)])) });

/** Some 400 KiB a message. */
const READS_A_MESSAGE = 5_000;

export function natsReadShare(link: NatsLink, tenant: Tenant, log: Log): ReadShare {
  const subject = `fs.reads.${tenant}`;
  return {
    tell(reads) {
      const all = [...reads];
      for (let at = 0; at < all.length; at += READS_A_MESSAGE) {
        const message = { v: 1, reads: all.slice(at, at + READS_A_MESSAGE) };
        link.connection.publish(subject, JSON.stringify(message));
      }
    },
    async follow(heard, signal) {
      const messages = link.connection.subscribe(subject);
      signal.addEventListener('abort', () => messages.unsubscribe(), { once: true });
      for await (const { data } of messages) {
        const reads = parsed(data);
        if (reads) heard(new Map(reads));
        else log.debug({}, 'what another server told of reads is not understood');
      }
    },
  };
}

function parsed(data: Uint8Array): [Sha, number][] | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(Buffer.from(data).toString('utf8'))).data?.reads;
  } catch {
    return undefined;
  }
}
