// A connection to NATS whose questions about objects pass by the test first: to be counted, held back, or robbed of their
// answers.
import type { Asker, NatsLink } from '../store/nats-connect.ts';

/** @param watch  makes of what asks for objects what the test wants */
export function watchedLink(link: NatsLink, watch: (asker: Asker) => Asker): NatsLink {
  return Object.create(link, { forObjects: { value: async () => watch(await link.forObjects()) } }) as NatsLink;
}

/** How many chunks of an object a question asks for. */
export function chunksAsked(subject: string, payload: Uint8Array | string | undefined): number {
  if (typeof payload !== 'string' || !subject.startsWith('$JS.API.DIRECT.GET.')) return 0;
  const { batch } = JSON.parse(payload) as { batch?: number };
  return batch ?? 1;
}
