// Whose turn it is to hold a live line. Over HTTP/1.1 a browser opens six connections to a host, and a seventh window with a
// line would wait for ever. So the windows that were looked at last hold one, and the others look now and then. Nobody is
// asked: every window tells when it takes its turn, and steps back when enough others took theirs after it.

/** Two of six connections stay free, for pages, forms and short looks. */
const MOST_LINES = 4;

interface Word {
  readonly kind: 'took' | 'left';
  readonly who: string;
}

const me = `${Date.now()}-${Math.random()}`;
const channel = new BroadcastChannel('fs-live');
/** windows that took their turn after this one */
const after = new Set<string>();
let listener: (() => void) | undefined;

/** @param changed  called when it became, or ceased to be, this window's turn */
export function onTurn(changed: () => void): void {
  listener = changed;
}

export function takeTurn(): void {
  const hadNone = !hasTurn();
  after.clear();
  tell('took');
  if (hadNone) listener?.();
}

export const leaveTurn = (): void => tell('left');

export const hasTurn = (): boolean => after.size < MOST_LINES;

const tell = (kind: Word['kind']): void => channel.postMessage({ kind, who: me } satisfies Word);

channel.addEventListener('message', ({ data }: MessageEvent<Word>) => {
  const had = hasTurn();
  if (data.kind === 'took') after.add(data.who);
  else after.delete(data.who);
  if (had !== hasTurn()) listener?.();
});
