// Composition root of the server: connects the stores, keeps the standing tasks running, serves HTTP.
import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppServices, Topic } from '../app/context.ts';
import { natsAuditLog } from '../core/audit/nats-audit-log.ts';
import { type AnnounceIo, runAnnouncer } from '../core/event/announce.ts';
import { runNodeAnnouncer } from '../core/event/announce-nodes.ts';
import { purgeJobs } from '../core/job/purge-jobs.ts';
import { promoteOnFirstRead } from '../core/lifecycle/first-read.ts';
import { purgeDeleted } from '../core/lifecycle/purge-deleted.ts';
import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { systemClock } from '../core/model/clock.ts';
import type { ProjectName } from '../core/model/ids.ts';
import type { Log } from '../core/model/log.ts';
import { connectNats } from '../core/store/nats-connect.ts';
import { natsEventLog } from '../core/store/nats-event-log.ts';
import { natsKeyValue } from '../core/store/nats-key-value.ts';
import {
  answersBucket,
  indexBucket,
  jobsBucket,
  nodesBucket,
  sharesBucket,
  tokensBucket,
  webhooksBucket,
} from '../core/store/nats-names.ts';
import { natsObjectStore } from '../core/store/nats-object-store.ts';
import { ensureTenant } from '../core/store/nats-setup.ts';
import { readStreamSizes } from '../core/store/nats-stream-sizes.ts';
import { coldPlace, openCold } from '../core/store/open-cold.ts';
import { natsColdProofs, serveProofs } from '../core/tier/nats-cold-proofs.ts';
import { type Bring, serveRecalls } from '../core/tier/nats-recall.ts';
import { natsWanted } from '../core/tier/nats-wanted.ts';
import type { TierIo } from '../core/tier/tier-io.ts';
import { type ReadNotes, TieredReader } from '../core/tier/tiered-reader.ts';
import { ArchiveLagWatch } from './archive-lag.ts';
import { AuditBoard } from './audit-board.ts';
import {
  auditedFiles,
  auditedJobs,
  auditedNodes,
  auditedPolicies,
  auditedProjects,
  auditedTokens,
  auditedWebhooks,
} from './audited-commands.ts';
import { tokenAuth } from './auth.ts';
import { ChangeBus } from './change-bus.ts';
import { ColdWatch } from './cold.ts';
import { DeadLetterBoard } from './dead-letter-board.ts';
import { DeletedProjects } from './deleted-projects.ts';
import { fileCommands } from './file-commands.ts';
import { Fleet } from './fleet.ts';
import { Health } from './health.ts';
import { httpApp, listen } from './http.ts';
import { JobBoard } from './job-board.ts';
import { jobCommands } from './job-commands.ts';
import { openLifecycle } from './lifecycle.ts';
import { type MaintenanceSteps, runMaintenance } from './maintenance.ts';
import { openMetrics } from './metrics/open-metrics.ts';
import { nodeCommands } from './node-commands.ts';
import { PeopleFirst } from './people-first.ts';
import { PinBoard } from './pin-board.ts';
import { projectCommands } from './project-commands.ts';
import { ProjectTiers } from './project-tiers.ts';
import { queries } from './queries.ts';
import { LastReads } from './read-model/last-reads.ts';
import { natsReadShare } from './read-model/nats-read-share.ts';
import { PathIndex } from './read-model/path-index.ts';
import { PathIndexer } from './read-model/path-indexer.ts';
import { runProjector } from './read-model/projector.ts';
import { ReadModel } from './read-model/read-model.ts';
import type { ServerSettings } from './settings.ts';
import { followPolicies, policyCommands, settingsQueries } from './settings-queries.ts';
import { openSharing } from './sharing.ts';
import { directUploads } from './staging/direct-uploads.ts';
import { Staging } from './staging/staging.ts';
import { Uploads } from './staging/uploads.ts';
import { keepRunning } from './supervise.ts';
import { openTokens } from './tokens.ts';
import { openWebhooks } from './webhooks/open-webhooks.ts';

