// Whether what the server needs answers: asked by /readyz with every dependency by name, and told to people as one sentence.
import type { ArchiveLag } from '../app/job-view.ts';
import { messageOf } from '../core/model/message-of.ts';
import type { ColdStore } from '../core/store/cold-store.ts';
import { IDENTITY_KEY } from '../core/tier/cold-identity.ts';
import type { NatsPulse } from './nats-pulse.ts';

const COLD_CHECK_MS = 5_000;
const COLD_PATIENCE_MS = 3_000;

export interface Trouble {
  readonly sentence: string;
  readonly since: number;
}

export interface Check {
  readonly name: 'nats' | 'cold' | 'archive' | 'read-model' | 'audit';
  readonly ok: boolean;
  readonly detail: string;
}

export interface HealthIo {
  readonly nats: Pick<NatsPulse, 'ask' | 'awaySince'>;
  readonly cold: Pick<ColdStore, 'kind' | 'getDocument'>;
  archiveLag(): ArchiveLag | undefined;
  audit(): { readonly trouble: Trouble | undefined; readonly isFailing: boolean };
  pingReadModel(): void;
  now(): number;
}

export class Health {
  private coldTrouble: Trouble | undefined;
  private strangeCold: Trouble | undefined;
  private coldCheck: { readonly at: number; readonly check: Promise<Check> } | undefined;

  constructor(
    private readonly io: HealthIo,
    private readonly onChange: () => void,
  ) {}

  /** Called by whoever works with cold: the probe at start, and the archiver. */
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

  /** @param strange  why it is not the cold storage that the records speak of; undefined: it is */
  coldStands(strange: string | undefined): void {
    if (this.strangeCold?.sentence === (strange && `${strange}.`)) return;
    this.strangeCold = strange === undefined ? undefined : { sentence: `${strange}.`, since: this.io.now() };
    this.coldCheck = undefined;
    this.onChange();
  }

  /** What the records say of cold is no proof now. */
  get isColdStrange(): boolean {
    return this.strangeCold !== undefined;
  }

  get isColdAway(): boolean {
    return this.strangeCold !== undefined || this.coldTrouble !== undefined;
  }

  trouble(): Trouble | undefined {
    const since = this.io.nats.awaySince;
    if (since === undefined) return this.strangeCold ?? this.coldTrouble ?? this.io.audit().trouble;
    const sentence = `NATS does not answer since ${clockTime(since)}. Nodes keep working on their own files; what you see here is as of then. The server reconnects by itself.`;
    return { sentence, since };
  }

  async check(): Promise<readonly Check[]> {
    const [nats, cold] = await Promise.all([this.checkNats(), this.checkCold()]);
    return [nats, cold, this.checkArchive(), this.checkReadModel(), this.checkAudit()];
  }

  private async checkNats(): Promise<Check> {
    const { nats } = this.io;
    await nats.ask();
    const since = nats.awaySince;
    if (since === undefined) return { name: 'nats', ok: true, detail: 'connected' };
    return { name: 'nats', ok: false, detail: `nothing heard since ${clockTime(since)}` };
  }

  /** Anyone may ask /readyz: cold is looked at once in a while for all of them, and what it says stays in the log. */
  private checkCold(): Promise<Check> {
    const now = this.io.now();
    if (!this.coldCheck || now - this.coldCheck.at > COLD_CHECK_MS) {
      this.coldCheck = { at: now, check: this.lookAtCold() };
    }
    return this.coldCheck.check;
  }

  private async lookAtCold(): Promise<Check> {
    const timeout = AbortSignal.timeout(COLD_PATIENCE_MS);
    const tooLong = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
    });
    try {
      await Promise.race([this.io.cold.getDocument(IDENTITY_KEY), tooLong]);
      if (this.strangeCold) {
        const detail = `${this.io.cold.kind} answers, and is not the one that the records speak of; the server's log says more`;
        return { name: 'cold', ok: false, detail };
      }
      return { name: 'cold', ok: true, detail: `${this.io.cold.kind} answers` };
    } catch {
      return { name: 'cold', ok: false, detail: `${this.io.cold.kind} does not answer; the server's log says why` };
    }
  }

  /** What waits for cold is safe in hot: it is told, and keeps nobody from using the server. */
  private checkArchive(): Check {
    const lag = this.io.archiveLag();
    if (!lag) return { name: 'archive', ok: true, detail: 'nothing waits' };
    const ageSeconds = Math.max(0, Math.round((this.io.now() - lag.oldestAt) / 1000));
    return { name: 'archive', ok: true, detail: `${lag.waiting} wait, the oldest for ${ageSeconds} s` };
  }

  /** Nobody changes anything by a server that cannot put it on record. What is wrong with what was written is told on its pages,
   *  and keeps nobody from using it. */
  private checkAudit(): Check {
    const { trouble, isFailing } = this.io.audit();
    if (isFailing) return { name: 'audit', ok: false, detail: 'entries wait to be written; the server’s log says why' };
    return {
      name: 'audit',
      ok: true,
      detail: trouble ? 'the chain is not whole; the audit page says where' : 'written',
    };
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
