/** A clock that goes on from wherever it was put. */
export interface Clock {
  now(): Date;
  /** Puts the clock forward to the next time of day `HH:MM` in UTC. */
  forwardTo(timeOfDay: string): void;
  forwardBy(hours: number): void;
}

/** A clock that starts at `start` and runs with the real one. */
export function createClock(start: Date): Clock {
  let offsetMs = start.getTime() - Date.now();
  const now = (): Date => new Date(Date.now() + offsetMs);
  return {
    now,
    forwardTo(timeOfDay) {
      const today = new Date(`${now().toISOString().slice(0, 10)}T${timeOfDay}:00.000Z`).getTime();
      const target = today > now().getTime() ? today : today + 86_400_000;
      offsetMs = target - Date.now();
    },
    forwardBy(hours) {
      offsetMs += hours * 3_600_000;
    },
  };
}
