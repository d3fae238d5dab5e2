// What the node may use, as its configuration says and as the server changes it while it runs: the throttles read it each
// time that they give something out, and are told of changes, so that a change holds for transfers that are under way.
import { LEAST_LIMITS, type NodeLimits } from '../../core/model/node-desired.ts';

/** undefined: no limit of that kind */
export interface LimitValues {
  readonly upBytesPerSecond: number | undefined;
  readonly downBytesPerSecond: number | undefined;
  readonly memoryBytes: number | undefined;
  readonly openFiles: number | undefined;
}

export const NO_LIMITS: LimitValues = {
  upBytesPerSecond: undefined,
  downBytesPerSecond: undefined,
  memoryBytes: undefined,
  openFiles: undefined,
};

export class Limits {
  readonly #configured: LimitValues;
  readonly #listeners = new Set<(values: LimitValues) => void>();
  #values: LimitValues;

  constructor(configured: LimitValues = NO_LIMITS) {
    this.#configured = configured;
    this.#values = configured;
  }

  get values(): LimitValues {
    return this.#values;
  }

  /** What the server says goes over the configuration, field by field. Listeners hear of it when it changes something. */
  override(live: NodeLimits | undefined): void {
    const { upBytesPerSecond, downBytesPerSecond, memoryBytes, openFiles } = this.#configured;
    const next: LimitValues = {
      upBytesPerSecond: said(live, 'up_bytes_per_s') ?? upBytesPerSecond,
      downBytesPerSecond: said(live, 'down_bytes_per_s') ?? downBytesPerSecond,
      memoryBytes: said(live, 'memory_bytes') ?? memoryBytes,
      openFiles: said(live, 'open_files') ?? openFiles,
    };
    const fields = Object.keys(NO_LIMITS) as (keyof LimitValues)[];
    if (fields.every((field) => next[field] === this.#values[field])) return;
    this.#values = next;
    for (const listener of this.#listeners) listener(next);
  }

  /** @returns what ends it */
  onChange(listener: (values: LimitValues) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** The record may say less than what anything could be carried with. */
function said(live: NodeLimits | undefined, field: keyof NodeLimits): number | undefined {
  const value = live?.[field];
  return value === undefined ? undefined : Math.max(value, LEAST_LIMITS[field]);
}
