import { UserError } from '../../errors.js';
import { nearest } from '../../settings/suggest.js';
import { answer } from '../blocks/answers.js';
import { actions, type Message } from '../blocks/kit.js';
import { preferenceMenu, preferenceWords } from '../blocks/preference-menu.js';
import type { Conversation, SlackTools } from '../conversation.js';
import type { Person } from '../people.js';
import {
  findPreference,
  type OutcomePreference,
  outcomePreferences,
  savePreference,
} from '../preference-store.js';

const USAGE = '/pbx notify [all | own | none]';

/** Which ends of requests a person is told in direct messages. */
export const notify: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'notify',
      usage: USAGE,
      help: 'Says or sets which ends of requests you are told: all you asked or decided, your own, or none.',
      most: 1,
      run: async (input) => {
        const [word] = input.words.args;
        await input.reply(
          word === undefined ? await present(input) : await choose(input, preferenceNamed(word)),
        );
      },
    },
  ],
  actions: [
    {
      id: 'notify.choose',
      run: async (input) => {
        const message = await choose(input, preferenceNamed(input.value));
        // In the Home tab the menu itself shows what was chosen.
        if (input.viewId === null) await input.reply(message);
      },
    },
  ],
};

interface Chooser extends Pick<SlackTools, 'ctx' | 'refreshHomes'> {
  readonly person: Person;
}

async function present({ ctx, person }: Chooser): Promise<Message> {
  const preference = await findPreference(ctx.db, person.actor.id);
  return answer(`You are told ${preferenceWords(preference)}.`, actions(preferenceMenu(preference)));
}

async function choose(
  { ctx, person, refreshHomes }: Chooser,
  preference: OutcomePreference,
): Promise<Message> {
  await savePreference(ctx.db, person.actor.id, preference);
  refreshHomes();
  return answer(`From now on you are told ${preferenceWords(preference)}.`);
}

function preferenceNamed(word: string): OutcomePreference {
  const found = outcomePreferences.find((one) => one === word.toLowerCase());
  if (found !== undefined) return found;
  const [guess] = nearest(word, outcomePreferences);
  throw new UserError('invalid', `“${word}” is not one of ${outcomePreferences.join(', ')}.`, {
    field: 'notify',
    mend: guess === undefined ? `Usage: ${USAGE}` : `Did you mean ${guess}? Usage: ${USAGE}`,
  });
}
