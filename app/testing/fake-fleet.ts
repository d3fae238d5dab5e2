// What there is on a server that exists only in memory: projects with files, nodes, jobs, events, links, tokens. It can be changed
// while pages are open; `changed` wakes their streams.
import type { Principal } from '../../core/model/api-token.ts';
import type { FileEntry } from '../../core/model/entry.ts';
import type { FsEvent } from '../../core/model/event.ts';
import { fakeSha, type ProjectName } from '../../core/model/ids.ts';
import type { Job } from '../../core/model/job.ts';
import type { ProjectPolicy } from '../../core/model/policy.ts';
import type { RelPath } from '../../core/model/rel-path.ts';
import type { Subscription, Topic } from '../context.ts';
import type { EventRow } from '../event-view.ts';
import type { ArchiveLag, DeadLetterView, JobView } from '../job-view.ts';
import type { MetricPoint } from '../metrics-view.ts';
import type { NodeSummary } from '../node-view.ts';
import type { Activity, DeletedProjectView, PinView, ProjectSummary } from '../project-view.ts';
import type { ServerShown } from '../settings-view.ts';
import type { ShareView } from '../share-view.ts';
import type { TokenView } from '../token-view.ts';
import { type FakeFile, sizeOf } from './fake-files.ts';
import { fakeNode } from './fake-nodes.ts';
import { FAKE_NOW } from './fake-time.ts';

interface FakeProject {
  summary: Partial<ProjectSummary>;
  files: Map<string, FakeFile>;
}

export class FakeFleet {
  readonly madeProjects = new Map<string, FakeProject>();
  readonly madeEvents: EventRow[] = [];
  #told = 0;
  readonly madeNodes = new Map<string, NodeSummary>();
  /** false: the server has only just started */
  heardOfNodes = true;
  readonly #waiting = new Set<{ topics: readonly Topic[]; marked: boolean; wake: () => void }>();
  trouble: { sentence: string; since: number } | undefined;
  /** of every project */
  pins: readonly PinView[] = [];
  /** oldest first */
  samples: readonly MetricPoint[] = [];
  readonly activity = new Map<ProjectName, Activity>();
  deleted: readonly DeletedProjectView[] = [];
  /** newest first */
  madeShares: readonly ShareView[] = [];
  /** newest first */
  madeTokens: readonly TokenView[] = [];
  /** who shows which token, besides the administrator's */
  readonly bearers = new Map<string, Principal>();
  lag: ArchiveLag | undefined;
  /** the newest first */
  letters: readonly DeadLetterView[] = [];
  /** false: as of too many files */
  surveysLook = true;
  /** paths that a search knows; undefined: all */
  indexed: number | undefined;
  readonly madeJobs = new Map<string, JobView>();
  /** thrown by every query while set */
  failure: Error | undefined;
  coldAway = false;
  /** of a path at a commit, as `sha\0path` */
  readonly versions = new Map<string, FileEntry>();
  /** paths of objects that events name, by sha */
  readonly names = new Map<string, string>();
  readonly policies = new Map<ProjectName, ProjectPolicy>();
  shownServer: ServerShown = {
    version: '0.1.0',
    startedAt: FAKE_NOW - 3_600_000,
    groups: [
      {
        word: 'Server',
        settings: [
          { name: 'PORT', value: '8080', about: 'where pages answer' },
          { name: 'FS_ADMIN_TOKEN', value: 'set, not shown', about: 'signs the first administrator in' },
          { name: 'NATS_CREDS', value: null, about: 'the file with its credentials' },
        ],
      },
    ],
    schedules: [{ task: { kind: 'sweep' }, everyMs: 86_400_000 }],
    checks: [
      { name: 'nats', ok: true, detail: 'connected' },
      { name: 'cold', ok: false, detail: 's3 does not answer; the server’s log says why' },
    ],
  };

  /** of files that a browser gets from elsewhere, by path */
  readonly links = new Map<string, string>();

  project(name: string, summary: Partial<ProjectSummary> = {}): void {
    const known = this.madeProjects.get(name);
    this.madeProjects.set(name, { summary: { ...known?.summary, ...summary }, files: known?.files ?? new Map() });
    this.changed();
  }

  put(project: string, file: FakeFile): void {
    if (!this.madeProjects.has(project)) this.project(project);
    this.madeProjects.get(project)?.files.set(file.path, file);
    this.changed();
  }

  remove(project: string, path: string): void {
    this.madeProjects.get(project)?.files.delete(path);
    this.changed();
  }

  node(summary: NodeSummary): void {
    this.madeNodes.set(summary.node, summary);
    this.changed();
  }

  job(job: Job, bytesPerSecond = 0): void {
    this.madeJobs.set(job.id, { job, bytesPerSecond });
    this.changed();
  }

  removeNode(name: string): void {
    this.madeNodes.delete(name);
    this.changed();
  }

  emit(event: FsEvent): number {
    const seq = (this.madeEvents[0]?.seq ?? 0) + 1;
    this.madeEvents.unshift({ seq, event });
    this.changed();
    return seq;
  }

  named(row: EventRow): EventRow {
    const name = 'sha' in row.event.payload ? this.names.get(row.event.payload.sha) : undefined;
    return name === undefined ? row : { ...row, name: name as RelPath };
  }

  /** Events up to this seq are not kept any more. */
  forgetEvents(upTo: number): void {
    this.madeEvents.splice(0, Infinity, ...this.madeEvents.filter(({ seq }) => seq > upTo));
    this.changed();
  }

  changed(): void {
    this.#told++;
    for (const waiter of this.#waiting) {
      waiter.marked = true;
      waiter.wake();
    }
  }

  /** streams that are open now */
  get listeners(): number {
    return this.#waiting.size;
  }

  changes(): number {
    return this.#told;
  }

  subscribe(topics: readonly Topic[]): Subscription {
    const waiter = { topics, marked: false, wake: () => {} };
    this.#waiting.add(waiter);
    return {
      wait: async () => {
        if (!waiter.marked) await new Promise<void>((resolve) => (waiter.wake = resolve));
        waiter.marked = false;
      },
      close: () => void this.#waiting.delete(waiter),
    };
  }

  failIfAsked(): void {
    if (this.failure) throw this.failure;
  }

  summary(name: string): ProjectSummary {
    const project = this.madeProjects.get(name);
    const files = [...(project?.files.values() ?? [])];
    return {
      name: name as ProjectName,
      commitSha: fakeSha('commit'),
      files: files.length,
      bytes: files.reduce((sum, file) => sum + sizeOf(file), 0),
      changedAt: FAKE_NOW,
      state: 'in-sync',
      skipped: 0,
      sentence: 'In sync on 2 nodes',
      nodes: [fakeNode('node-a'), fakeNode('node-b')],
      toArchive: 0,
      coldSince: null,
      ...project?.summary,
    };
  }
}
