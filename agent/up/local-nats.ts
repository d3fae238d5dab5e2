// The nats-server that `fs-sync up` brings where none is named. One that dies is started again at the same port, as is the
// next fleet's where that port is free: agents that were started beside `up` know NATS by its address, and so find it
// again. Commands that start meanwhile find it by the file in the data directory.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  findNatsServer,
  NatsServerStartError,
  type RunningNatsServer,
  startNatsServer,
} from '../../core/embedded/nats-server.ts';
import { systemClock } from '../../core/model/clock.ts';
import { natsFile, removeNatsFile, writeNatsFile } from '../../core/settings/nats-file.ts';
import type { WhichNats } from '../../core/settings/which-nats.ts';
import { keptSecret } from './secrets.ts';

const NATS_USER = 'fs-sync';
const RESTART_MIN_MS = 500;
const RESTART_MAX_MS = 10_000;

export class LocalNats {
  readonly #dataDir: string;
  readonly #storeDir: string;
  readonly #logFile: string;
  readonly #say: (line: string) => void;
  #running: RunningNatsServer | undefined;
  #stopping = false;

  /** @param say  one line for the person at the terminal */
  constructor(dataDir: string, say: (line: string) => void) {
    this.#dataDir = dataDir;
    this.#storeDir = join(dataDir, 'nats');
    this.#logFile = join(dataDir, 'logs', 'nats-server.log');
    this.#say = say;
  }

  /** @throws NatsServerMissingError, NatsServerStartError */
  async start(): Promise<WhichNats> {
    const file = join(this.#storeDir, 'port');
    const last = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
    const running = await this.#startAtLast(last > 0 && last < 65_536 ? last : undefined);
    if (running.port !== last) await writeFile(file, `${running.port}\n`);
    this.#keep(running);
    return { servers: running.url, nextStep: `its log is ${this.#logFile}` };
  }

  /** From here on no command starts to use it; those that do go on. */
  forget(): void {
    this.#stopping = true;
    // What another fleet wrote is not taken away by one that did not start.
    if (this.#running) removeNatsFile(this.#dataDir);
  }

  async stop(): Promise<void> {
    this.forget();
    await this.#running?.stop();
  }

  async #startAtLast(port: number | undefined): Promise<RunningNatsServer> {
    try {
      return await this.#start(port);
    } catch (error) {
      const isTaken = error instanceof NatsServerStartError && error.fault === 'port-taken';
      if (!isTaken || port === undefined) throw error;
      return this.#start(undefined);
    }
  }

  async #start(port: number | undefined): Promise<RunningNatsServer> {
    const { path: binary } = await findNatsServer();
    const password = await keptSecret(join(this.#storeDir, 'password'));
    this.#running = await startNatsServer({
      binary,
      storeDir: this.#storeDir,
      auth: { user: NATS_USER, password },
      logFile: this.#logFile,
      ...(port !== undefined && { port }),
    });
    return this.#running;
  }

  #keep(running: RunningNatsServer): void {
    this.#tell(running);
    void running.exited.then(async ({ code, signal }) => {
      for (let delayMs = RESTART_MIN_MS; !this.#stopping; delayMs = Math.min(RESTART_MAX_MS, delayMs * 2)) {
        this.#say(`nats-server ended (${signal ?? `code ${code}`}); starting it again in ${delayMs / 1000} s`);
        await systemClock.sleep(delayMs);
        if (this.#stopping) return;
        try {
          return this.#keep(await this.#start(running.port));
        } catch (error) {
          this.#say(error instanceof Error ? error.message : String(error));
        }
      }
    });
  }

  #tell(running: RunningNatsServer): void {
    if (this.#stopping) return;
    try {
      writeNatsFile(this.#dataDir, running);
    } catch (error) {
      this.#say(`Other commands do not find this NATS: ${natsFile(this.#dataDir)} could not be written (${error})`);
    }
  }
}
