// Servers as processes of their own, on a real nats-server and, each through a proxy of its own, on a real S3 server: what
// one asks of S3 can be held, and the server killed at that very moment. Waiting is for records, events and requests.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { commit } from '../../core/commit/commit.ts';
import { createProject } from '../../core/commit/project.ts';
import { readJob, requestJob } from '../../core/job/jobs.ts';
import { type Sha, shaOf, type Tenant } from '../../core/model/ids.ts';
import { jobKey, objectKey } from '../../core/model/index-keys.ts';
import { isOver, type Job, type JobTask } from '../../core/model/job.ts';
import { decodeRestorePoint, type RestorePoint, restorePointKey } from '../../core/model/restore-point.ts';
import type { EventLog } from '../../core/store/event-log.ts';
import type { KeyValue } from '../../core/store/key-value.ts';
import { natsEventLog } from '../../core/store/nats-event-log.ts';
import { natsKeyValue } from '../../core/store/nats-key-value.ts';
import { jobsBucket } from '../../core/store/nats-names.ts';
import { s3Client } from '../../core/store/s3-connect.ts';
import { type NatsProcess, natsProcess } from '../../core/testing/nats-process.ts';
import type { NatsRig } from '../../core/testing/nats-rig.ts';
import { type S3FaultProxy, type S3Request, s3FaultProxy } from '../../core/testing/s3-fault-proxy.ts';
import type { S3TestServer } from '../../core/testing/s3-server.ts';
import { ACTOR, PROJECT, putText } from '../../core/testing/test-project.ts';
import { stateOf } from '../../core/tier/copy-state.ts';
import { readRecord } from '../../core/tier/object-records.ts';
import { Programs } from './program.ts';

export interface RealServer {
  readonly proxy: S3FaultProxy;
  /** kill -9, and waits for its end */
  kill(): Promise<void>;
}

export class RealServers {
  readonly tenant: Tenant;
  readonly io: NatsProcess;
  readonly jobs: KeyValue;
  readonly events: EventLog;
  readonly #s3: S3TestServer;
  readonly #direct: S3Client;
  readonly #bucket = `fs-servers-${randomUUID()}`;
  readonly #dir = mkdtempSync(join(tmpdir(), 'fs-servers-'));
  readonly #programs: Programs;
  readonly #proxies: S3FaultProxy[] = [];

