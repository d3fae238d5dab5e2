// What the list, the page and the form of API tokens have in common: what a token may do, how it stands.
import { Chip } from '../components/chip.tsx';
import { fewOf } from '../components/format.ts';
import { When } from '../components/when.tsx';
import type { TokenScope, TokenState } from '../core/model/api-token.ts';
import type { TokenView } from './token-view.ts';

export const SCOPE_WORDS: Readonly<Record<TokenScope, { readonly word: string; readonly about: string }>> = {
  read: { word: 'Read', about: 'lists and downloads, and follows what happens' },
  write: { word: 'Write', about: 'also changes files, projects and nodes, and starts jobs' },
  admin: { word: 'Admin', about: 'all that there is: tokens and webhooks, too' },
};

export function TokenStateChip({ state }: { state: TokenState }) {
  switch (state) {
    case 'active':
      return <Chip tone="good" icon="check" word="Active" />;
    case 'expired':
      return <Chip tone="neutral" icon="clock" word="Expired" />;
    case 'revoked':
      return <Chip tone="warn" icon="circle-off" word="Revoked" />;
  }
}

/** `all projects`, or some of their names */
export const projectsText = ({ projects }: Pick<TokenView, 'projects'>): string =>
  projects === 'all' ? 'all projects' : fewOf(projects);

export function TokenEnd({ at }: { at: TokenView['expiresAt'] }) {
  return at === 'never' ? <>never</> : <When at={at} as="due" />;
}
