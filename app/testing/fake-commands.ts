// Commands that do nothing: what is asked is noted, what comes of it is what a test says.
import { fakeSha } from '../../core/model/ids.ts';
import { DEFAULT_POLICY } from '../../core/model/policy.ts';
import type { ShareId } from '../../core/model/share.ts';
import type { FileCommands } from '../file-commands.ts';
import type { JobCommands } from '../job-view.ts';
import type { NodeCommands } from '../node-view.ts';
import type { ProjectCommands } from '../project-view.ts';
import type { PolicyCommands } from '../settings-view.ts';
import type { ShareCommands } from '../share-view.ts';
import type { TokenCommands } from '../token-view.ts';
import type { DirectUploads, UploadCommands } from '../upload-commands.ts';
import { FAKE_NOW } from './fake-time.ts';
import { fakeApiToken } from './fake-tokens.ts';

type Commands = NodeCommands &
  FileCommands &
  UploadCommands &
  DirectUploads &
  PolicyCommands &
  ShareCommands &
  TokenCommands &
  JobCommands &
  Omit<ProjectCommands, 'create'> & { readonly createProject: ProjectCommands['create'] };
type FakeOutcomes = { -readonly [K in keyof Commands]: Awaited<ReturnType<Commands[K]>> };

/** @param failIfAsked  called before each */
export function fakeCommands(failIfAsked: () => void) {
  /** what the commands were asked, the newest last */
  const asked: unknown[][] = [];
  /** what they answer */
  const outcomes: FakeOutcomes = {
    answer: { kind: 'question-gone' },
    changeLimits: { kind: 'limits-unchanged', limits: {} },
    rescan: { kind: 'rescan-asked', at: new Date(FAKE_NOW).toISOString() },
    assign: { kind: 'assigned' },
    unassign: { kind: 'unassigned' },
    forget: { kind: 'forgotten' },
    createProject: { kind: 'project-created' },
    promote: { kind: 'promotion-asked' },
    resync: { kind: 'resync-asked', nodes: [] },
    changePolicy: { kind: 'policy-changed', policy: DEFAULT_POLICY },
    rename: { kind: 'project-renamed' },
    remove: { kind: 'project-deleted' },
    undelete: { kind: 'project-restored' },
    pin: { kind: 'pinned' },
    unpin: { kind: 'unpinned' },
    share: { kind: 'shared', id: '5f'.repeat(16) as ShareId },
    revoke: { kind: 'share-revoked' },
    createToken: { kind: 'token-made', token: fakeApiToken('5f'), text: `fst_${'5f'.repeat(6)}_${'0d'.repeat(20)}` },
    revokeToken: { kind: 'token-revoked' },
    putObject: { kind: 'stored', sizeBytes: 1 },
    storeBytes: { sha: fakeSha('stored'), sizeBytes: 1 },
    commit: { kind: 'unchanged', commit: fakeSha('commit') },
    offset: 0,
    append: { kind: 'appended', offset: 0 },
    drop: undefined,
    link: undefined,
    complete: { kind: 'absent' },
    start: { kind: 'job-asked', id: '0mhzzzzzz-aaaa' },
    cancel: { kind: 'job-stopping' },
    retry: { kind: 'job-asked', id: '0mhzzzzzz-bbbb' },
    adopt: { kind: 'job-asked', id: '0mhzzzzzz-cccc' },
    retryDead: { kind: 'job-asked', id: '0mhzzzzzz-dddd' },
  };

  function carryOut<K extends keyof Commands>(name: K, what: readonly unknown[]): FakeOutcomes[K] {
    failIfAsked();
    asked.push([name, ...what]);
    return outcomes[name];
  }

  const policyCommands: PolicyCommands = {
    changePolicy: async (...asked) => carryOut('changePolicy', asked),
  };

  const nodeCommands: NodeCommands = {
    answer: async (...asked) => carryOut('answer', asked),
    changeLimits: async (...asked) => carryOut('changeLimits', asked),
    rescan: async (...asked) => carryOut('rescan', asked),
    assign: async (...asked) => carryOut('assign', asked),
    unassign: async (...asked) => carryOut('unassign', asked),
    forget: async (...asked) => carryOut('forget', asked),
  };

  const projectCommands: ProjectCommands = {
    create: async (...asked) => carryOut('createProject', asked),
    promote: async (...asked) => carryOut('promote', asked),
    resync: async (...asked) => carryOut('resync', asked),
    rename: async (...asked) => carryOut('rename', asked),
    remove: async (...asked) => carryOut('remove', asked),
    undelete: async (...asked) => carryOut('undelete', asked),
    pin: async (...asked) => carryOut('pin', asked),
    unpin: async (...asked) => carryOut('unpin', asked),
  };

  const shareCommands: ShareCommands = {
    share: async (...asked) => carryOut('share', asked),
    revoke: async (...asked) => carryOut('revoke', asked),
  };

  const tokenCommands: TokenCommands = {
    createToken: async (...asked) => carryOut('createToken', asked),
    revokeToken: async (...asked) => carryOut('revokeToken', asked),
  };

  const fileCommands: FileCommands = {
    putObject: async (...asked) => carryOut('putObject', asked),
    storeBytes: async (...asked) => carryOut('storeBytes', asked),
    commit: async (...asked) => carryOut('commit', asked),
  };

  const uploads: UploadCommands = {
    offset: async (...asked) => carryOut('offset', asked),
    append: async (...asked) => carryOut('append', asked),
    drop: async (...asked) => carryOut('drop', asked),
  };

  const directUploads: DirectUploads = {
    link: async (...asked) => carryOut('link', asked),
    complete: async (...asked) => carryOut('complete', asked),
    drop: async (...asked) => carryOut('drop', asked),
  };

  const jobCommands: JobCommands = {
    start: async (...asked) => carryOut('start', asked),
    cancel: async (...asked) => carryOut('cancel', asked),
    retry: async (...asked) => carryOut('retry', asked),
    adopt: async (...asked) => carryOut('adopt', asked),
    retryDead: async (...asked) => carryOut('retryDead', asked),
  };

  return {
    ...{ asked, outcomes, policyCommands, nodeCommands, projectCommands, shareCommands, tokenCommands },
    ...{ fileCommands, uploads, directUploads, jobCommands },
  };
}
