import { proposeSettings } from '../../changes/propose.js';
import { getPbx } from '../../fleet/pbx.js';
import { resources } from '../../settings/catalogue.js';
import { answer, notice } from '../blocks/answers.js';
import { askedWords } from '../blocks/asked-words.js';
import { CHANGE_FORM, changePurpose } from '../blocks/change-form.js';
import { targetName } from '../blocks/change-words.js';
import { actions, button } from '../blocks/kit.js';
import { escape } from '../blocks/text.js';
import type { ActionInput, CommandInput, Conversation } from '../conversation.js';
import { replyWhenReady } from '../patience.js';
import { withSource } from '../source.js';
import { openChangeForm } from './form-facts.js';
import { formScope, orderFrom, orderOptions } from './order.js';
import { changeFormBlock, proposeFromForm } from './propose.js';
import { pbxNames, targetAndKeys } from './scope.js';

const SET_USAGE =
  '/pbx set [pbx, tag:name or all] setting value [--because reason] [--baseline | --until date]';
const CHANGE_USAGE = '/pbx change [pbx, tag:name or all] [resource or setting…]';

/** Asking for changes: in one line, or in a form that is filled in with what the PBXs have. */
export const changes: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'set',
      usage: SET_USAGE,
      help: 'Asks for one setting to be changed; without a reason a form asks for it.',
      options: orderOptions,
      run: setFromCommand,
    },
    {
      command: '/pbx',
      verb: 'change',
      usage: CHANGE_USAGE,
      help: 'Opens a form with the settings as they are to change several at once.',
      run: async (input) => {
        const { target, keys } = targetAndKeys(input.ctx, input.words.args);
        const purpose = changePurpose(withSource(target, input.source));
        await openChangeForm(input, target, formScope(keys, CHANGE_USAGE), purpose);
      },
    },
  ],
  actions: [
    {
      id: 'change.open',
      run: async (input) => {
        const pbx = getPbx(input.ctx, input.value);
        const choose = resources.map(({ name, label }) => button(`change.resource.${name}`, label, pbx.id));
        await input.reply(answer(`What do you want to change on *${escape(pbx.name)}*?`, actions(...choose)));
      },
    },
    ...resources.map((resource) => ({
      id: `change.resource.${resource.name}`,
      run: async (input: ActionInput) => {
        const { id } = getPbx(input.ctx, input.value);
        const scope = { resources: [resource], wanted: [], typed: { values: {} } };
        await openChangeForm(input, id, scope, changePurpose(withSource(id, input.source)));
      },
    })),
  ],
  forms: [
    {
      callbackId: CHANGE_FORM,
      blockOf: changeFormBlock,
      run: async (input) => {
        const request = await proposeFromForm(input, input.metadata);
        return notice('Asked for', askedWords(request, input.approvalsChannel, pbxNames(input.ctx)));
      },
    },
  ],
};

async function setFromCommand(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, source, reply, approvalsChannel } = input;
  const { target, assignments, hold, reason, scope } = orderFrom(ctx, words, SET_USAGE);
  if (reason === '') {
    await openChangeForm(input, target, scope, changePurpose(withSource(target, source)));
    return;
  }
  const nameOf = pbxNames(ctx);
  const name = escape(targetName(target, nameOf));
  await replyWhenReady(reply, `Asking *${name}* for what is there now…`, async () => {
    const origin = `trigger:${triggerId}`;
    const petition = { ...person, reason, origin, source, target, assignments, hold };
    const request = await proposeSettings(ctx, petition);
    return answer(askedWords(request, approvalsChannel, nameOf).join('\n'));
  });
}
