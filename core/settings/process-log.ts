// The log of a process: JSON lines on stderr, one object a line, errors with their cause.
import { pino } from 'pino';
import type { Log } from '../model/log.ts';

/** @param to  default: stderr */
export function processLog(
  name: string,
  level: 'debug' | 'info' | 'warn' | 'error',
  to: { write(line: string): void } = pino.destination(2),
): Log {
  return pino(
    { name, level, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: pino.stdSerializers.err } },
    to,
  );
}
