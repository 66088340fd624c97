import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ClockFace } from '../../demo/playground/face.js';
import { ask } from '../frame/api.js';
import { useClock } from '../frame/live.js';
import { wordsOf } from './acts.js';
import { clockTime, dayOf, untilWords } from './times.js';

const JUMPS = [
  { label: 'Run the sweep now', path: '/playground/sweep', body: {} },
  { label: 'Jump to 02:00', path: '/playground/clock', body: { to: '02:00' } },
  { label: 'Jump a week', path: '/playground/clock', body: { days: 7 } },
] as const;

type Jump = (typeof JUMPS)[number];

/** The playground's clock, which goes on by itself and can be put forward, and when the next sweep is. */
export function Clock() {
  const face = useClock();
  const client = useQueryClient();
  const { error, isPending, variables, mutate } = useMutation({
    mutationFn: ({ path, body }: Jump) => ask<ClockFace>(path, body),
    onSuccess: (next) => client.setQueryData(['clock'], next),
  });
  return (
    <div className="clock" role="group" aria-label="Clock of the playground">
      <Face face={face} />
      <div className="jumps">
        {JUMPS.map((jump) => (
          <button
            key={jump.label}
            type="button"
            aria-busy={isPending && variables.label === jump.label}
            aria-disabled={isPending}
            onClick={() => !isPending && mutate(jump)}
          >
            {jump.label}
          </button>
        ))}
      </div>
      <p className="clock-trouble" role="status">
        {isPending ? 'Working…' : wordsOf(error)}
      </p>
    </div>
  );
}

/** Ticks between two answers of the server, from the last one. */
function Face({ face }: { readonly face: ClockFace | undefined }) {
  const [now, setNow] = useState('');
  useEffect(() => {
    if (face === undefined) return;
    const ahead = Date.parse(face.now) - performance.now();
    const tick = (): void => setNow(new Date(ahead + performance.now()).toISOString());
    tick();
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [face]);
  if (face === undefined || now === '') return null;
  return (
    <p className="face">
      <time dateTime={now}>
        {dayOf(now)} <b>{clockTime(now)}</b> UTC
      </time>
      <span className="face-next">
        {face.nextSweepAt === null
          ? 'no sweep planned'
          : `next sweep ${face.nextSweepAt.slice(11, 16)}, ${untilWords(now, face.nextSweepAt)}`}
      </span>
    </p>
  );
}
