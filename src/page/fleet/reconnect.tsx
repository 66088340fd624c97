import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Reconnection } from '../../demo/playground/face.js';
import { ask } from '../frame/api.js';
import { wordsOf } from './acts.js';

/** Lets a refused credential be tried again, as an operator does once it was put right, and says what came of it. */
export function Reconnect({ pbxId }: { readonly pbxId: string }) {
  const client = useQueryClient();
  const { data, error, isPending, mutate } = useMutation({
    mutationFn: () => ask<Reconnection>('/playground/reconnect', { pbx: pbxId }),
    onSettled: () => client.invalidateQueries({ queryKey: ['pbx'] }),
  });
  return (
    <div className="reconnect">
      <button
        type="button"
        aria-busy={isPending}
        aria-disabled={isPending}
        onClick={() => !isPending && mutate()}
      >
        Reconnect
      </button>
      <code>plumbline reconnect {pbxId}</code>
      <p role="status">{isPending ? 'Trying…' : wordsOf(error) || (data?.said ?? '')}</p>
    </div>
  );
}
