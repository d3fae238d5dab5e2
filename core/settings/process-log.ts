// The log of a process: JSON lines on stderr, one object a line, errors with their cause.
import { pino } from 'pino';
import type { Log } from '../model/log.ts';

export function processLog(name: string, level: 'debug' | 'info' | 'warn' | 'error'): Log {
  return pino(
    { name, level, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error: pino.stdSerializers.err } },
    pino.destination(2),
  );
}
