// One line of a bench's result, as `npm run bench -- <name> --json` prints it (DESIGN §9).

export interface Row {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  readonly better: 'lower' | 'higher';
  readonly target?: number;
  readonly peer?: string;
  readonly peerValue?: number;
  readonly ratio?: number;
  /** the result was checked, and reached its target where it has one */
  readonly ok: boolean;
}

export type Report = (row: Row) => void;

/** The value below which `share` (0 to 1) of the samples lie. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const rounded = (value: number): number => Number(value.toPrecision(4));
