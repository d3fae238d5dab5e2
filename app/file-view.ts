// What pages see of a project's files: part of the interfaces between pages and server.
import type { ProjectName, Sha } from '../core/model/ids.ts';
import type { RelPath } from '../core/model/rel-path.ts';
import type { NodeOfProject } from './node-view.ts';

/** Where the bytes of a file are. */
export interface Tiers {
  readonly hot: boolean;
  readonly cold: {
    readonly verifiedAt: number;
    readonly key: string;
    readonly bucket: string;
    /** what it takes there when it is compressed */
    readonly storedBytes?: number;
  } | null;
  /** Since when its copy in cold is known to be damaged, from reading it; only one look at a time tells. */
  readonly coldDamagedAt?: number;
  /** The record speaks of a cold storage that is not the one that is connected. */
  readonly inStrangeCold?: true;
}

/** How many files of a folder are where. */
export interface FolderTiers {
  readonly hot: number;
  /** with a proven copy */
  readonly cold: number;
  /** on record in a cold storage that is not the one that is connected */
  readonly inStrangeCold: number;
  /** in neither tier */
  readonly missing: number;
}

export type FileRow =
  | {
      readonly kind: 'dir';
      readonly path: RelPath;
      readonly name: string;
      readonly files: number;
      readonly bytes: number;
      /** undefined: too many files to look at each */
      readonly tiers: FolderTiers | undefined;
    }
  | {
      readonly kind: 'file';
      readonly path: RelPath;
      readonly name: string;
      readonly sha: Sha;
      readonly sizeBytes: number;
      readonly modifiedAt: number;
      readonly mode: number;
      readonly tiers: Tiers;
    };

export interface FilePage {
  readonly project: ProjectName;
  readonly prefix: RelPath | '';
  readonly commitSha: Sha | null;
  readonly rows: readonly FileRow[];
  readonly next: string | undefined;
  /** totals of the directory shown */
  readonly files: number;
  readonly bytes: number;
}

/** Bytes by their sha, whosever they are. */
export interface ObjectDetail {
  readonly sizeBytes: number;
  readonly tiers: Tiers;
}

/** Files of a project that a search found. */
export interface FoundFiles {
  readonly project: ProjectName;
  readonly rows: readonly FileRow[];
  /** give it as `cursor` to search on */
  readonly next: string | undefined;
  /** Undefined: every path was looked at. Else the index is being made, and has so many of them. */
  readonly indexed: number | undefined;
}

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** What is at some paths of a project, and below them; each file counts once. */
export interface Survey extends Amount {
  /** paths at which there is nothing (any more) */
  readonly gone: number;
  /** Undefined: these are too many to look at each. A pinned file is in no other of them. */
  readonly tiers:
    | {
        readonly onlyCold: Amount;
        /** in hot, with a proven copy in cold */
        readonly both: Amount;
        /** without a proven copy in cold */
        readonly unproven: Amount;
        readonly pinned: Amount;
      }
    | undefined;
}

export interface FileDetail {
  readonly project: ProjectName;
  readonly file: Extract<FileRow, { kind: 'file' }>;
  readonly mime: string;
  readonly commitSha: Sha;
  /** nodes that hold the project, with their state */
  readonly nodes: readonly NodeOfProject[];
  /** what keeps it in hot: itself, a directory above it, or the project; undefined: nothing */
  readonly pinnedBy: RelPath | '' | undefined;
}
