// What many tabs ask at the same moment is worked out once. A beat, or a change, wakes all of them in one turn of the event
// loop; who asks in that turn, before another change is told, would get the same answer.
import type { AppServices } from './context.ts';

interface Turn {
  readonly changes: number;
  readonly answers: Map<string, unknown>;
}

const turns = new WeakMap<object, Turn>();

/** @param key  says all that the answer depends on, beside what the server holds
 *  @param make  begins within the call to read what it answers from */
export function onceATurn<T>(services: Pick<AppServices, 'changes'>, key: string, make: () => T): T {
  const { answers } = turnOf(services);
  if (answers.has(key)) return answers.get(key) as T;
  const made = make();
  answers.set(key, made);
  return made;
}

function turnOf(services: Pick<AppServices, 'changes'>): Turn {
  const changes = services.changes();
  const known = turns.get(services);
  if (known?.changes === changes) return known;
  const turn = { changes, answers: new Map() };
  turns.set(services, turn);
  setImmediate(() => {
    if (turns.get(services) === turn) turns.delete(services);
  });
  return turn;
}
