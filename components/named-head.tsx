// The head of a page that is about one named thing: what kind of thing, its name, how it stands.
import type { Child } from 'hono/jsx';

export interface NamedHeadProps {
  id: string;
  state: string;
  /** for those who hear the heading alone, such as "Token" */
  kind: string;
  name: Child;
  children: Child;
}

export function NamedHead({ id, state, kind, name, children }: NamedHeadProps) {
  return (
    <header class="head" id={id} data-state={state}>
      <h1>
        <span class="unseen">{kind} </span>
        {name}
      </h1>
      {children}
    </header>
  );
}
