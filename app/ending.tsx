// Lists of what ends by itself or is revoked, links and tokens: those that hold now, or those that ended, a page at a time, as
// the address says it.
import type { Context } from 'hono';
import { Pager } from '../components/pager.tsx';
import type { AppEnv } from './context.ts';

/** rows of a page */
export const SHOWN = 100;

export interface Ending {
  readonly state: 'active' | 'ended';
  /** what the page begins behind; undefined: it is the first */
  readonly before: string | undefined;
}

/** What is no filter filters nothing. */
export function endingIn(c: Context<AppEnv>): Ending {
  const { state, before } = c.req.query();
  return { state: state === 'ended' ? 'ended' : 'active', before: before || undefined };
}

/** Of what the address says, only what differs from the plain list. */
export const endingQuery = <F extends Ending>({ state, ...rest }: F) => ({
  ...rest,
  state: state === 'active' ? undefined : state,
});

export function EndingChoice({ state }: Pick<Ending, 'state'>) {
  return (
    <select name="state" aria-label="State" data-act="submit">
      <option value="">Active</option>
      <option value="ended" selected={state === 'ended'}>
        Ended
      </option>
    </select>
  );
}

/** The heading of the column that says until when. */
export const endingColumn = ({ state }: Pick<Ending, 'state'>) => (state === 'active' ? 'Expires' : 'Expiry');

interface PagesProps<F extends Ending> {
  readonly filter: F;
  /** what the next page begins behind; undefined: there is none */
  readonly next: string | undefined;
  readonly addressOf: (filter: F) => string;
}

export function EndingPager<F extends Ending>({ filter, next, addressOf }: PagesProps<F>) {
  return (
    <Pager
      first={filter.before === undefined ? undefined : addressOf({ ...filter, before: undefined })}
      next={next === undefined ? undefined : addressOf({ ...filter, before: next })}
    />
  );
}
