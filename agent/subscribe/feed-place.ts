// Where a reader stands: `<epoch>-<number>`. Numbers grow over all workspaces of an agent, so that one place says it for
// all of them; the epoch tells the runs of the agent apart, whose numbers begin anew.
import { randomBytes } from 'node:crypto';
import { assert } from '../../core/model/assert.ts';
import { type Brand, InvalidValueError, quote } from '../../core/model/ids.ts';

export type FeedPlace = Brand<string, 'FeedPlace'>;

const PLACE = /^([0-9a-f]{8})-(\d{1,15})$/;

/** @throws InvalidValueError */
export function parseFeedPlace(value: string): FeedPlace {
  if (!PLACE.test(value)) {
    throw new InvalidValueError(`${quote(value)} is no event id: give the id of an event, such as 0a1b2c3d-42`);
  }
  return value as FeedPlace;
}

export class Sequence {
  readonly #epoch = randomBytes(4).toString('hex');
  #last = 0;

  get last(): number {
    return this.#last;
  }

  next(): number {
    return ++this.#last;
  }

  placeOf(number: number): FeedPlace {
    return `${this.#epoch}-${number}` as FeedPlace;
  }

  /** @returns undefined for a place of another run */
  numberOf(place: FeedPlace): number | undefined {
    const [, epoch, digits] = PLACE.exec(place) ?? [];
    assert(digits !== undefined, 'a place is well-formed');
    const number = Number(digits);
    return epoch === this.#epoch && number <= this.#last ? number : undefined;
  }
}
