import { UserError, UserErrors } from './errors.js';

/** Gathers what is wrong with a configuration, so that a person sees all of it at once. */
export interface Faults {
  /** What `read` returns, or null where it throws a `UserError`, which is kept. */
  attempt<T>(read: () => T): T | null;
  keep(error: UserError): void;
  /** Throws what was kept, if anything. */
  raise(): void;
}

/** Gathers on from the faults that are known already; a field that has one of these is not blamed again. */
export function gatherFaults(known: readonly UserError[] = []): Faults {
  const kept = [...known];
  const blamed = new Set(known.map(({ field }) => field));
  const keep = (error: UserError): void => {
    const all = error instanceof UserErrors ? error.errors : [error];
    kept.push(...all.filter(({ field }) => field === undefined || !blamed.has(field)));
  };
  return {
    keep,
    attempt(read) {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        keep(error);
        return null;
      }
    },
    raise() {
      const [first, ...rest] = kept;
      if (first !== undefined) throw rest.length === 0 ? first : new UserErrors([first, ...rest]);
    },
  };
}

/** A fault of one environment variable: its name, what is wrong with it, and what to do about it. */
export function variableFault(name: string, what: string, mend?: string): UserError {
  return new UserError('invalid', `${name} ${what}.`, {
    field: name,
    ...(mend === undefined ? {} : { mend }),
  });
}

/** A fault at a path of a file, such as `approvals.0.wait`; an empty path means the file as a whole. */
export function fileFault(path: string, at: string, what: string, mend?: string): UserError {
  return new UserError('invalid', `${path}: ${at === '' ? '' : `${at} `}${what}.`, {
    field: at === '' ? path : at,
    ...(mend === undefined ? {} : { mend }),
  });
}
