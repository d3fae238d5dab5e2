// Composition root of the server: connects the stores, keeps the standing tasks running, serves HTTP.
import { setMaxListeners } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AppServices } from '../app/context.ts';
import { runAnnouncer } from '../core/event/announce.ts';
import { runNodeAnnouncer } from '../core/event/announce-nodes.ts';
import { purgeJobs } from '../core/job/purge-jobs.ts';
import { purgeDeleted } from '../core/lifecycle/purge-deleted.ts';
import { cachedNodes } from '../core/manifest/cached-nodes.ts';
import { objectNodes } from '../core/manifest/object-nodes.ts';
import { systemClock } from '../core/model/clock.ts';
import type { Log } from '../core/model/log.ts';
import { connectNats } from '../core/store/nats-connect.ts';
import { readStreamSizes } from '../core/store/nats-stream-sizes.ts';
import { coldPlace } from '../core/store/open-cold.ts';
import { natsColdProofs, serveProofs } from '../core/tier/nats-cold-proofs.ts';
import { serveRecalls } from '../core/tier/nats-recall.ts';
import { natsWanted } from '../core/tier/nats-wanted.ts';
import type { TierIo } from '../core/tier/tier-io.ts';
import { AuditBoard } from './audit-board.ts';
import { tokenAuth } from './auth.ts';
import { openBoards } from './boards.ts';
import { ChangeBus, topicsOf } from './change-bus.ts';
import { ColdWatch } from './cold.ts';
import { commands } from './commands.ts';
import { Health } from './health.ts';
import { httpApp, listen } from './http.ts';
import { openLifecycle } from './lifecycle.ts';
import { type MaintenanceSteps, runMaintenance } from './maintenance.ts';
import { openMetrics } from './metrics/open-metrics.ts';
import { NatsPulse } from './nats-pulse.ts';
import { PeopleFirst } from './people-first.ts';
import { queries } from './queries.ts';
import { LastReads } from './read-model/last-reads.ts';
import { natsReadShare } from './read-model/nats-read-share.ts';
import { PathIndex } from './read-model/path-index.ts';
import { PathIndexer } from './read-model/path-indexer.ts';
import { runProjector } from './read-model/projector.ts';
import { ReadModel } from './read-model/read-model.ts';
import { openReading } from './reading.ts';
import type { ServerSettings } from './settings.ts';
import { settingsQueries } from './settings-queries.ts';
import { openSharing } from './sharing.ts';
import { directUploads } from './staging/direct-uploads.ts';
import { Staging } from './staging/staging.ts';
import { Uploads } from './staging/uploads.ts';
import { openStores } from './stores.ts';
import { keepAllRunning, type StandingTasks } from './supervise.ts';
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
    const stores = await openStores(link, settings);
    const { hot, events, index, jobs } = stores;
    const nodes = cachedNodes(objectNodes(hot), { maxBytes: NODE_CACHE_BYTES });
    const readModel = new ReadModel(join(dataDir, `${tenant}.db`), tenant);
    const paths = new PathIndex(join(dataDir, `${tenant}-paths.db`), tenant);
    const bus = new ChangeBus();
    const people = new PeopleFirst();
    const nodesOnce = people.reader(objectNodes(hot));
    const pathIndexer = new PathIndexer(
      { paths, nodes: people.nodes(nodes), nodesOnce, index, clock, log },
      (project) => bus.publish(topicsOf([project])),
    );
    const boards = openBoards({ stores, readModel, bus, clock, log });
    const { fleet, pins, board, lag } = boards;
    const audit = new AuditBoard(
      { tenant, log: stores.audit, index, clock, processLog: log, signal },
      {
        entries: () => bus.publish([{ kind: 'audit' }]),
        standing: () => bus.publish([{ kind: 'health' }]),
      },
    );
    started.push(() => Promise.race([audit.close(), clock.sleep(STOP_PATIENCE_MS)]));
    const pulse = new NatsPulse(
      { roundTrip: () => link.connection.flush(), awaySince: () => link.awaySince, clock },
      () => bus.publish([{ kind: 'health' }]),
    );
    const health = new Health(
      {
        nats: pulse,
        cold: stores.cold,
        archiveLag: () => lag.lag,
        audit: () => ({ trouble: audit.trouble, isFailing: audit.standing.failing !== undefined }),
        pingReadModel: () => readModel.ping(),
        now: () => clock.now(),
      },
      () => bus.publish([{ kind: 'health' }]),
    );
    const coldWatch = new ColdWatch(
      {
        cold: stores.cold,
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

    const proofs = natsColdProofs(link, tenant);
    const tiers: TierIo = { tenant, hot, cold, nodes, index, events, clock, log };
    const lastReads = new LastReads(readModel, natsReadShare(link, tenant, log), clock, log);
    /** What was heard before NATS went away says nothing of now. */
    const whileNatsAnswers = <T>(known: T): T | undefined => (pulse.awaySince === undefined ? known : undefined);
    const metrics = openMetrics(
      join(dataDir, `${tenant}.metrics.db`),
      {
        sizes: () => readStreamSizes(link, tenant, stores.shards),
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
        nodesOnce,
        events: people.work(events),
        jobs,
        nodes: stores.nodes,
        wanted: natsWanted(link, tenant),
        proofs,
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
    const { notes, reader, bring } = openReading({ tiers, jobs, lastReads, rehydrator: lifecycle.rehydrator }, signal);
    const sharing = openSharing(
      {
        tenant,
        shares: stores.shares,
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
      { tokens: stores.tokens, isHeard: () => link.awaySince === undefined, audit, clock, log },
      () => bus.publish([{ kind: 'tokens' }]),
    );
    const webhooks = openWebhooks(
      {
        tenant,
        records: stores.webhooks,
        events,
        adminToken: settings.FS_ADMIN_TOKEN,
        allowPrivate: settings.FS_WEBHOOK_ALLOW_PRIVATE,
        audit,
        clock,
        log,
      },
      () => bus.publish([{ kind: 'webhooks' }]),
      signal,
    );
    const tasks: StandingTasks = {
      ...boards.tasks,
      'watching cold': () => coldWatch.run(signal),
      maintenance: () => runMaintenance(upkeep, { signal, clock, log }),
      'the index of paths': () => pathIndexer.run(signal),
      'following share links': () => sharing.board.follow(signal),
      'following API tokens': () => tokens.board.follow(signal),
      'following webhooks': () => webhooks.follow(),
      webhooks: () => webhooks.deliver(),
      'following the audit log': () => audit.follow(signal),
      'the announcer': () => runAnnouncer({ tenant, objects: hot, nodes, index, events, clock, log }, { signal }),
      'the announcer of nodes': () => runNodeAnnouncer({ tenant, nodes: stores.nodes, events, clock, log }, { signal }),
      'the archiver': () => coldWatch.usable.then(() => lifecycle.archive(signal)),
      deletions: () => coldWatch.usable.then(() => lifecycle.followDeletions(signal)),
      jobs: () => coldWatch.answered.then(() => lifecycle.runJobs(signal)),
      samples: () => metrics.run(signal),
      'last reads': () => lastReads.run(signal),
      proofs: () => serveProofs(link, tenant, lifecycle.prove, { signal, log }),
      recalls: () => serveRecalls(link, tenant, bring, { signal, log }),
      schedules: () => lifecycle.runSchedules(signal),
      'the read model': () =>
        runProjector(events, readModel, {
          signal,
          log,
          onApplied: (batch) => {
            metrics.events(batch.map(({ event }) => event));
            const touched = batch.flatMap(({ event }) => (event.project === undefined ? [] : [event.project]));
            bus.publish([...topicsOf([...new Set(touched)]), { kind: 'events' }]);
          },
        }),
    };
    const running = keepAllRunning(tasks, { signal, clock, log });
    const silence = setInterval(() => {
      void pulse.ask();
      void fleet.listen();
      sharing.board.noticeEnds();
      tokens.board.noticeEnds();
    }, SILENCE_CHECK_MS);
    started.push(
      () => readModel.close(),
      () => paths.close(),
      () => Promise.race([running, clock.sleep(STOP_PATIENCE_MS)]),
      () => clearInterval(silence),
    );

    const { S3_LINKS_FROM_BYTES: linksFromBytes } = settings;
    const services: AppServices = {
      tenant,
      ...queries({
        ...boards,
        readModel,
        events,
        paths,
        hot,
        cold,
        reader,
        nodes,
        index,
        health,
        jobs,
        samples: metrics.samples,
        clock,
        linksFromBytes,
        notes,
      }),
      ...commands({
        stores,
        audit,
        objects: hot,
        nodes,
        clock,
        proofs,
        staging,
        ending: signal,
        recall: (sha, project) => lifecycle.rehydrator.rehydrate(sha, project, signal),
        heard: (at) => fleet.heard(at),
        alike: (task, dryRun) => board.alike(task, dryRun),
        changed: (project) => {
          pins.forget(project);
          bus.publish(topicsOf([project]));
        },
      }),
      uploads,
      directUploads: directUploads({ ...tiers, claims: lifecycle.claims }, signal),
      settings: settingsQueries({ index, health, settings, schedules: lifecycle.schedules, startedAt: clock.now() }),
      shares: sharing.queries,
      shareCommands: sharing.commands,
      sharedLinks: sharing.links,
      tokens: tokens.queries,
      tokenCommands: tokens.commands,
      audit,
      webhooks: webhooks.queries,
      webhookCommands: webhooks.commands,
      publicUrl: settings.FS_PUBLIC_URL,
      answers: stores.answers,
      auth: tokenAuth(settings.FS_ADMIN_TOKEN, clock, tokens),
      changes: () => bus.changes,
      subscribe: (topics) => bus.subscribe(topics),
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

const apiRate = ({ FS_API_RATE: perSecond, FS_API_BURST: burst = 10 * perSecond }: ServerSettings) => ({
  perSecond,
  burst: Math.max(1, Math.floor(burst)),
});
