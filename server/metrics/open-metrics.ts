// The server's metrics in one piece: what is counted while it runs, the samples of the last week, and the words for Prometheus.
import type { FsEvent } from '../../core/model/event.ts';
import { Prometheus, type PrometheusIo } from './prometheus.ts';
import type { Sample } from './sampler.ts';
import { Sampler, type SamplerIo } from './sampler.ts';
import { Samples } from './samples.ts';
import { Traffic } from './traffic.ts';

export type MetricsIo = Omit<SamplerIo, 'takeTraffic' | 'samples'> & Omit<PrometheusIo, 'latest' | 'now'>;

export interface Metrics {
  readonly prometheus: Prometheus;
  readonly samples: Samples;
  /** Told of what the read model applied. */
  events(batch: readonly FsEvent[]): void;
  /** Told of an object that was brought back from cold. */
  rehydrated(ms: number): void;
  /** Takes samples until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** @param file  where the samples are kept
 *  @param taken  told of each sample */
export function openMetrics(file: string, io: MetricsIo, taken: (sample: Sample) => void): Metrics {
  const traffic = new Traffic();
  const samples = new Samples(file);
  const sampler = new Sampler({ ...io, takeTraffic: () => traffic.take(), samples }, taken);
  const prometheus = new Prometheus({ ...io, latest: () => sampler.latest, now: () => io.clock.now() });
  return {
    prometheus,
    samples,
    events: (batch) => {
      traffic.events(batch, io.clock.now());
      prometheus.events(batch);
    },
    rehydrated: (ms) => {
      traffic.rehydrated(ms);
      prometheus.rehydrated(ms);
    },
    run: (signal) => sampler.run(signal),
  };
}
