/** What keeps a sweep from correcting a setting although its rule says so. */
export type Restraint =
  'window' | 'freeze' | 'stop' | 'back-off' | 'quarantine' | 'preview' | 'guard' | 'canary';

/** One planned write of one PBX that is not made. */
export interface Withheld {
  readonly key: string;
  readonly why: Restraint;
  /** In words that follow “not corrected:”. */
  readonly because: string;
}

/** Whether a write only waits for its time. */
export function isByCalendar({ why }: Pick<Withheld, 'why'>): boolean {
  return why === 'window' || why === 'freeze';
}

/** Whether a person's release of the sweep lets the write happen. */
export function isReleasable({ why }: Pick<Withheld, 'why'>): boolean {
  return why === 'preview' || why === 'guard';
}
