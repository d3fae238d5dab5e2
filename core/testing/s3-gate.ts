// A door in front of an S3 server: closed, it is what a client sees of a server that is down, and the other tests still
// have theirs.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface S3Gate {
  readonly endpoint: string;
  /** Cuts every connection and refuses new ones. */
  close(): Promise<void>;
  open(): Promise<void>;
}

export async function s3Gate(endpoint: string): Promise<S3Gate> {
  const { hostname, port } = new URL(endpoint);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket, peer: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      peer.destroy();
    });
  };
  const listen = async (at: number): Promise<Server> => {
    const server = createServer((near) => {
      const far = connect(Number(port), hostname);
      keep(near, far);
      keep(far, near);
      near.pipe(far);
      far.pipe(near);
    });
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server: Server | undefined = await listen(0);
  const address = server.address();
  const ownPort = typeof address === 'object' && address ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${ownPort}`,
    async close() {
      const closing = server;
      server = undefined;
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => (closing ? closing.close(resolve) : resolve(undefined)));
    },
    async open() {
      server ??= await listen(ownPort);
    },
  };
}
