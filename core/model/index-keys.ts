// Keys of the index and of the nodes bucket (DESIGN §3). They belong to the format, whatever store keeps them: tokens are
// separated by `.`, so that watches and permissions can use wildcards.
import type { TokenId } from './api-token.ts';
import type { NodeId, ProjectName, Sha } from './ids.ts';
import type { ShareId } from './share.ts';
import type { WebhookId } from './webhook-id.ts';

export const currentKey = (project: ProjectName): string => `projects.${project}.current`;
export const announcedKey = (project: ProjectName): string => `projects.${project}.announced`;
export const deletedKey = (project: ProjectName, head: Sha): string => `projects.${project}.deleted.${head}`;
export const policyKey = (project: ProjectName | '*'): string => `projects.${project}.policy`;
export const objectKey = (sha: Sha | '*'): string => `objects.${sha}`;
export const nodeStatusKey = (node: NodeId): string => `${node}.status`;
export const nodeDesiredKey = (node: NodeId): string => `${node}.desired`;
export const nodeToldKey = (node: NodeId): string => `${node}.told`;
/** Of three tokens, so that who watches the records of nodes never hears of it. */
export const nodeTimeKey = (node: NodeId): string => `${node}.time.now`;
export const jobKey = (id: string): string => `jobs.${id}`;
export const shareKey = (id: ShareId | '*'): string => `shares.${id}`;
export const tokenKey = (id: TokenId | '*'): string => `tokens.${id}`;
export const webhookKey = (id: WebhookId | '*'): string => `hooks.${id}`;
export const standingKey = (id: WebhookId | '*'): string => `standing.${id}`;
/** @param slot  its number in the ring of those that are kept */
export const deliveryKey = (id: WebhookId | '*', slot: number | '*'): string => `deliveries.${id}.${slot}`;
export const deadLetterKey = (sha: Sha | '*'): string => `dead.${sha}`;
export const pinsKey = (project: ProjectName | '*'): string => `projects.${project}.pins`;
export const tierKey = (project: ProjectName | '*'): string => `projects.${project}.tier`;
export const advancingKey = (project: ProjectName): string => `advancing.${project}`;
export const archivingKey = (sha: Sha): string => `archiving.${sha}`;
export const rehydratingKey = (sha: Sha): string => `rehydrating.${sha}`;
/** Which cold storage the records of objects speak of. */
export const COLD_KEY = 'cold.identity';
/** The newest entry of the audit log, as far as it was noted. */
export const AUDIT_HEAD_KEY = 'audit.head';
