// The end of what can be revoked, a link or a token: what it means is said before. It stays as an empty place where that has
// ended, so that a page that is open loses the button as it happens.
import type { Child } from 'hono/jsx';
import { Icon } from './icon.tsx';

export interface RevokeCardProps {
  /** address of the thing's page */
  address: string;
  /** such as "Revoke the token" */
  word: string;
  isActive: boolean;
  children: Child;
}

export function RevokeCard({ address, word, isActive, children }: RevokeCardProps) {
  return (
    <section id="revoke" class="side-card" hidden={!isActive} aria-labelledby="revoke-title">
      <h2 id="revoke-title">Revoke</h2>
      <form method="post" action={`${address}/revoke`} class="fields" data-send="">
        <p class="muted">{children}</p>
        <button type="submit" class="button button-danger">
          <Icon name="circle-off" />
          {word}
        </button>
      </form>
    </section>
  );
}

/** In a list: the way to it. `name`: of what is revoked, as it is read out */
export function RevokeLink({ address, name }: { address: string; name: string }) {
  return (
    <a class="button" href={`${address}#revoke`} aria-label={`Revoke ${name}`}>
      Revoke
    </a>
  );
}
