// What lists and pages of commits have in common: who made one, what it changed in numbers, its id.

import { formatCount } from '../components/format.ts';
import { Icon, type IconName } from '../components/icon.tsx';
import { VisibleText } from '../components/visible-text.tsx';
import type { Actor, CommitCounts } from '../core/model/commit.ts';
import { nodeIdSchema, type Sha } from '../core/model/ids.ts';
import { nodeUrl } from './url.ts';

export const shortSha = (sha: Sha): string => sha.slice(0, 12);

const ACTOR_LOOKS: Readonly<Record<Actor['kind'], { readonly icon: IconName; readonly word: string }>> = {
  node: { icon: 'server', word: 'Node' },
  user: { icon: 'user', word: 'Person' },
  token: { icon: 'key', word: 'Token' },
  system: { icon: 'layers', word: 'Server' },
};

/** A node leads to its page. */
export function ActorName({ actor }: { actor: Actor }) {
  const { icon, word } = ACTOR_LOOKS[actor.kind];
  const node = actor.kind === 'node' ? nodeIdSchema.safeParse(actor.id) : undefined;
  return (
    <span class="actor" title={word}>
      <Icon name={icon} />
      {node?.success ? (
        <a href={nodeUrl(node.data)}>
          <VisibleText value={actor.id} />
        </a>
      ) : (
        <VisibleText value={actor.id} />
      )}
    </span>
  );
}

const SIGNS = [
  ['added', '+', 'create', 'added'],
  ['updated', '~', 'update', 'changed'],
  ['deleted', '−', 'remove', 'deleted'],
  ['moved', '→', 'move', 'moved'],
] as const;

/** `+3 −1`, each in its colour and with its word for who cannot see it. */
export function Counts({ counts }: { counts: CommitCounts }) {
  const some = SIGNS.filter(([key]) => counts[key] > 0);
  if (some.length === 0) return <span class="muted">no change</span>;
  return (
    <span class="counts num">
      {some.map(([key, sign, category, word]) => (
        <span class={`cat-${category}`} title={`${formatCount(counts[key])} ${word}`}>
          {sign}
          {formatCount(counts[key])}
          <span class="unseen"> {word}</span>
        </span>
      ))}
    </span>
  );
}
