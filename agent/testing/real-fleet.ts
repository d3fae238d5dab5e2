// Agents as processes of their own on a real nats-server, for tests that kill them. Waiting is for what the agents tell
// the fleet, so that a test says what it waits for and never for how long.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isoTime } from '../../core/model/clock.ts';
import { type NodeStatus, nodeStatusSchema } from '../../core/model/node-status.ts';
import type { NatsRig } from '../../core/testing/nats-rig.ts';
import { PROJECT } from './fleet.ts';
import { type NatsProject, openNatsProject } from './nats-project.ts';
import { type Program, Programs } from './program.ts';

export class RealFleet {
  readonly #project: NatsProject;
  readonly #dir: string;
  readonly #programs: Programs;
  readonly #running = new Map<string, Program>();
  /** when each node's agent was started last */
  readonly #startedAt = new Map<string, string>();

  private constructor(project: NatsProject) {
    this.#project = project;
    this.#dir = mkdtempSync(join(tmpdir(), 'fs-real-'));
    this.#programs = new Programs(() => ({
      NATS_URL: project.rig.url,
      FS_TENANT: project.tenant,
      FS_DATA_DIR: join(this.#dir, 'data'),
    }));
  }

  /** With the project made, and no agent yet. */
  static async open(): Promise<RealFleet> {
    return new RealFleet(await openNatsProject());
  }

  get rig(): NatsRig {
    return this.#project.rig;
  }

  root(node: string): string {
    return join(this.#dir, node);
  }

  start(...nodes: readonly string[]): void {
    for (const node of nodes) {
      this.#startedAt.set(node, isoTime(Date.now()));
      const args = ['agent', '--node', node, '--workspace', `${PROJECT}=${this.root(node)}`];
      this.#running.set(node, this.#programs.start(args));
    }
  }

  /** kill -9, and waits for its end. */
  async kill(...nodes: readonly string[]): Promise<void> {
    const programs = nodes.map((node) => this.#running.get(node));
    for (const program of programs) program?.child.kill('SIGKILL');
    await Promise.all(programs.map((program) => program?.ended));
  }

  /** When all agents have looked at everything since their start and are in sync with one commit. */
  async inSync(): Promise<void> {
    const stop = new AbortController();
    const statuses = new Map<string, NodeStatus>();
    for await (const change of this.#project.nodes.watch('*.status', { signal: stop.signal })) {
      if (change.kind !== 'put') continue;
      const status = nodeStatusSchema.parse(JSON.parse(Buffer.from(change.entry.value).toString('utf8')));
      // What an agent said before it was killed is not what its successor found.
      if (status.started >= (this.#startedAt.get(status.node) ?? '')) statuses.set(status.node, status);
      const all = [...this.#running.keys()].map((node) => statuses.get(node)?.workspaces[0]);
      const asks = all.find((one) => one?.question);
      if (asks) throw new Error(`${asks.root} asks: ${asks.question?.sentence}`);
      const [first] = all;
      if (all.every((one) => one?.state === 'in-sync' && one.base === first?.base)) return stop.abort();
    }
  }

  async close(): Promise<void> {
    this.#programs.kill();
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
    await this.#project.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
