// A receiver of webhooks for tests: a real HTTP server on a free port of this machine, which notes what it gets and answers
// as a test says.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Delivered {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly delivered: readonly Delivered[];
  /** Resolves when it has got so many. */
  until(count: number): Promise<void>;
}

/** @param respond  default: 204 */
export async function startReceiver(
  respond: (answer: ServerResponse, count: number) => unknown = (answer) => answer.writeHead(204).end(),
): Promise<Receiver> {
  const delivered: Delivered[] = [];
  const waiting = new Set<() => void>();
  const server = createServer(async (request, answer) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    delivered.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    await respond(answer, delivered.length);
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    delivered,
    until: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (delivered.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
