// The keys of a tenant in the cold tier (DESIGN §3), the same in S3 and in the directory.
import { assert } from '../model/assert.ts';
import type { Sha, Tenant } from '../model/ids.ts';

export const objectsPrefix = (tenant: Tenant): string => `${tenant}/objects/`;
export const objectKey = (tenant: Tenant, sha: Sha): string => `${tenant}/objects/${sha}`;

/** Of what clients put by themselves, before it is proven. */
export const uploadsPrefix = (tenant: Tenant): string => `${tenant}/uploads/`;

/** Slugs, and the names that the platform gives its documents: nothing that could leave the tenant's part. */
const DOCUMENT_KEY = /^(identity\.json|projects(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+)$/;

export function documentKey(tenant: Tenant, key: string): string {
  assert(DOCUMENT_KEY.test(key), `${key} is a document's key`);
  return `${tenant}/${key}`;
}
