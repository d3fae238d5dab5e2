// How far a workspace is, in both directions: a burst begins with the first path that has to go somewhere and ends when
// the workspace is in sync.
import type { Transfer, WorkspaceStatus } from '../../core/model/node-status.ts';
import type { Incoming } from '../incoming/incoming.ts';
import type { Outgoing } from '../outgoing/outgoing.ts';
import type { WorkspaceState } from '../state/state.ts';
import { Flights } from './counted-objects.ts';
import { type Counted, Pace } from './pace.ts';
import { transferText } from './words.ts';

export type Progress = NonNullable<WorkspaceStatus['progress']>;

export interface Progressing {
  readonly outgoing: Pick<Outgoing, 'toSend' | 'unseen' | 'committed'>;
  readonly incoming: Pick<Incoming, 'pending'>;
  readonly state: Pick<WorkspaceState, 'behind'>;
}

export class WorkspaceProgress {
  readonly up: Flights;
  readonly down: Flights;
  readonly #up = new Pace();
  readonly #down = new Pace();

  /** @param moved  some bytes of a large file went */
  constructor(moved: () => void) {
    this.up = new Flights(moved);
    this.down = new Flights(moved);
  }

  rest(): void {
    this.#up.rest();
    this.#down.rest();
  }

  /** @param now  milliseconds, steady */
  look(now: number, of: Progressing): Progress {
    return { up: this.#up.look(now, this.#sent(of)), down: this.#down.look(now, this.#brought(of)) };
  }

  #sent({ outgoing }: Progressing): Counted {
    const { up } = this;
    return {
      done: { files: outgoing.committed, bytes: up.done + up.partial },
      left: { files: outgoing.toSend, bytes: up.left },
      unsized: outgoing.unseen,
    };
  }

  #brought({ incoming, state }: Progressing): Counted {
    const { partial } = this.down;
    const { settled } = state.behind;
    // A workspace that only sends is behind in what it never brings.
    const bytes = incoming.pending === 0 ? 0 : Math.max(0, state.behind.bytes - partial);
    return {
      done: { files: settled.files, bytes: settled.bytes + partial },
      left: { files: incoming.pending, bytes },
      unsized: 0,
    };
  }
}

export function progressText({ up, down }: Progress): string {
  const busy = ({ done, total }: Transfer) => done < total;
  const parts = [
    ...(busy(up) ? [transferText(up, 'to the project')] : []),
    ...(busy(down) ? [transferText(down, 'to disk')] : []),
  ];
  return parts.length === 0 ? 'Syncing.' : `Syncing: ${parts.join('; ')}.`;
}
