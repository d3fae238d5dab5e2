// Every NATS name of a tenant in one place (DESIGN §3).
import { subjectProject } from '../model/event.ts';
import type { ProjectName, Sha, Tenant } from '../model/ids.ts';

export const DEFAULT_SHARDS = 8;

export const shardOf = (sha: Sha, shards: number): number => Number.parseInt(sha.charAt(0), 16) % shards;
export const objectBucket = (tenant: Tenant, shard: number): string => `fs_objects_${tenant}_${shard}`;
export const indexBucket = (tenant: Tenant): string => `fs_index_${tenant}`;
export const nodesBucket = (tenant: Tenant): string => `fs_nodes_${tenant}`;
export const jobsBucket = (tenant: Tenant): string => `fs_jobs_${tenant}`;
export const sharesBucket = (tenant: Tenant): string => `fs_shares_${tenant}`;
export const tokensBucket = (tenant: Tenant): string => `fs_tokens_${tenant}`;
/** Answers that are kept for requests that come again. */
export const answersBucket = (tenant: Tenant): string => `fs_answers_${tenant}`;
export const webhooksBucket = (tenant: Tenant): string => `fs_webhooks_${tenant}`;
/** The streams behind buckets, as stock clients name them. */
export const objectStream = (bucket: string): string => `OBJ_${bucket}`;
export const kvStream = (bucket: string): string => `KV_${bucket}`;
export const eventStream = (tenant: Tenant): string => `FS_EVENTS_${tenant}`;
export const eventSubject = (tenant: Tenant, project: ProjectName | undefined, type: string): string =>
  `fs.events.${tenant}.${subjectProject(project)}.${type}`;
export const eventSubjects = (tenant: Tenant): string => `fs.events.${tenant}.>`;
/** Of no stream: see `put-hints.ts`. */
export const hintSubject = (tenant: Tenant, project: ProjectName): string => `fs.hints.${tenant}.${project}.put`;
export const auditStream = (tenant: Tenant): string => `FS_AUDIT_${tenant}`;
export const auditSubjects = (tenant: Tenant): string => `fs.audit.${tenant}.>`;
export const auditSubject = (tenant: Tenant, project: ProjectName | undefined, action: string): string =>
  `fs.audit.${tenant}.${subjectProject(project)}.${action}`;
