// Gives a name that is free its `current`, for who creates, renames or brings back a project. Its policy comes first, so that
// it never works without; and an answer that was lost is asked for, so that who made the project hears so. Of several at once
// one gets the name, and the policy is the winner's: it looks again, and a loser puts back what it replaced too late.
import type { Current, CurrentAt } from '../model/commit.ts';
import type { ProjectName } from '../model/ids.ts';
import { currentKey, policyKey } from '../model/index-keys.ts';
import { DEFAULT_POLICY, type ProjectPolicy } from '../model/policy.ts';
import type { KvEntry } from '../store/key-value.ts';
import { StoreUnavailableError } from '../store/store-errors.ts';
import { askAgain } from './ask-again.ts';
import { isInChain } from './chain.ts';
import type { CommitIo } from './commit.ts';
import { encodeCurrent, readCurrent } from './current.ts';

export type StartResult =
  | { readonly kind: 'started'; readonly at: CurrentAt }
  /** somebody else's project has the name */
  | { readonly kind: 'exists'; readonly at: CurrentAt };

/** @param policy  undefined: the defaults */
export async function startProject(
  io: CommitIo,
  project: ProjectName,
  current: Current,
  policy: ProjectPolicy | undefined,
): Promise<StartResult> {
  let unanswered = false;
  let own: OwnPolicy | undefined;
  const look = async () => {
    // In this order: a policy that was there before there was no `current` is left from a deletion that was cut off.
    const left = await io.index.get(policyKey(project));
    const there = await readCurrent(io.index, project);
    const isOurs = unanswered && there && (await isInChain(io.objects, there.current.commit_sha, current.commit_sha));
    return { left, there, isOurs };
  };
  for (;;) {
    const { left, there, isOurs } = unanswered ? await askAgain(io.clock, look) : await look();
    if (there) {
      if (isOurs) return { kind: 'started', at: there };
      if (own) await giveWay(io, project, own, there);
      return { kind: 'exists', at: there };
    }
    const replaced = await replacePolicy(io, project, left, policy);
    if (replaced === 'moved') continue;
    own = replaced;
    try {
      const outcome = await io.index.compareAndSet(currentKey(project), encodeCurrent(current), 0);
      if (outcome.kind !== 'set') continue;
      const at: CurrentAt = { project, current, revision: outcome.revision };
      await confirmPolicy(io, project, policy, own, at);
      return { kind: 'started', at };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      unanswered = true;
    }
  }
}

interface OwnPolicy {
  /** undefined: there was none, and none is wanted */
  readonly revision: number | undefined;
  /** what it replaced */
  readonly left: KvEntry | undefined;
}

async function replacePolicy(
  { index }: CommitIo,
  project: ProjectName,
  left: KvEntry | undefined,
  policy: ProjectPolicy | undefined,
): Promise<OwnPolicy | 'moved'> {
  if (!policy && !left) return { revision: undefined, left };
  // The defaults are put, and not what is left deleted: so the revisions tell who came first.
  const outcome = await index.compareAndSet(policyKey(project), encodePolicy(policy), left?.revision ?? 0);
  return outcome.kind === 'set' ? { revision: outcome.revision, left } : 'moved';
}

/** What another one put there before the project was started is not its policy; what came later is somebody's change. */
async function confirmPolicy(
  { index }: CommitIo,
  project: ProjectName,
  policy: ProjectPolicy | undefined,
  own: OwnPolicy,
  { revision: startedAt }: CurrentAt,
): Promise<void> {
  for (;;) {
    const entry = await index.get(policyKey(project), { newest: true });
    if (entry?.revision === own.revision || (entry?.revision ?? 0) > startedAt) return;
    const outcome = await index.compareAndSet(policyKey(project), encodePolicy(policy), entry?.revision ?? 0);
    if (outcome.kind === 'set') return;
  }
}

/** Put after the other one's `current`, it replaced that one's policy. */
async function giveWay(
  { index }: CommitIo,
  project: ProjectName,
  { revision, left }: OwnPolicy,
  there: CurrentAt,
): Promise<void> {
  if (revision === undefined) return;
  if (left && revision > there.revision) await index.compareAndSet(policyKey(project), left.value, revision);
  else await index.delete(policyKey(project), revision);
}

const encodePolicy = (policy: ProjectPolicy = DEFAULT_POLICY): Uint8Array => Buffer.from(JSON.stringify(policy));
