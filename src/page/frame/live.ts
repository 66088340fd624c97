import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ClockFace, Facts } from '../../demo/playground/face.js';
import { ask } from './api.js';
import type { PbxState, SlackState } from './world.js';

/** Changes come in bursts: what is drawn is asked for once after each. */
const SETTLE_MS = 60;

const STREAMS: readonly {
  readonly path: string;
  readonly events: readonly string[];
  readonly key: string;
}[] = [
  { path: '/slack/events', events: ['message', 'view', 'file', 'directory', 'delivery'], key: 'slack' },
  { path: '/pbxs/events', events: ['change'], key: 'pbx' },
  { path: '/playground/events', events: ['jump'], key: 'clock' },
];

/**
 * Keeps what is drawn up to date: every stream of events says what to ask for again, and after a broken connection, which
 * the browser mends by itself, everything is. Returns whether all streams are connected.
 */
export function useLive(): boolean {
  const client = useQueryClient();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const stops = STREAMS.map((stream) => follow(client, stream, setOpen));
    return () => stops.forEach((stop) => stop());
  }, [client]);
  return open.size === STREAMS.length;
}

function follow(
  client: QueryClient,
  { path, events, key }: (typeof STREAMS)[number],
  setOpen: (change: (open: ReadonlySet<string>) => ReadonlySet<string>) => void,
): () => void {
  const source = new EventSource(path);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void client.invalidateQueries({ queryKey: [key] });
    }, SETTLE_MS);
  };
  source.addEventListener('open', () => {
    setOpen((open) => new Set([...open, key]));
    refresh();
  });
  source.addEventListener('error', () => setOpen((open) => new Set([...open].filter((one) => one !== key))));
  for (const event of events) source.addEventListener(event, refresh);
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

/** The workspace, or undefined until it is known. */
export function useSlack(): SlackState | undefined {
  return useQuery({ queryKey: ['slack'], queryFn: () => ask<SlackState>('/slack/state') }).data;
}

/** One phone system, or undefined until it is known. */
export function usePbx(id: string): PbxState | undefined {
  return useQuery({ queryKey: ['pbx', id], queryFn: () => ask<PbxState>(`/pbxs/pbxs/${id}`) }).data;
}

/** What the playground is made of; it never changes. */
export function useFacts(): Facts | undefined {
  return useQuery({
    queryKey: ['facts'],
    queryFn: () => ask<Facts>('/playground/facts'),
    staleTime: Number.POSITIVE_INFINITY,
  }).data;
}

/** The playground's clock as of the last jump. */
export function useClock(): ClockFace | undefined {
  return useQuery({
    queryKey: ['clock'],
    queryFn: () => ask<ClockFace>('/playground/clock'),
    refetchInterval: 15_000,
  }).data;
}
