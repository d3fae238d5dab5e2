// The identifiers of the system. Each is a branded string: a value of the type has been checked once, at the edge
// (`parse`), and is never checked again. Slugs are narrow on purpose: they become NATS subject tokens, KV keys,
// S3 keys and directory names, and must not need escaping in any of them.
import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';

declare const brand: unique symbol;
export type Brand<T, B extends string> = T & { readonly [brand]: B };

/** Lower-case hex SHA-256 of an object's content: its id in every tier. */
export type Sha = Brand<string, 'Sha'>;
/** Unit of isolation; prefixes every NATS and S3 name. */
export type Tenant = Brand<string, 'Tenant'>;
/** A named file tree of a tenant. */
export type ProjectName = Brand<string, 'ProjectName'>;
/** A machine of the fleet. */
export type NodeId = Brand<string, 'NodeId'>;

/** A value from outside broke a rule. The message names the value, the rule and the next step. */
export class InvalidValueError extends Error {
  override name = 'InvalidValueError';
}

const SHA = /^[0-9a-f]{64}$/;
const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;
const SLUG_RULE = '1 to 63 of a-z, 0-9 and -, and starts with a letter or digit';

export function parseSha(value: string): Sha {
  if (!SHA.test(value))
    throw new InvalidValueError(`${quote(value)} is not an object id: give 64 lower-case hex digits`);
  return value as Sha;
}

export const parseTenant = (value: string): Tenant => slug(value, 'tenant') as Tenant;
export const parseProjectName = (value: string): ProjectName => slug(value, 'project name') as ProjectName;
export const parseNodeId = (value: string): NodeId => slug(value, 'node id') as NodeId;

function slug(value: string, what: string): string {
  if (!SLUG.test(value)) throw new InvalidValueError(`${quote(value)} is not a ${what}: it has ${SLUG_RULE}`);
  return value;
}

/** A value shown in a message: quoted, control characters escaped, cut at 80 characters. */
export function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}

export const shaSchema = z
  .string()
  .regex(SHA, 'is 64 lower-case hex digits')
  .transform((v) => v as Sha);
export const tenantSchema = z
  .string()
  .regex(SLUG, `has ${SLUG_RULE}`)
  .transform((v) => v as Tenant);
export const projectNameSchema = z
  .string()
  .regex(SLUG, `has ${SLUG_RULE}`)
  .transform((v) => v as ProjectName);
export const nodeIdSchema = z
  .string()
  .regex(SLUG, `has ${SLUG_RULE}`)
  .transform((v) => v as NodeId);

/** The id of these bytes. */
export function shaOf(bytes: Uint8Array | string): Sha {
  return hash('sha256', bytes, 'hex') as Sha;
}

/** For tests: a well-formed id that no content has. */
export function fakeSha(seed?: string): Sha {
  return seed === undefined ? (randomBytes(32).toString('hex') as Sha) : shaOf(`fake:${seed}`);
}
