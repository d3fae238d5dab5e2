// Gives a name that is free its `current`, for who creates, renames or brings back a project. Its policy comes first, so that
// it never works without; and an answer that was lost is asked for, so that who made the project hears so.
import type { Current, CurrentAt } from '../model/commit.ts';
import type { ProjectName } from '../model/ids.ts';
import { currentKey, policyKey } from '../model/index-keys.ts';
import type { ProjectPolicy } from '../model/policy.ts';
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
  let ownPolicy: number | undefined;
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
      if (ownPolicy !== undefined) await io.index.delete(policyKey(project), ownPolicy);
      return { kind: 'exists', at: there };
    }
    const replaced = await replacePolicy(io, project, left, policy);
    if (replaced === 'moved') continue;
    ownPolicy = replaced.revision;
    try {
      const outcome = await io.index.compareAndSet(currentKey(project), encodeCurrent(current), 0);
      if (outcome.kind === 'set') return { kind: 'started', at: { project, current, revision: outcome.revision } };
    } catch (error) {
      if (!(error instanceof StoreUnavailableError)) throw error;
      unanswered = true;
    }
  }
}

/** @returns the revision of the policy that was put */
async function replacePolicy(
  { index }: CommitIo,
  project: ProjectName,
  left: KvEntry | undefined,
  policy: ProjectPolicy | undefined,
): Promise<{ readonly revision: number | undefined } | 'moved'> {
  const key = policyKey(project);
  if (policy) {
    const outcome = await index.compareAndSet(key, Buffer.from(JSON.stringify(policy)), left?.revision ?? 0);
    return outcome.kind === 'set' ? outcome : 'moved';
  }
  return !left || (await index.delete(key, left.revision)) ? { revision: undefined } : 'moved';
}
