// The socket on which the agent answers programs of its own node: for its user only (0600), made under another name and
// renamed into place, so that it is never there with other rights, and what a killed agent left is replaced in one step.
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { isDiskError } from '../disk/disk-error.ts';

/** The kernel's limit for the path of a socket, without the zero at its end. Longer ones are cut silently. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** The socket cannot be had; the message says what to change. */
export class AgentSocketError extends Error {
  override name = 'AgentSocketError';
}

export interface AgentSocket {
  readonly path: string;
  /** Ends all connections, and removes the socket unless another agent has put its own there. */
  close(): Promise<void>;
}

/** @throws AgentSocketError, errors of the disk */
export async function openAgentSocket(path: string, listener: RequestListener): Promise<AgentSocket> {
  const dir = dirname(path);
  const tooLong = Math.max(Buffer.byteLength(path), Buffer.byteLength(join(dir, '.sXXXXXX/s'))) - MAX_PATH_BYTES;
  if (tooLong > 0) {
    throw new AgentSocketError(
      `the path of the agent's socket is ${tooLong} bytes too long (${path}): set FS_AGENT_SOCKET to a shorter one, for the agent and for those who ask it`,
    );
  }
  mkdirSync(dir, { recursive: true });
  await requireFree(path);
  const server = createServer(listener);
  const staging = mkdtempSync(join(dir, '.s'));
  try {
    const staged = join(staging, 's');
    await listening(server, staged);
    chmodSync(staged, 0o600);
    renameSync(staged, path);
  } catch (error) {
    server.close();
    throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  const own = lstatSync(path, { bigint: true });
  return {
    path,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      if (there?.ino === own.ino && there.dev === own.dev) rmSync(path, { force: true });
    },
  };
}

async function requireFree(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (!there) return;
  if (!there.isSocket()) {
    throw new AgentSocketError(`${path} is in the way of the agent's socket and is none: move it away`);
  }
  if (await answers(path)) {
    throw new AgentSocketError(`another agent answers at ${path}: stop it, or give this one a node id of its own`);
  }
}

/** Whether someone listens. A socket that may not be asked belongs to someone else, and counts as in use. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => resolve(!isDiskError(error, 'ECONNREFUSED', 'ENOENT')));
  });
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