export interface RunningServer {
  /** where people open it, e.g. `http://127.0.0.1:8080` */
  readonly url: string;
  stop(): Promise<void>;
}

const NODE_CACHE_BYTES = 64 * 1024 * 1024;
const SILENCE_CHECK_MS = 2_000;
/** A store that says nothing does not hold the end up for longer. */
const STOP_PATIENCE_MS = 5_000;
/** A store that says nothing keeps nobody from the pages, which say so. */
const START_PATIENCE_MS = 5_000;
const DAY_MS = 24 * 3_600_000;
/** Chunks of a put that has not been heard of for this long are a crashed one's. */
const ORPHANS_AFTER_MS = DAY_MS;

export async function startServer(settings: ServerSettings, log: Log): Promise<RunningServer> {
  const clock = systemClock;
  const tenant = settings.FS_TENANT;
  const dataDir = join(settings.FS_DATA_DIR, 'server');
  await mkdir(dataDir, { recursive: true });

  const link = await connectNats({ ...settings.nats, name: 'fs-sync-server', log });
  const ending = new AbortController();
  const { signal } = ending;
  // Every standing task and every read under way waits for it: no leak, and nothing to warn the person at the terminal of.
  setMaxListeners(0, signal);
  /** in the order of the start; the end goes backwards */
  const started: (() => unknown)[] = [() => link.close()];
  const stop = async () => {
    ending.abort(new Error('the server stops'));
    for (const end of started.reverse()) await end();
  };
  try {
    const { shards } = await ensureTenant(link, tenant, compressionOf(settings));
    const hot = natsObjectStore(link, tenant, { shards });
    const storage = await openCold(settings);
    const index = natsKeyValue(link, indexBucket(tenant));
    const events = natsEventLog(link, tenant);
    const nodes = cachedNodes(objectNodes(hot), { maxBytes: NODE_CACHE_BYTES });
    const readModel = new ReadModel(join(dataDir, `${tenant}.db`), tenant);
    const paths = new PathIndex(join(dataDir, `${tenant}-paths.db`), tenant);
    const bus = new ChangeBus();
    const changed = (projects: readonly ProjectName[]) => bus.publish(topicsOf(projects));
    const people = new PeopleFirst();
    const pathIndexer = new PathIndexer(
      { paths, nodes: people.nodes(nodes), nodesOnce: people.reader(objectNodes(hot)), index, clock, log },
      (project) => changed([project]),
    );
    const nodesKv = natsKeyValue(link, nodesBucket(tenant));
    const fleet = new Fleet(
      { index, nodes: nodesKv, clock, log },
      { projects: changed, nodes: () => bus.publish([{ kind: 'nodes' }]) },
    );
    const projectTiers = new ProjectTiers(log);
    const pins = new PinBoard(index);
    const lag = new ArchiveLagWatch({ events, clock }, () => bus.publish([{ kind: 'jobs' }]));
    const audit = new AuditBoard(
      { tenant, log: natsAuditLog(link, tenant), index, clock, processLog: log, signal },
      {
        entries: () => bus.publish([{ kind: 'audit' }]),
        standing: () => bus.publish([{ kind: 'health' }]),
      },
    );
    started.push(() => Promise.race([audit.close(), clock.sleep(STOP_PATIENCE_MS)]));
    const health = new Health(
      {
        natsAwaySince: () => link.awaySince,
        cold: storage,
        archiveLag: () => lag.lag,
        audit: () => ({ trouble: audit.trouble, isFailing: audit.standing.failing !== undefined }),
        pingReadModel: () => readModel.ping(),
        now: () => clock.now(),
      },
      () => bus.publish([{ kind: 'health' }]),
    );
    const coldWatch = new ColdWatch(
      {
        cold: storage,
        index,
        place: coldPlace(settings),
        onAdopted: (at) => readModel.forgetColdBefore(at),
        clock,
        log,
      },
      health,
    );
    const cold = coldWatch.guarded();
    link.onStatus(() => bus.publish([{ kind: 'health' }]));

    const announcing: AnnounceIo = { tenant, objects: hot, nodes, index, events, clock, log };
    const announcingNodes = { tenant, nodes: nodesKv, events, clock, log };
    const tiers: TierIo = { tenant, hot, cold, nodes, index, events, clock, log };
    const jobs = natsKeyValue(link, jobsBucket(tenant));
    const shares = natsKeyValue(link, sharesBucket(tenant));
    const lastReads = new LastReads(readModel, natsReadShare(link, tenant, log), clock, log);
    const deleted = new DeletedProjects(index, log, (project) => changed([project]));
    const board = new JobBoard({ jobs, clock, log }, () => bus.publish([{ kind: 'jobs' }]));
    const letters = new DeadLetterBoard({ jobs, log, pathOf: (sha, project) => readModel.pathOf(sha, project) }, () =>
      bus.publish([{ kind: 'jobs' }]),
    );
    /** What was heard before NATS went away says nothing of now. */
    const whileNatsAnswers = <T>(known: T): T | undefined => (link.awaySince === undefined ? known : undefined);
    const metrics = openMetrics(
      join(dataDir, `${tenant}.metrics.db`),
      {
        sizes: () => readStreamSizes(link, tenant, shards),
        totals: () => readModel.totals(),
        isColdStrange: () => health.isColdStrange,
        nodes: () => whileNatsAnswers(fleet.nodes()),
        projects: () => services.queries.projects(),
        jobs: () => whileNatsAnswers(board.counts()),
        backlog: () => whileNatsAnswers(lag.backlog),
        streams: () => bus.subscriptions,
        checks: () => health.check(),
        audit: () => audit.standing,
        clock,
        log,
      },
      () => bus.publish([{ kind: 'metrics' }]),
    );
    started.push(() => metrics.samples.close());
    const lifecycle = openLifecycle(
      {
        tiers: { ...tiers, nodes: people.nodes(nodes) },
        events: people.work(events),
        jobs,
        nodes: nodesKv,
        wanted: natsWanted(link, tenant),
        proofs: natsColdProofs(link, tenant),
        lastRead: (sha) => lastReads.of(sha),
        rehydrated: (ms) => metrics.rehydrated(ms),
        health,
        requireOwnCold: () => coldWatch.requireOwn(),
        settings,
      },
      signal,
    );
    const staging = await Staging.open(join(dataDir, 'staging'), settings.FS_STAGING_BYTES);
    const uploads = await Uploads.open(staging, hot);
    const upkeep: MaintenanceSteps = {
      'remove uploads that nobody went on with': () => uploads.sweep(clock.now() - DAY_MS),
      'remove uploads to cold that nobody completed': async () => cold.uploads?.sweep(clock.now() - DAY_MS),
      'end the grace of deleted projects': async () => {
        await purgeDeleted(tiers, sharing.endLinksOf);
      },
      'remove old links': () => sharing.tidy(),
      'remove old tokens': () => tokens.tidy(),
      'verify the audit log': () => audit.verifyDaily(),
      'remove old jobs': () => purgeJobs(jobs, clock.now() - settings.FS_JOB_HISTORY_DAYS * DAY_MS),
      'remove chunks of cut-off puts': () => hot.sweepOrphanChunks({ olderThanMs: ORPHANS_AFTER_MS, signal }),
    };
    const notes: ReadNotes = {
      read: (sha) => lastReads.note(sha),
      fromCold: (project) => {
        promoteOnFirstRead({ index, jobs, clock, log }, project).catch((error: unknown) =>
          log.warn({ error, project }, `whether the first read brings ${project} back is not known yet`),
        );
      },
    };
    const reader = new TieredReader(tiers, lifecycle.rehydrator, signal, notes);
    const sharing = openSharing(
      {
        tenant,
        shares,
        events,
        tree: { index, objects: hot, nodes },
        reader,
        adminToken: settings.FS_ADMIN_TOKEN,
        audit,
        clock,
        log,
      },
      () => bus.publish([{ kind: 'shares' }]),
    );
    const tokens = openTokens(
      { tokens: natsKeyValue(link, tokensBucket(tenant)), isHeard: () => link.awaySince === undefined, clock, log },
      () => bus.publish([{ kind: 'tokens' }]),
    );
    const webhooks = openWebhooks(
      {
        tenant,
        records: natsKeyValue(link, webhooksBucket(tenant)),
        events,
        adminToken: settings.FS_ADMIN_TOKEN,
        allowPrivate: settings.FS_WEBHOOK_ALLOW_PRIVATE,
        clock,
        log,
      },
      () => bus.publish([{ kind: 'webhooks' }]),
      signal,
    );
    const bring: Bring = async (sha, project) => {
      notes.read(sha);
      const { kind } = await lifecycle.rehydrator.rehydrate(sha, project, signal);
      if (kind === 'rehydrated' && project !== undefined) notes.fromCold(project);
    };
    const tasks = [
      keepRunning('watching cold', () => coldWatch.run(signal), { signal, clock, log }),
      keepRunning('maintenance', () => runMaintenance(upkeep, { signal, clock, log }), { signal, clock, log }),
      keepRunning('following projects', () => fleet.followCurrents(signal), { signal, clock, log }),
      keepRunning('the index of paths', () => pathIndexer.run(signal), { signal, clock, log }),
      keepRunning('following tiers', () => projectTiers.follow(index, (project) => changed([project]), signal), {
        signal,
        clock,
        log,
      }),
      keepRunning(
        'following policies',
        () => followPolicies(index, () => bus.publish([{ kind: 'settings' }]), signal),
        { signal, clock, log },
      ),
      keepRunning('following pins', () => pins.follow((project) => changed([project]), signal), { signal, clock, log }),
      keepRunning('following deleted projects', () => deleted.follow(signal), { signal, clock, log }),
      keepRunning('following share links', () => sharing.board.follow(signal), { signal, clock, log }),
      keepRunning('following API tokens', () => tokens.board.follow(signal), { signal, clock, log }),
      keepRunning('following webhooks', () => webhooks.follow(), { signal, clock, log }),
      keepRunning('webhooks', () => webhooks.deliver(), { signal, clock, log }),
      keepRunning('following jobs', () => board.follow(signal), { signal, clock, log }),
      keepRunning('following dead letters', () => letters.follow(signal), { signal, clock, log }),
      keepRunning('watching the archive', () => lag.follow(signal), { signal, clock, log }),
      keepRunning('following the audit log', () => audit.follow(signal), { signal, clock, log }),
      keepRunning('following nodes', () => fleet.followNodes(signal), { signal, clock, log }),
      keepRunning('the announcer', () => runAnnouncer(announcing, { signal }), { signal, clock, log }),
      keepRunning('the announcer of nodes', () => runNodeAnnouncer(announcingNodes, { signal }), {
        signal,
        clock,
        log,
      }),
      keepRunning('the archiver', () => coldWatch.usable.then(() => lifecycle.archive(signal)), { signal, clock, log }),
      keepRunning('deletions', () => coldWatch.usable.then(() => lifecycle.followDeletions(signal)), {
        signal,
        clock,
        log,
      }),
      keepRunning('jobs', () => coldWatch.answered.then(() => lifecycle.runJobs(signal)), { signal, clock, log }),
      keepRunning('samples', () => metrics.run(signal), { signal, clock, log }),
      keepRunning('last reads', () => lastReads.run(signal), { signal, clock, log }),
      keepRunning('proofs', () => serveProofs(link, tenant, lifecycle.prove, { signal, log }), { signal, clock, log }),
      keepRunning('recalls', () => serveRecalls(link, tenant, bring, { signal, log }), { signal, clock, log }),
      keepRunning('schedules', () => lifecycle.runSchedules(signal), { signal, clock, log }),
      keepRunning(
        'the read model',
        () =>
          runProjector(events, readModel, {
            signal,
            log,
            onApplied: (batch) => {
              metrics.events(batch.map(({ event }) => event));
              const touched = batch.flatMap(({ event }) => (event.project === undefined ? [] : [event.project]));
              bus.publish([...topicsOf([...new Set(touched)]), { kind: 'events' }]);
            },
          }),
        { signal, clock, log },
      ),
    ];
    const silence = setInterval(() => {
      void fleet.listen();
      sharing.board.noticeEnds();
      tokens.board.noticeEnds();
    }, SILENCE_CHECK_MS);
    started.push(
      () => readModel.close(),
      () => paths.close(),
      () => Promise.race([Promise.allSettled(tasks), clock.sleep(STOP_PATIENCE_MS)]),
      () => clearInterval(silence),
    );

    const { S3_LINKS_FROM_BYTES: linksFromBytes } = settings;
    const services: AppServices = {
      tenant,
      ...queries({
        fleet,
        readModel,
        events,
        paths,
        hot,
        cold,
        reader,
        nodes,
        index,
        health,
        tiers: projectTiers,
        pins,
        deleted,
        board,
        letters,
        lag,
        jobs,
        samples: metrics.samples,
        clock,
        linksFromBytes,
        notes,
      }),
      nodeCommands: auditedNodes(nodeCommands({ nodes: nodesKv, clock }), audit),
      projectCommands: auditedProjects(
        projectCommands({
          objects: hot,
          nodes,
          index,
          clock,
          nodeRecords: nodesKv,
          shares,
          jobs,
          changed: (project) => {
            pins.forget(project);
            changed([project]);
          },
        }),
        audit,
      ),
      jobCommands: auditedJobs(
        jobCommands({ jobs, index, clock, alike: (task, dryRun) => board.alike(task, dryRun) }),
        audit,
      ),
      uploads,
      directUploads: directUploads({ ...tiers, claims: lifecycle.claims }, signal),
      fileCommands: auditedFiles(
        fileCommands({
          objects: hot,
          nodes,
          index,
          clock,
          proofs: natsColdProofs(link, tenant),
          staging,
          ending: signal,
          recall: (sha, project) => lifecycle.rehydrator.rehydrate(sha, project, signal),
          heard: (at) => fleet.heard(at),
        }),
        audit,
      ),
      settings: settingsQueries({ index, health, settings, schedules: lifecycle.schedules, startedAt: clock.now() }),
      policyCommands: auditedPolicies(policyCommands(index), audit),
      shares: sharing.queries,
      shareCommands: sharing.commands,
      sharedLinks: sharing.links,
      tokens: tokens.queries,
      tokenCommands: auditedTokens(tokens.commands, audit),
      audit,
      webhooks: webhooks.queries,
      webhookCommands: auditedWebhooks(webhooks.commands, audit),
      publicUrl: settings.FS_PUBLIC_URL,
      answers: natsKeyValue(link, answersBucket(tenant)),
      auth: tokenAuth(settings.FS_ADMIN_TOKEN, clock, tokens),
      changes: () => bus.changes,
      subscribe: (topics: readonly Topic[]) => bus.subscribe(topics),
    };
    // Who asks at once would be told that there is no such project.
    await Promise.race([fleet.allKnown, clock.sleep(START_PATIENCE_MS, signal)]);
    const { server, port } = await listen(
      httpApp({ services, health, prometheus: metrics.prometheus, people, rate: apiRate(settings) }),
      settings.PORT,
      settings.HOST,
    );
    started.push(() => {
      server.close();
      // Live streams never end by themselves.
      if ('closeAllConnections' in server) server.closeAllConnections();
    });
    return { url: `http://${settings.HOST.includes(':') ? `[${settings.HOST}]` : settings.HOST}:${port}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const compressionOf = ({ FS_HOT_COMPRESSION: compression }: ServerSettings) =>
  compression === undefined ? {} : { compression };

const apiRate = ({ FS_API_RATE: perSecond, FS_API_BURST: burst = 10 * perSecond }: ServerSettings) => ({
  perSecond,
  burst: Math.max(1, Math.floor(burst)),
});

function topicsOf(projects: readonly ProjectName[]): Topic[] {
  return [{ kind: 'projects' }, ...projects.map((project): Topic => ({ kind: 'project', project }))];
}
