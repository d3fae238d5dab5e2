// Time for what waits: it goes on when somebody sets the clock of the machine back, because what was due in a moment would
// else wait for hours. A clock that is set forward only makes it due at once. Where times are shown or compared with those
// of files, the clock itself counts.
import type { Clock } from '../../core/model/clock.ts';

export function steadyClock(clock: Clock): Clock {
  let last = clock.now();
  let lead = 0;
  return {
    now() {
      const wall = clock.now();
      if (wall < last) lead += last - wall;
      last = wall;
      return wall + lead;
    },
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}
