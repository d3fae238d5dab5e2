// Whether what the server needs answers: asked by /readyz with every dependency by name, and told to people as one sentence.
import type { ColdStore } from '../core/store/cold-store.ts';

export interface Trouble {
  readonly sentence: string;
  readonly since: number;
}

export interface Check {
  readonly name: 'nats' | 'cold' | 'read-model';
  readonly ok: boolean;
  readonly detail: string;
}

export interface HealthIo {
  /** undefined while NATS answers, else since when it does not */
  natsAwaySince(): number | undefined;
  readonly cold: ColdStore;
  pingReadModel(): void;
  now(): number;
}

export class Health {
  private coldTrouble: Trouble | undefined;

  constructor(
    private readonly io: HealthIo,
    private readonly onChange: () => void,
  ) {}

  /** Called by whoever works with cold: the archiver, and the regular look of /readyz. */
  coldFailed(error: unknown, retryInMs: number): void {
    const since = this.coldTrouble?.since ?? this.io.now();
    const next = `Next try in ${Math.max(1, Math.round(retryInMs / 1000))} s.`;
    const sentence = `Archiving waits: ${messageOf(error)} (since ${clockTime(since)}). Files stay in sync and safe in hot. ${next}`;
    const changed = this.coldTrouble === undefined;
    this.coldTrouble = { sentence, since };
    if (changed) this.onChange();
  }

  coldWorked(): void {
    if (!this.coldTrouble) return;
    this.coldTrouble = undefined;
    this.onChange();
  }

  trouble(): Trouble | undefined {
    const since = this.io.natsAwaySince();
    if (since === undefined) return this.coldTrouble;
    const sentence = `NATS does not answer since ${clockTime(since)}. Nodes keep working on their own files; what you see here is as of then. The server reconnects by itself.`;
    return { sentence, since };
  }

  async check(): Promise<readonly Check[]> {
    const away = this.io.natsAwaySince();
    return [
      {
        name: 'nats',
        ok: away === undefined,
        detail: away === undefined ? 'connected' : `away since ${clockTime(away)}`,
      },
      await this.checkCold(),
      this.checkReadModel(),
    ];
  }

  private async checkCold(): Promise<Check> {
    try {
      await this.io.cold.getDocument('projects/health.json');
      return { name: 'cold', ok: true, detail: `${this.io.cold.kind} answers` };
    } catch (error) {
      return { name: 'cold', ok: false, detail: messageOf(error) };
    }
  }

  private checkReadModel(): Check {
    try {
      this.io.pingReadModel();
      return { name: 'read-model', ok: true, detail: 'readable' };
    } catch (error) {
      return { name: 'read-model', ok: false, detail: messageOf(error) };
    }
  }
}

const clockTime = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)} UTC`;
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
