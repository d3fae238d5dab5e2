// What a screen says when it has nothing to show: what it would show, and the next step. `whole`: it is all of the page.
import type { Child } from 'hono/jsx';
import { Icon, type IconName } from './icon.tsx';

export function EmptyState(props: { icon: IconName; title: string; whole?: boolean; children?: Child }) {
  return (
    <div class="empty">
      <Icon name={props.icon} />
      {props.whole ? <h1>{props.title}</h1> : <h2>{props.title}</h2>}
      {props.children}
    </div>
  );
}
