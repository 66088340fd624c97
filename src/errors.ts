/** What a caller got wrong; each surface (Slack, terminal) maps a code to its own form once. */
export type UserErrorCode = 'invalid' | 'forbidden' | 'not-found' | 'conflict';

export interface UserErrorDetail {
  /** The setting key, option or file path that is at fault. */
  readonly field?: string;
  /** What to do about it, as a sentence. */
  readonly mend?: string;
}

/** An error whose message is meant for the person who asked; anything else thrown is a defect. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly code: UserErrorCode;
  readonly field: string | undefined;
  readonly mend: string | undefined;

  constructor(code: UserErrorCode, message: string, detail: UserErrorDetail = {}) {
    super(message);
    this.code = code;
    this.field = detail.field;
    this.mend = detail.mend;
  }
}

/** Several things wrong in one input, so that a person sees all of them at once. */
export class UserErrors extends UserError {
  readonly errors: readonly UserError[];

  constructor(errors: readonly [UserError, ...UserError[]]) {
    super(errors[0].code, errors.map((error) => error.message).join('\n'));
    this.errors = errors;
  }
}

/** A text that ends with one full stop, whether it had one or not. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Makes the compiler prove that a switch covers every case. */
export function never(value: never): never {
  throw new Error(`unexpected ${JSON.stringify(value)}`);
}
