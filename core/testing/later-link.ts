// A NATS whose clock is ahead: what asks the server for the time hears a later one, so that what is stored now is old.
// The sweep of orphans goes by the server's clock; with this a test needs neither to wait nor to turn a clock.
import type { NatsLink } from '../store/nats-connect.ts';

/** The same link; only the time in its answers about streams is `aheadMs` later. */
export function laterLink(link: NatsLink, aheadMs: number): NatsLink {
  const later: Pick<NatsLink, 'request'> = {
    async request(subject, payload, options) {
      const reply = await link.request(subject, payload, options);
      if (!subject.startsWith('$JS.API.STREAM.INFO.')) return reply;
      const info = JSON.parse(Buffer.from(reply.data).toString('utf8')) as { ts: string };
      const ts = new Date(Date.parse(info.ts) + aheadMs).toISOString();
      return { ...reply, data: Buffer.from(JSON.stringify({ ...info, ts })) };
    },
  };
  return Object.assign(Object.create(link) as NatsLink, later);
}
