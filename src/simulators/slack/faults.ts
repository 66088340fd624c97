/** What a faulty call answers: a Slack error, an HTTP status, or 429 with Retry-After. */
export interface Failure {
  readonly error?: string;
  readonly status?: number;
  readonly retryAfterSeconds?: number;
  /** How many calls it spoils; default 1. */
  readonly times?: number;
}

/** Faults injected on the wire. Methods are Web API names, or `response_url`, `files.upload` and `files.download`. */
export interface SlackFaults {
  fail(method: string, failure: Failure): void;
  delay(method: string, delayMs: number, times?: number): void;
  /** Does the work, then destroys the connection without an answer. */
  loseReply(method: string, times?: number): void;
  clear(): void;
}

type Fault =
  | { readonly kind: 'fail'; readonly failure: Failure }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'lose' };

interface Planned {
  readonly method: string;
  readonly fault: Fault;
  left: number;
}

/** The faults to inject, and the one who takes them as calls come in. */
export interface FaultPlan extends SlackFaults {
  /** The faults for this call; each is used up by one. */
  take(method: string): readonly Fault[];
}

/** An empty plan. */
export function createFaultPlan(): FaultPlan {
  const planned: Planned[] = [];
  const plan = (method: string, fault: Fault, times = 1): void => {
    planned.push({ method, fault, left: times });
  };
  return {
    fail: (method, failure) => plan(method, { kind: 'fail', failure }, failure.times),
    delay: (method, delayMs, times) => plan(method, { kind: 'delay', delayMs }, times),
    loseReply: (method, times) => plan(method, { kind: 'lose' }, times),
    clear: () => void planned.splice(0),
    take: (method) => takeFrom(planned, method),
  };
}

function takeFrom(planned: readonly Planned[], method: string): readonly Fault[] {
  const due = planned.filter((one) => one.method === method && one.left > 0);
  const kinds = new Set<string>();
  return due.flatMap((one) => {
    if (kinds.has(one.fault.kind)) return [];
    kinds.add(one.fault.kind);
    one.left -= 1;
    return [one.fault];
  });
}
