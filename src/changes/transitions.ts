/** Where a request stands. */
export type State = 'pending' | 'approved' | 'applying' | 'applied' | 'failed' | 'denied';

export type Event = 'approve' | 'deny' | 'claim' | 'succeed' | 'fail';

const table: Readonly<Record<State, Partial<Readonly<Record<Event, State>>>>> = {
  pending: { approve: 'approved', deny: 'denied' },
  approved: { claim: 'applying' },
  applying: { succeed: 'applied', fail: 'failed' },
  applied: {},
  failed: {},
  denied: {},
};

export const states = Object.keys(table) as readonly State[];

/** The states in which work is still to be done by Plumbline itself. */
export const unfinishedStates: readonly State[] = ['approved', 'applying'];

/** The state an event leads to, or null where it does not belong. */
export function next(state: State, event: Event): State | null {
  return table[state][event] ?? null;
}

/** Whether no event leads out of a state. */
export function isFinal(state: State): boolean {
  return Object.keys(table[state]).length === 0;
}
