// Puts a failure that stops more than one path into words: what it is, and what a person may do.
import type { ProjectName } from '../../core/model/ids.ts';
import {
  ObjectAbsentError,
  ObjectCorruptError,
  StoreDeniedError,
  StoreFullError,
  StoreUnavailableError,
  type Tier,
} from '../../core/store/store-errors.ts';
import { isDiskError, isDiskFull } from '../disk/disk-error.ts';
import { RulesAwaitedError } from '../ignore/rules-above.ts';
import { WorkspaceGoneError } from '../marker.ts';
import { BytesLostError } from '../outgoing/brought.ts';
import { ProjectMissingError } from '../outgoing/committer.ts';
import { DeletionsAskedError } from '../outgoing/deletion-guard.ts';
import type { TroubleKind } from './troubles.ts';

export interface NamedTrouble {
  readonly kind: TroubleKind;
  readonly what: string;
}

const TIERS: Readonly<Record<Tier, string>> = { local: 'The disk', hot: 'NATS', cold: 'Cold storage' };

/** @param project  whose it is, for the command that mends it
 *  @returns undefined for what is no failure of the world: a fault of ours */
export function nameTrouble(error: unknown, project?: ProjectName): NamedTrouble | undefined {
  if (error instanceof StoreUnavailableError) {
    return { kind: 'storage', what: `${TIERS[error.tier]} does not answer: ${error.detail}.` };
  }
  if (error instanceof StoreDeniedError) {
    return { kind: 'storage', what: `${TIERS[error.tier]} refuses: ${error.detail}. Check the credentials.` };
  }
  if (error instanceof StoreFullError) {
    return {
      kind: 'storage-full',
      what: `${TIERS[error.tier]} has no room left: ${error.detail}. Give it more, or evict.`,
    };
  }
  if (error instanceof ObjectAbsentError || error instanceof ObjectCorruptError) {
    return {
      kind: 'project',
      what: `The project's manifest cannot be read: ${error.message}. Repair the project: npx fs-sync job start repair --project ${project ?? '<name>'}`,
    };
  }
  if (error instanceof BytesLostError) return { kind: 'storage', what: error.message };
  if (error instanceof ProjectMissingError) return { kind: 'project', what: error.message };
  if (error instanceof RulesAwaitedError) return { kind: 'rules', what: error.message };
  if (error instanceof DeletionsAskedError) return { kind: 'deletions', what: error.message };
  if (error instanceof WorkspaceGoneError) return { kind: 'workspace', what: error.message };
  if (isDiskFull(error)) return { kind: 'disk', what: 'The disk of this node is full: free some space.' };
  if (isDiskError(error)) return { kind: 'disk', what: `The disk fails with ${error.code}: check it.` };
  return undefined;
}
