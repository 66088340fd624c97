import { type ChildProcess, fork } from 'node:child_process';
import type { Config } from '../../src/config.js';
import type { Job } from '../../src/ctx.js';
import type { KillPoint } from './kill-point.js';
import type { ScriptName } from './kill-scripts.js';
import type { Answer, Letter, Question } from './killable-app.js';

/** A process that people deal with and that may die meanwhile. */
export interface Life {
  isDead(): boolean;
  readonly died: Promise<void>;
}

/** Plumbline in a process of its own. */
export interface Child extends Life {
  /** Counts durable steps from now on, and dies at `point`. */
  arm(point: KillPoint | null): Promise<void>;
  /** Takes note that Plumbline introduces itself, as serving does before it starts. */
  introduce(): Promise<void>;
  start(): Promise<void>;
  wake(job: Job): Promise<void>;
  /** Lets people do what a script says; resolves when they have, or when the process is dead. */
  play(script: ScriptName): Promise<void>;
  /** Resolves when no work is under way or the process is dead; the durable steps since `arm`, none of a dead one. */
  idle(): Promise<readonly string[]>;
  /** SIGKILL, at once; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** Puts Plumbline together in a new process that runs `entry`; it connects to nothing before `start`. */
export async function startChild(entry: string, config: Config): Promise<Child> {
  const child = fork(entry, [JSON.stringify(config)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const died = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const ask = asker(child, died);
  await ask({ ask: 'hello' });
  if (isDead(child)) throw new Error('Plumbline ended before it began');
  return {
    died,
    isDead: () => isDead(child),
    arm: async (point) => void (await ask({ ask: 'arm', point })),
    introduce: async () => void (await ask({ ask: 'introduce' })),
    start: async () => void (await ask({ ask: 'start' })),
    wake: async (job) => void (await ask({ ask: 'wake', job })),
    play: async (script) => void (await ask({ ask: 'play', script })),
    idle: () => ask({ ask: 'idle' }),
    async kill() {
      child.kill('SIGKILL');
      await died;
    },
  };
}

type Ask = (question: Question) => Promise<readonly string[]>;

/** Asks one question after the other; a process that dies answers nothing any more. */
function asker(child: ChildProcess, died: Promise<void>): Ask {
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  child.on('message', (answer: Answer) => waiting.get(answer.id)?.(answer));
  return async (question) => {
    const id = (lastId += 1);
    const answered = new Promise<Answer>((resolve) => void waiting.set(id, resolve));
    const letter: Letter = { id, question };
    if (child.connected) child.send(letter, () => undefined);
    const answer = await Promise.race([answered, died]);
    waiting.delete(id);
    if (answer?.failure !== undefined) throw new Error(answer.failure);
    return answer?.steps ?? [];
  };
}

function isDead({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
