import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import type { Facts } from '../../demo/playground/face.js';
import { useHeld } from '../fleet/acts.js';
import { ask } from '../frame/api.js';
import { useClock, useSlack } from '../frame/live.js';
import { usePlace } from '../frame/place.js';
import type { PbxState } from '../frame/world.js';
import { useTourMemory } from './memory.js';
import { lastMoment, reportsIn, type Ticks, ticksOf } from './steps.js';

/** Where the tour stands, and how to begin it anew. */
export interface Standing {
  readonly ticks: Ticks;
  /** From now on only what comes counts; what was done in the playground stays done. */
  startOver(): void;
}

/** Watches the workspace and the phone systems for what the tour is about. */
export function useTour(facts: Facts): Standing {
  useRestarts(facts.run);
  const slack = useSlack();
  const held = useHeld();
  const pbxs = usePbxs(facts);
  const [{ person, room }] = usePlace();
  const [memory, keep] = useTourMemory(facts.run);
  const ticks = useMemo(
    () =>
      slack === undefined
        ? {}
        : ticksOf({ facts, slack, pbxs, held, since: memory.since, read: memory.read }),
    [facts, slack, pbxs, held, memory.since, memory.read],
  );
  const channel = slack?.channels.find(({ id }) => id === facts.channels.reports);
  const isReading = channel?.id === room && channel.members.includes(person);
  const shown = slack === undefined || !isReading ? [] : reportsIn({ facts, slack }).map(({ ts }) => ts);
  const all = { ...ticks, ...memory.ticks };
  const unread = shown.filter((ts) => !memory.read.includes(ts));
  const isNew = unread.length > 0 || Object.keys(all).length > Object.keys(memory.ticks).length;
  useEffect(() => {
    if (isNew) keep({ ...memory, read: [...memory.read, ...unread], ticks: all });
  });
  return {
    ticks: all,
    startOver() {
      if (slack === undefined) return;
      keep({ run: facts.run, since: lastMoment({ slack, pbxs }), read: [], ticks: {} });
    },
  };
}

/** A playground that was started anew is another one: what the page knew of the old one is asked for again. */
function useRestarts(run: string): void {
  const client = useQueryClient();
  const now = useClock()?.run ?? run;
  useEffect(() => {
    if (now !== run) void client.invalidateQueries({ queryKey: ['facts'] });
  }, [client, now, run]);
}

function usePbxs({ pbxs }: Facts): readonly PbxState[] {
  return useQueries({
    queries: pbxs.map(({ id }) => ({
      queryKey: ['pbx', id],
      queryFn: () => ask<PbxState>(`/pbxs/pbxs/${id}`),
    })),
    combine: present,
  });
}

function present(results: readonly { readonly data: PbxState | undefined }[]): readonly PbxState[] {
  return results.flatMap(({ data }) => data ?? []);
}
