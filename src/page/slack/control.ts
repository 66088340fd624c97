import type { Fields } from '../../simulators/slack/json.js';
import type { Filled } from './acting.js';

/** What every kind of input is drawn from. */
export interface Control {
  readonly id: string;
  readonly element: Fields;
  /** The state Slack keeps for it. */
  readonly entry: Fields;
  readonly describedBy: string;
  readonly isInvalid: boolean;
  readonly isRequired: boolean;
  /** Whether the app is told as soon as something is chosen. */
  readonly isDispatching: boolean;
  onChange(value: Filled): void;
  /** The person left the field, or chose something. */
  onLeave(): void;
}

/** What every control says of itself to a screen reader. */
export function labelled({ id, describedBy, isInvalid, isRequired }: Control) {
  return {
    id,
    'aria-describedby': describedBy === '' ? undefined : describedBy,
    'aria-invalid': isInvalid,
    'aria-required': isRequired,
  };
}
