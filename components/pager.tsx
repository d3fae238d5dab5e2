// The way through a list that is longer than a page: back to where it begins, and on. Nothing, where all of it is shown.
import { Icon } from './icon.tsx';

export interface PagerProps {
  /** the address of the first page; undefined: this is it */
  first: string | undefined;
  /** of the one after this; undefined: there is none */
  next: string | undefined;
  firstWord?: string;
  nextWord?: string;
}

export function Pager({ first, next, firstWord = 'Newest', nextWord = 'Older' }: PagerProps) {
  if (first === undefined && next === undefined) return null;
  return (
    <p class="pager">
      {first === undefined ? null : (
        <a class="button" href={first}>
          <Icon name="arrow-up-to-line" />
          {firstWord}
        </a>
      )}
      {next === undefined ? null : (
        <a class="button" href={next} rel="next">
          {nextWord}
          <Icon name="chevron-right" />
        </a>
      )}
    </p>
  );
}
