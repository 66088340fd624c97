import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

type Argument<D> = D extends () => unknown ? undefined : D extends (argument: infer A) => unknown ? A : never;

/** A process of its own, asked one thing at a time. */
export interface Remote<D extends object> {
  /** Rejects with what the deed threw. */
  ask<N extends keyof D & string>(
    name: N,
    ...argument: Argument<D[N]> extends undefined ? [] : [Argument<D[N]>]
  ): Promise<D[N] extends (argument: never) => infer R ? Awaited<R> : never>;
  end(): Promise<void>;
}

interface Question {
  readonly name: string;
  readonly argument?: unknown;
}

interface Answer {
  readonly value?: unknown;
  readonly failure?: string;
}

/** Starts a compiled file as a process of its own; it ends with this one at the latest. */
export function startRemote<D extends object>(file: string, flags: readonly string[] = []): Remote<D> {
  const child = fork(file, { execArgv: [...flags], env: { ...process.env, NODE_ENV: 'production' } });
  return {
    async ask(name, ...[argument]) {
      const { value, failure } = await exchange(child, { name, argument });
      if (failure !== undefined) throw new Error(`${file} ${name}: ${failure}`);
      return value as never;
    },
    async end() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

function exchange(child: ChildProcess, question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error('the process ended before it answered'));
    child.once('exit', lost);
    child.once('message', (answer: Answer) => {
      child.off('exit', lost);
      resolve(answer);
    });
    child.send(question);
  });
}

/** Does what the process that started this one asks for, until that one lets go. */
export function serveDeeds(deeds: object): void {
  const known = new Map<string, unknown>(Object.entries(deeds));
  process.on('disconnect', () => process.exit());
  process.on('message', ({ name, argument }: Question) => {
    const deed = known.get(name);
    const done =
      typeof deed === 'function' ? Promise.resolve(deed(argument)) : Promise.reject(new Error(name));
    done.then(
      (value: unknown) => process.send?.({ value } satisfies Answer),
      (error: unknown) => process.send?.({ failure: String(error) } satisfies Answer),
    );
  });
}
