// Fills the read model from the event stream and says what changed. It goes on from the newest seq that it has; when the
// stream is another one than before (made anew, or set back), it starts over.
import type { Log } from '../../core/model/log.ts';
import { type EventLog, type LoggedEvent, UnknownEventError } from '../../core/store/event-log.ts';
import type { ReadModel } from './read-model.ts';

/** Most events of one SQLite transaction. */
const BATCH = 500;

export async function runProjector(
  log: EventLog,
  model: ReadModel,
  options: {
    readonly signal: AbortSignal;
    readonly log: Log;
    readonly onApplied: (batch: readonly LoggedEvent[]) => void;
  },
): Promise<void> {
  const newestSeq = await newestOf(log);
  if (model.head() > newestSeq) {
    options.log.warn(
      { head: model.head(), newest: newestSeq },
      'the event stream went back; reading it again from its start',
    );
    model.clear();
  }
  // A failed write ends the reading, and the caller starts over from what was applied.
  const writing = new AbortController();
  const signal = AbortSignal.any([options.signal, writing.signal]);
  let batch: LoggedEvent[] = [];
  let scheduled: NodeJS.Immediate | undefined;
  const flush = () => {
    if (scheduled) clearImmediate(scheduled);
    scheduled = undefined;
    if (batch.length === 0 || writing.signal.aborted) return;
    const full = batch;
    batch = [];
    try {
      model.apply(full);
      options.onApplied(full);
    } catch (error) {
      writing.abort(error);
    }
  };
  for await (const delivery of log.read({ afterSeq: model.head(), signal })) {
    switch (delivery.kind) {
      case 'event':
        batch.push({ seq: delivery.seq, event: delivery.event });
        // What arrives in one turn of the event loop goes into one transaction.
        if (batch.length >= BATCH) flush();
        else scheduled ??= setImmediate(flush);
        break;
      case 'gap':
        flush();
        if (delivery.firstSeq <= model.head()) {
          options.log.warn({ firstSeq: delivery.firstSeq }, 'the event stream went back; what it lost is forgotten');
          model.forgetFrom(delivery.firstSeq);
        } else {
          options.log.warn(
            { firstSeq: delivery.firstSeq },
            'events older than the stream keeps are not in the read model',
          );
          model.forgetBefore(delivery.firstSeq);
        }
        break;
      case 'caught-up':
        flush();
    }
  }
  flush();
  if (writing.signal.aborted) throw writing.signal.reason;
}

/** 0 for an empty stream. An event of a later version counts too: what is not understood is there all the same. */
async function newestOf(log: EventLog): Promise<number> {
  try {
    return (await log.last({}))?.seq ?? 0;
  } catch (error) {
    if (error instanceof UnknownEventError) return error.seq;
    throw error;
  }
}
