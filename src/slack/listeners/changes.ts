import { currentDesired } from '../../baseline/desired.js';
import { proposeSettings } from '../../changes/propose.js';
import type { ChangeRequest, Hold } from '../../changes/request.js';
import type { Pbx } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { observe } from '../../fleet/observe.js';
import { getPbx } from '../../fleet/pbx.js';
import { type Assignment, parseAssignments } from '../../settings/assignment.js';
import { findObject, getResource, getSetting, resources } from '../../settings/catalogue.js';
import type { Resource } from '../../settings/setting.js';
import { answer, notice } from '../blocks/answers.js';
import { CHANGE_FORM, changeForm, loadingForm, type Typed, unreadableForm } from '../blocks/change-form.js';
import { typedForm } from '../blocks/form-inputs.js';
import { actions, button } from '../blocks/kit.js';
import { escape } from '../blocks/text.js';
import type { ActionInput, CommandInput, Conversation, SlackTools } from '../conversation.js';
import { openModal } from '../open-modal.js';
import { replyWhenReady } from '../patience.js';
import { parseUntil } from '../../baseline/until.js';
import { valueAfter } from '../words.js';
import { changeFormBlock, proposeFromForm } from './propose.js';
import { findResource, pbxAndKeys } from './scope.js';

const SET_USAGE = '/pbx set [pbx] setting value [--because reason] [--baseline | --until date]';
const CHANGE_USAGE = '/pbx change [pbx] [resource or setting…]';

/** Asking for changes: in one line, or in a form that is filled in with what the PBX has. */
export const changes: Conversation = {
  commands: [
    {
      command: '/pbx',
      verb: 'set',
      usage: SET_USAGE,
      help: 'Asks for one setting to be changed; without a reason a form asks for it.',
      options: ['because', 'baseline', 'until'],
      run: setFromCommand,
    },
    {
      command: '/pbx',
      verb: 'change',
      usage: CHANGE_USAGE,
      help: 'Opens a form with the live settings to change several at once.',
      run: async (input) => {
        const { pbx, keys } = pbxAndKeys(input.ctx, input.words.args);
        const { resource, wanted } = formScope(keys);
        await openForm(input, pbx, resource, { wanted, typed: { values: {} } });
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
      run: (input: ActionInput) =>
        openForm(input, getPbx(input.ctx, input.value), resource, { wanted: [], typed: { values: {} } }),
    })),
  ],
  forms: [
    {
      callbackId: CHANGE_FORM,
      blockOf: changeFormBlock,
      run: async (input) => notice('Asked for', [asked(await proposeFromForm(input), input)]),
    },
  ],
};

async function setFromCommand(input: CommandInput): Promise<void> {
  const { ctx, words, person, triggerId, reply } = input;
  const { pbx, keys } = pbxAndKeys(ctx, words.args);
  const [key] = keys;
  if (key === undefined) throw usageError('Say which setting you want to change, and its new value.');
  const resource = resourceOf(key);
  const value = valueAfter(words.rest, key);
  if (value === '') throw usageError(`Say what ${key} should become, or "" to empty it.`);
  const assignments = parseAssignments(key, value, null);
  const hold = holdOf(words.options);
  const { because: reason = '' } = words.options;
  if (reason === '') {
    const typed = { values: typedValue(key, value, assignments), ...typedHold(hold) };
    return openForm(input, pbx, resource, { wanted: [key], typed });
  }
  await replyWhenReady(reply, `Asking *${escape(pbx.name)}* what it has now…`, async () => {
    const origin = `trigger:${triggerId}`;
    const request = await proposeSettings(ctx, { ...person, reason, origin, pbx, assignments, hold });
    return answer(asked(request, input));
  });
}

interface FormScope {
  readonly wanted: readonly string[];
  readonly typed: Typed;
}

async function openForm(
  { ctx, client, triggerId }: SlackTools & { readonly triggerId: string },
  pbx: Pbx,
  resource: Resource,
  { wanted, typed }: FormScope,
): Promise<void> {
  await openModal({ client, triggerId, log: ctx.log }, loadingForm(pbx.name), async () => {
    const { properties, readings } = await observe(ctx, pbx, [resource.name]);
    if (properties[resource.name] === undefined) return unreadableForm(pbx.name, readings);
    const { version, desired } = await currentDesired(ctx, pbx);
    const facts = { pbxId: pbx.id, pbxName: pbx.name, readings, desired, baselineVersion: version };
    return changeForm(resource, wanted, facts, typed);
  });
}

function formScope(keys: readonly string[]): {
  readonly resource: Resource;
  readonly wanted: readonly string[];
} {
  const [first, ...rest] = keys;
  if (first === undefined) return { resource: getResource('GeneralSettingsForApps'), wanted: [] };
  const named = findResource(first);
  const resource = named ?? resourceOf(first);
  const wanted = named === undefined ? keys : rest;
  const stranger = wanted.find((key) => resourceOf(key) !== resource);
  if (stranger === undefined) return { resource, wanted };
  throw new UserError('invalid', `${stranger} belongs to another form than ${first}.`, {
    mend: `Change the settings of one resource at a time. Usage: ${CHANGE_USAGE}`,
  });
}

function resourceOf(key: string): Resource {
  const object = findObject(key);
  return getResource((object?.leaves[0] ?? getSetting(key)).resource);
}

/** A value of the command as it stands in the form: one the PBX understands as it would be typed, JSON as it was. */
function typedValue(
  key: string,
  value: string,
  assignments: readonly Assignment[],
): Readonly<Record<string, string>> {
  const object = findObject(key);
  if (object !== undefined) return { [object.object.key]: value };
  const setting = getSetting(key);
  return { [setting.key]: typedForm(setting, assignments[0]?.value ?? null) };
}

function typedHold(hold: Hold): Pick<Typed, 'hold' | 'untilDate'> {
  if (hold.kind === 'none') return {};
  if (hold.kind === 'baseline') return { hold: 'baseline' };
  return { hold: 'exception', untilDate: hold.untilAt.slice(0, 10) };
}

function holdOf({ baseline, until }: Readonly<Record<string, string>>): Hold {
  if (baseline !== undefined && until !== undefined) {
    throw usageError('A change is made the baseline, or an exception until a date, but not both.');
  }
  if (baseline !== undefined && baseline !== '') {
    throw usageError(`--baseline stands alone, but “${baseline}” follows it.`);
  }
  if (until !== undefined) return { kind: 'exception', untilAt: parseUntil(until) };
  return { kind: baseline === undefined ? 'none' : 'baseline' };
}

function asked(request: ChangeRequest, { approvalsChannel }: SlackTools): string {
  return `Request #${request.number} waits for approval in <#${approvalsChannel}>. You will get a message when it is decided.`;
}

function usageError(message: string): UserError {
  return new UserError('invalid', message, { mend: `Usage: ${SET_USAGE}` });
}
