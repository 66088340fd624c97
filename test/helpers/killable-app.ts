import { createApp } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import type { Job } from '../../src/ctx.js';
import { everybody, scripts, type ScriptName } from './kill-scripts.js';
import { createSteps, type KillPoint, openMetered } from './kill-point.js';

/** What the parent asks of this process. */
export type Question =
  | { readonly ask: 'hello' | 'introduce' | 'start' | 'idle' }
  | { readonly ask: 'arm'; readonly point: KillPoint | null }
  | { readonly ask: 'wake'; readonly job: Job }
  | { readonly ask: 'play'; readonly script: ScriptName };

export interface Letter {
  readonly id: number;
  readonly question: Question;
}

/** The answer to a question: what each durable step since `arm` wrote, or why there is none. */
export interface Answer {
  readonly id: number;
  readonly steps: readonly string[];
  readonly failure?: string;
}

const config: Config = JSON.parse(process.argv[2] ?? '');
const steps = createSteps();
// Without Slack nobody could be looked up.
const directory = config.slack === null ? { directory: everybody } : {};
const app = await createApp(config, { openDatabase: openMetered(steps), ...directory });

async function answer({ id, question }: Letter): Promise<void> {
  if (question.ask === 'arm') steps.arm(question.point);
  if (question.ask === 'wake') app.ctx.wake(question.job);
  if (question.ask === 'play') await scripts[question.script].play(app);
  if (question.ask === 'introduce') await app.ctx.announce.introduce();
  if (question.ask === 'start') await app.start();
  if (question.ask === 'idle') await app.idle();
  reply({ id, steps: steps.done });
}

function reply(sent: Answer): void {
  process.send?.(sent);
}

process.on('disconnect', () => process.exit());
process.on('message', (letter: Letter) => {
  answer(letter).catch((error: unknown) => reply({ id: letter.id, steps: [], failure: String(error) }));
});
