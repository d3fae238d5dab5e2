// What Prometheus reads at /metrics. Whoever asks gets numbers without names; nodes and projects by name are for those who
// are signed in or show the token, because names say what a tenant has.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SeriesName } from '../../app/metrics-view.ts';
import { nodeLag } from '../../app/node-lag.ts';
import type { NodeSummary } from '../../app/node-view.ts';
import type { ProjectSummary } from '../../app/project-view.ts';
import type { AuditStanding } from '../../core/audit/audit-trail.ts';
import type { FsEvent } from '../../core/model/event.ts';
import type { ProjectName } from '../../core/model/ids.ts';
import type { Check } from '../health.ts';
import { projectLags } from './sampler.ts';
import { isFresh } from './traffic.ts';

export interface PrometheusIo {
  /** of the newest sample; undefined: none was taken yet */
  latest(): Readonly<Record<string, number>> | undefined;
  /** undefined: not heard of all yet */
  nodes(): readonly NodeSummary[] | undefined;
  projects(): Promise<readonly ProjectSummary[]>;
  checks(): Promise<readonly Check[]>;
  audit(): Pick<AuditStanding, 'written' | 'waiting' | 'missed'>;
  now(): number;
}

type Labels = Readonly<Record<string, string>>;
/** One name with its values, each under labels of its own. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly values: readonly (readonly [labels: Labels, value: number])[];
}

const PREFIX = 'fs_sync_';
/** Seconds: from a small object of a store nearby to a large one of a busy store. */
const REHYDRATION_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export class Prometheus {
  readonly contentType: string;
  readonly #io: PrometheusIo;
  /** what counts on from one question to the next */
  readonly #counting = new Registry();
  readonly #rehydration: Histogram;
  readonly #archived: Counter;

  constructor(io: PrometheusIo) {
    this.#io = io;
    this.contentType = this.#counting.contentType;
    const registers = [this.#counting];
    this.#rehydration = new Histogram({
      name: `${PREFIX}rehydration_seconds`,
      help: 'How long this server took to bring an object back from cold.',
      buckets: REHYDRATION_BUCKETS,
      registers,
    });
    this.#archived = new Counter({
      name: `${PREFIX}archived_bytes_total`,
      help: 'Bytes of objects that any server archived while this one ran.',
      registers,
    });
    collectDefaultMetrics({ register: this.#counting });
  }

  rehydrated(ms: number): void {
    this.#rehydration.observe(ms / 1_000);
  }

  events(batch: readonly FsEvent[]): void {
    for (const event of batch) {
      if (event.type === 'ObjectArchived' && isFresh(event, this.#io.now())) this.#archived.inc(event.payload.size);
    }
  }

  /** @param withNames  of nodes and projects too */
  async text(withNames: boolean): Promise<string> {
    const checks = dependencies(await this.#io.checks());
    const families = [...sampled(this.#io.latest() ?? {}), checks, ...auditFamilies(this.#io.audit())];
    if (withNames) {
      const nodes = this.#io.nodes() ?? [];
      const now = this.#io.now();
      families.push(...nodeFamilies(nodes, now));
      families.push(...projectFamilies(await this.#io.projects(), projectLags(nodes, now)));
    }
    return `${await this.#counting.metrics()}\n${await textOf(families)}`;
  }
}

/** Values of now: nothing of an earlier answer stays, such as a node that was forgotten. */
async function textOf(families: readonly Family[]): Promise<string> {
  const registry = new Registry();
  for (const { name, help, values } of families) {
    const labelNames = Object.keys(values[0]?.[0] ?? {});
    const gauge = new Gauge({ name: PREFIX + name, help, labelNames, registers: [registry] });
    // Without a label a gauge is 0 from its start, which would say something that nobody knows.
    if (values.length === 0) registry.removeSingleMetric(PREFIX + name);
    for (const [labels, value] of values) gauge.set({ ...labels }, value);
  }
  return registry.metrics();
}

function sampled(sample: Readonly<Record<string, number>>): Family[] {
  const of = (name: string, help: string, series: SeriesName, scale = 1): Family => {
    const value = sample[series];
    return { name, help, values: value === undefined ? [] : [[{}, value * scale]] };
  };
  const seconds = 1 / 1_000;
  return [
    of('hot_bytes', 'Bytes of all objects in hot, as JetStream counts them.', 'hot_bytes'),
    of('hot_objects', 'Objects in hot, tree nodes and commits among them.', 'hot_objects'),
    of('cold_bytes', 'Bytes that objects take in cold.', 'cold_bytes'),
    of('cold_objects', 'Objects that are proven in cold.', 'cold_objects'),
    of('to_archive_objects', 'Objects that are not proven in cold yet.', 'to_archive'),
    of('archive_lag_seconds', 'Age of the oldest that waits to be archived.', 'archive_lag_ms', seconds),
    of('sync_lag_seconds', 'Age of the oldest change that a live node lacks or has to send.', 'sync_lag_ms', seconds),
    of('events_per_second', 'Events of the last 15 seconds.', 'events_per_s'),
    of('jobs_running', 'Jobs that run.', 'jobs_running'),
    of('jobs_queued', 'Jobs that wait.', 'jobs_queued'),
    of('jobs_failed', 'Jobs that failed within the last day.', 'jobs_failed'),
    of('live_streams', 'Live streams of pages that are open on this server.', 'streams'),
    of('nodes_live', 'Nodes that are heard of.', 'nodes_live'),
    of('nodes_offline', 'Nodes that are not heard of while NATS answers, and were not stopped.', 'nodes_offline'),
  ];
}

const dependencies = (checks: readonly Check[]): Family => ({
  name: 'dependency_up',
  help: 'Whether what the server needs answers, as /readyz says it.',
  values: checks.map(({ name, ok }) => [{ dependency: name }, ok ? 1 : 0]),
});

function auditFamilies({ written, waiting, missed }: ReturnType<PrometheusIo['audit']>): Family[] {
  const of = (name: string, help: string, value: number): Family => ({ name, help, values: [[{}, value]] });
  return [
    of('audit_written', 'Entries of the audit log that this server wrote since its start.', written),
    of('audit_waiting', 'Entries that wait because the audit log cannot be written.', waiting),
    of('audit_missed', 'Entries since its start that were too many to be written; the log has their count.', missed),
  ];
}

function nodeFamilies(nodes: readonly NodeSummary[], now: number): Family[] {
  const each = (
    name: string,
    help: string,
    value: (node: NodeSummary, lag: ReturnType<typeof nodeLag>) => number | null,
  ): Family => {
    const values = nodes.flatMap((node) => {
      const known = value(node, nodeLag(node.workspaces));
      return known === null ? [] : [[{ node: node.node }, known] as const];
    });
    return { name: `node_${name}`, help, values };
  };
  const directions = (read: (workspace: NodeSummary['workspaces'][number]) => readonly [number, number]) =>
    nodes.flatMap(({ node, workspaces }) =>
      workspaces.flatMap((one) => {
        const [up, down] = read(one);
        const labels = { node, project: one.project, root: one.root };
        return [[{ ...labels, direction: 'up' }, up] as const, [{ ...labels, direction: 'down' }, down] as const];
      }),
    );
  return [
    each('up', 'Whether the node is heard of.', ({ state }) => (isUp(state) ? 1 : 0)),
    each('last_seen_seconds', 'How long ago the node was heard of.', ({ lastSeenAt }) =>
      lastSeenAt === null ? null : Math.max(0, now - lastSeenAt) / 1_000,
    ),
    each('lag_commits', 'Commits of its projects that the node has not matched yet.', (_, { commits }) => commits),
    each('lag_seconds', 'Age of the oldest change that the node lacks or has to send.', (_, { since }) =>
      since === null ? 0 : Math.max(0, now - since) / 1_000,
    ),
    each('drain_seconds', 'Time until nothing waits any more, where the node knows.', (_, { drainMs }) =>
      drainMs === null ? null : drainMs / 1_000,
    ),
    each('problems', 'Paths with a problem.', ({ workspaces }) =>
      workspaces.reduce((sum, { problemCount }) => sum + problemCount, 0),
    ),
    each(
      'questions',
      'Workspaces that wait for a person.',
      ({ workspaces }) => workspaces.filter(({ question, answer }) => question && !answer).length,
    ),
    {
      name: 'workspace_pending_paths',
      help: 'Paths of a workspace that wait, to the project (up) or from it (down).',
      values: directions(({ pendingUp, pendingDown }) => [pendingUp, pendingDown]),
    },
    {
      name: 'workspace_bytes_per_second',
      help: 'What a workspace sends (up) and fetches (down).',
      values: directions(({ progress }) => [progress?.up.bytesPerSecond ?? 0, progress?.down.bytesPerSecond ?? 0]),
    },
  ];
}

const isUp = (state: NodeSummary['state']): boolean => state === 'live' || state === 'skipping' || state === 'blocked';

function projectFamilies(projects: readonly ProjectSummary[], lags: ReadonlyMap<ProjectName, number>): Family[] {
  const each = (name: string, help: string, value: (project: ProjectSummary) => number): Family => ({
    name: `project_${name}`,
    help,
    values: projects.map((project) => [{ project: project.name }, value(project)]),
  });
  return [
    each('files', 'Files of the project.', ({ files }) => files),
    each('bytes', 'Bytes of the project’s files.', ({ bytes }) => bytes),
    each('to_archive_objects', 'Objects of the project that are not proven in cold yet.', (one) => one.toArchive),
    each(
      'sync_lag_seconds',
      'Age of the oldest change of the project that a live node lacks or has to send.',
      ({ name }) => (lags.get(name) ?? 0) / 1_000,
    ),
    each('in_sync', 'Whether all its nodes are in sync.', ({ state }) => (state === 'in-sync' ? 1 : 0)),
  ];
}