  private constructor(rig: NatsRig, s3: S3TestServer, tenant: Tenant, io: NatsProcess) {
    this.#s3 = s3;
    this.tenant = tenant;
    this.io = io;
    this.jobs = natsKeyValue(io.link, jobsBucket(tenant));
    this.events = natsEventLog(io.link, tenant);
    this.#direct = s3Client({ S3_ENDPOINT: s3.endpoint, S3_REGION: 'us-east-1' }, s3);
    this.#programs = new Programs(() => ({
      NATS_URL: rig.url,
      FS_TENANT: tenant,
      FS_ADMIN_TOKEN: 'a-token-of-a-test-0123456789',
      PORT: '0',
      S3_BUCKET: this.#bucket,
      AWS_ACCESS_KEY_ID: this.#s3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.#s3.secretAccessKey,
    }));
  }

  /** A tenant and a bucket of its own, and no server yet. */
  static async open(rig: NatsRig, s3: S3TestServer): Promise<RealServers> {
    const tenant = rig.freshTenant();
    const io = await natsProcess(rig, tenant);
    const servers = new RealServers(rig, s3, tenant, io);
    await servers.#direct.send(new CreateBucketCommand({ Bucket: servers.#bucket }));
    return servers;
  }

  async start(): Promise<RealServer> {
    const proxy = await s3FaultProxy(this.#s3.endpoint);
    this.#proxies.push(proxy);
    const program = this.#programs.start(['server'], {
      S3_ENDPOINT: proxy.endpoint,
      FS_DATA_DIR: join(this.#dir, `server-${this.#proxies.length}`),
    });
    await program.said(/fs-sync server on/);
    return {
      proxy,
      async kill() {
        program.child.kill('SIGKILL');
        await program.ended;
      },
    };
  }

  /** One commit, to a project that is made where it is not there. */
  async write(texts: Readonly<Record<string, string>>, project = PROJECT): Promise<void> {
    await createProject(this.io, project, ACTOR);
    const ops = await Promise.all(Object.entries(texts).map(([path, text]) => putText(this.io, path, text)));
    const result = await commit(this.io, { project, ops, actor: ACTOR });
    if (result.kind !== 'committed') throw new Error(`expected a commit, got ${result.kind}`);
  }

  async ask(task: JobTask): Promise<string> {
    return (await requestJob(this.jobs, { task, actor: ACTOR }, Date.now())).job.id;
  }

  async untilOver(id: string): Promise<Job> {
    for await (const change of this.jobs.watch(jobKey(id), { signal: new AbortController().signal })) {
      if (change.kind !== 'put') continue;
      const at = await readJob(this.jobs, id);
      if (at && isOver(at.job)) return at.job;
    }
    throw new Error(`job ${id} came to no end`);
  }

  /** Resolves when the index has the object's proof. */
  async untilArchived(text: string): Promise<void> {
    const sha = shaOf(text);
    for await (const _ of this.io.index.watch(objectKey(sha), { signal: new AbortController().signal })) {
      if ((await readRecord(this.io.index, sha))?.cold) return;
    }
  }

  /** Which events of a type there are, by the object that they tell of. */
  async told(type: 'ObjectArchived' | 'ObjectEvicted' | 'ObjectRehydrated' | 'ObjectCorrupt'): Promise<Sha[]> {
    const shas: Sha[] = [];
    const { signal } = new AbortController();
    for await (const delivery of this.events.read({ afterSeq: 0, filter: { types: [type] }, signal })) {
      if (delivery.kind === 'caught-up') break;
      if (delivery.kind === 'event' && delivery.event.type === type) shas.push(delivery.event.payload.sha);
    }
    return shas;
  }

  readonly isInHot = async (text: string): Promise<boolean> =>
    (await stateOf(() => this.io.objects.get(shaOf(text)))) === 'good';

  readonly isInS3 = async (text: string): Promise<boolean> => {
    const bytes = await this.#bytesOf(`objects/${shaOf(text)}`);
    return bytes !== undefined && shaOf(bytes) === shaOf(text);
  };

  async removeFromS3(text: string): Promise<void> {
    await this.#direct.send(new DeleteObjectCommand(this.#place(`objects/${shaOf(text)}`)));
  }

  /** What rot does to its copy. */
  async overwriteInS3(text: string, other: string): Promise<void> {
    await this.#direct.send(new PutObjectCommand({ ...this.#place(`objects/${shaOf(text)}`), Body: other }));
  }

  async restorePoint(): Promise<RestorePoint | undefined> {
    const bytes = await this.#bytesOf(restorePointKey(PROJECT));
    return bytes && decodeRestorePoint(bytes);
  }

  async #bytesOf(key: string): Promise<Uint8Array | undefined> {
    const answer = await this.#direct.send(new GetObjectCommand(this.#place(key))).catch(() => undefined);
    return answer?.Body?.transformToByteArray();
  }

  readonly #place = (key: string) => ({ Bucket: this.#bucket, Key: `${this.tenant}/${key}` });

  async close(): Promise<void> {
    this.#programs.kill();
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
    await this.io.link.close();
    this.#direct.destroy();
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

export interface Stage {
  readonly matches: (request: S3Request) => boolean;
  /** the server is asked after the hold, or has answered before it */
  readonly when: 'before' | 'after';
}

/** The proxy holds what matches; `reached` resolves when each stage holds a request. */
export function holdAt(
  proxy: S3FaultProxy,
  stages: readonly Stage[],
): { readonly reached: Promise<void>; readonly release: () => void } {
  let reach: () => void = () => {};
  let release: () => void = () => {};
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const until = new Promise<void>((resolve) => (release = resolve));
  const missing = new Set(stages);
  proxy.fault = (request) => {
    const stage = stages.find(({ matches }) => matches(request));
    if (!stage) return undefined;
    missing.delete(stage);
    if (missing.size === 0) reach();
    return { kind: 'hold', when: stage.when, until };
  };
  return { reached, release };
}
