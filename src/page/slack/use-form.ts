import { useRef, useState } from 'react';
import type { SimView } from '../../simulators/slack/types.js';
import { Refused } from '../frame/api.js';
import { type Filled, UNANSWERED, useActing } from './acting.js';

/** A form that somebody fills in. */
export interface FormState {
  readonly isBusy: boolean;
  /** What is wrong with the form as a whole, or empty. */
  readonly trouble: string;
  /** What is wrong with inputs, by block id. */
  readonly errors: Readonly<Record<string, string>>;
  keep(blockId: string, value: Filled): void;
  /** Hands what was typed to the workspace. */
  fill(): void;
  submit(): void;
  dismiss(): void;
}

/** What was typed reaches the workspace when the person leaves an input, and all of it before the form is sent. */
export function useForm(view: SimView): FormState {
  const acting = useActing();
  const changed = useRef(new Map<string, Filled>());
  const [isBusy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refused | null>(null);

  async function fill(): Promise<void> {
    const values = Object.fromEntries(changed.current);
    changed.current.clear();
    if (Object.keys(values).length > 0) await acting.fill(values);
  }
  async function submit(): Promise<void> {
    await fill();
    const result = await acting.submit();
    if (!result.ok && 'error' in result) throw new Refused(UNANSWERED[result.error] ?? result.error);
  }
  async function attempt(work: () => Promise<unknown>): Promise<void> {
    setRefusal(null);
    await work().catch((error: unknown) =>
      setRefusal(error instanceof Refused ? error : new Refused(String(error))),
    );
  }

  const field = refusal?.field;
  return {
    isBusy,
    trouble: field === undefined ? (refusal?.message ?? '') : '',
    errors: field === undefined ? view.errors : { ...view.errors, [field]: refusal?.message ?? '' },
    keep: (blockId, value) => void changed.current.set(blockId, value),
    fill: () => void attempt(fill),
    submit() {
      setBusy(true);
      void attempt(submit).then(() => setBusy(false));
    },
    dismiss: () => void attempt(() => acting.dismiss()),
  };
}
