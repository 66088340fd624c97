import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { HeldFact } from '../../demo/playground/face.js';
import { ask, Refused } from '../frame/api.js';

const ZOE = { user: '100 Zoe', ip: '203.0.113.7' };
const HELD_AGAIN_MS = 10_000;

/** What a button or a switch sets going: whether it is under way, and in words why the last one failed. */
export interface Act<T> {
  readonly isBusy: boolean;
  readonly trouble: string;
  run(input: T): void;
}

/**
 * Runs something against the playground, then asks again for what it may have changed. Controls stay enabled meanwhile:
 * one that is disabled loses the keyboard's focus.
 */
export function useAct<T>(act: (input: T) => Promise<unknown>, key: string): Act<T> {
  const client = useQueryClient();
  const { isPending, error, mutate } = useMutation({
    mutationFn: act,
    scope: { id: key },
    onSettled: () => client.invalidateQueries({ queryKey: [key] }),
  });
  return { isBusy: isPending, trouble: wordsOf(error), run: (input) => mutate(input) };
}

/** Why something failed, for people; empty where nothing did. */
export function wordsOf(error: Error | null): string {
  if (error === null || error instanceof Refused) return error?.message ?? '';
  return 'The playground does not answer: look at the terminal where it was started.';
}

/** What the fleet is held to; a new baseline is always told in Slack, so it is asked for with the workspace. */
export function useHeld(): readonly HeldFact[] {
  const { data } = useQuery({
    queryKey: ['slack', 'held'],
    queryFn: () => ask<readonly HeldFact[]>('/playground/held'),
    refetchInterval: HELD_AGAIN_MS,
  });
  return data ?? NOTHING;
}

const NOTHING: readonly HeldFact[] = [];

/** Changes properties of a PBX as another admin at its console, who knows nothing of Plumbline. */
export function changeByHand(
  pbxId: string,
  resource: string,
  properties: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  return ask(`/pbxs/pbxs/${pbxId}/change`, { resource, properties, by: ZOE });
}
