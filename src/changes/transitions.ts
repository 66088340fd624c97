/** Where a request stands. */
export type State =
  'pending' | 'approved' | 'applying' | 'applied' | 'failed' | 'denied' | 'withdrawn' | 'expired';

/**
 * What happens to a request. `void` takes approvals back because the plan they were given for no longer holds, and
 * `revise` because somebody edited it: both lead back to where people are asked.
 */
export type Event =
  | 'approve'
  | 'deny'
  | 'withdraw'
  | 'expire'
  | 'break-glass'
  | 'revise'
  | 'void'
  | 'claim'
  | 'succeed'
  | 'fail';

const table: Readonly<Record<State, Partial<Readonly<Record<Event, State>>>>> = {
  pending: {
    approve: 'approved',
    deny: 'denied',
    withdraw: 'withdrawn',
    expire: 'expired',
    'break-glass': 'approved',
    revise: 'pending',
    void: 'pending',
  },
  approved: { claim: 'applying', void: 'pending', withdraw: 'withdrawn', fail: 'failed' },
  applying: { succeed: 'applied', fail: 'failed', void: 'pending' },
  applied: {},
  failed: {},
  denied: {},
  withdrawn: {},
  expired: {},
};

export const states = Object.keys(table) as readonly State[];

/** The states in which work is still to be done by Plumbline itself. */
export const unfinishedStates: readonly State[] = ['approved', 'applying'];

/** The states of a request that has not come to its end. */
export const openStates: readonly State[] = ['pending', ...unfinishedStates];

/** The state an event leads to, or null where it does not belong. */
export function next(state: State, event: Event): State | null {
  return table[state][event] ?? null;
}

/** Whether no event leads out of a state. */
export function isFinal(state: State): boolean {
  return Object.keys(table[state]).length === 0;
}
