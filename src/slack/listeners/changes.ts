import { currentDesired } from '../../baseline/desired.js';
import { proposeSettings } from '../../changes/propose.js';
import type { ChangeRequest, Hold } from '../../changes/request.js';
import { type Pbx, timestamp } from '../../ctx.js';
import { UserError } from '../../errors.js';
import { observe } from '../../fleet/observe.js';
import { getPbx } from '../../fleet/pbx.js';
import { parseAssignments } from '../../settings/assignment.js';
import { findObject, getResource, getSetting, resources } from '../../settings/catalogue.js';
import type { Resource } from '../../settings/setting.js';
import { answer, notice } from '../blocks/answers.js';
import { CHANGE_FORM, changeForm, loadingForm } from '../blocks/change-form.js';
import { actions, button, escape } from '../blocks/kit.js';
import type { CommandInput, Conversation, SlackTools } from '../conversation.js';
import { openModal } from '../open-modal.js';
import { parseUntil } from '../words.js';
import { changeFormBlock, proposeFromForm } from './propose.js';
import { pbxAndKeys } from './show.js';

const MOST_METADATA = 2500;
const SET_USAGE = '/pbx set [pbx] setting value [--because reason] [--baseline | --until date]';

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
      usage: '/pbx change [pbx] [resource or setting…]',
      help: 'Opens a form with the live settings to change several at once.',
      run: async (input) => {
        const { pbx, keys } = pbxAndKeys(input.ctx, input.words.args);
        const { resource, wanted } = formScope(keys);
        await openForm(input, pbx, resource, wanted, {});
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
      run: (input: Parameters<NonNullable<Conversation['actions']>[number]['run']>[0]) =>
        openForm(input, getPbx(input.ctx, input.value), resource, [], {}),
    })),
  ],
  forms: [
    {
      callbackId: CHANGE_FORM,
      blockOf: changeFormBlock,
      run: async (input) => askedView(await proposeFromForm(input), input),
    },
  ],
};

async function setFromCommand(input: CommandInput): Promise<void> {
  const { ctx, words, person, reply } = input;
  const { pbx, keys } = pbxAndKeys(ctx, words.args);
  const [key] = keys;
  if (key === undefined) throw usageError('Say which setting you want to change, and its new value.');
  const value = valueAfter(words.rest, key);
  if (value === '' && !Object.keys(words.options).length) throw usageError(`Say what ${key} should become.`);
  const assignments = parseAssignments(key, value, null);
  const reason = words.options['because'];
  if (reason === undefined || reason === '') {
    return openForm(input, pbx, resourceOf(key), [key], {
      [findObject(key)?.object.key ?? getSetting(key).key]: value,
    });
  }
  const origin = `trigger:${input.triggerId}`;
  const request = await proposeSettings(ctx, {
    ...person,
    reason,
    origin,
    pbx,
    assignments,
    hold: holdOf(words.options),
  });
  await reply(answer(asked(request, input)));
}

async function openForm(
  { ctx, client, triggerId }: SlackTools & { readonly triggerId: string },
  pbx: Pbx,
  resource: Resource,
  wanted: readonly string[],
  presets: Readonly<Record<string, string>>,
): Promise<void> {
  if (JSON.stringify(presets).length > MOST_METADATA) {
    throw new UserError('invalid', 'This value is too long for a command without a reason.', {
      mend: `Add --because and the reason. Usage: ${SET_USAGE}`,
    });
  }
  await openModal(client, triggerId, loadingForm(pbx.name), async () => {
    const observation = await observe(ctx, pbx, [resource.name]);
    const { version, desired } = await currentDesired(ctx, pbx);
    const isUnread = observation.properties[resource.name] === undefined;
    if (isUnread) return notice('Change settings', unreadable(pbx, observation.readings));
    const facts = {
      pbxId: pbx.id,
      pbxName: pbx.name,
      readings: observation.readings,
      notice: null,
      desired,
      baselineVersion: version,
      today: timestamp(ctx).slice(0, 10),
    };
    return changeForm(resource, wanted, facts, presets);
  });
}

function unreadable(
  pbx: Pbx,
  readings: Readonly<Record<string, { status: string; because?: string }>>,
): readonly string[] {
  const because = Object.values(readings).find(({ status }) => status === 'unknown')?.because ?? 'no answer';
  return [
    `:warning: *${escape(pbx.name)}* could not be read: ${escape(because)}`,
    'Try again when it answers.',
  ];
}

function formScope(keys: readonly string[]): {
  readonly resource: Resource;
  readonly wanted: readonly string[];
} {
  const [first, ...rest] = keys;
  const named = resources.find(({ name }) => name.toLowerCase() === first?.toLowerCase());
  if (named !== undefined) return { resource: named, wanted: rest };
  if (first === undefined) return { resource: resourceOf(undefined), wanted: [] };
  const resource = resourceOf(first);
  const stranger = keys.find((key) => resourceOf(key) !== resource);
  if (stranger === undefined) return { resource, wanted: keys };
  throw new UserError('invalid', `${stranger} belongs to another form than ${first}.`, {
    mend: 'Change the settings of one resource at a time.',
  });
}

function resourceOf(key: string | undefined): Resource {
  if (key === undefined) return getResource('GeneralSettingsForApps');
  const object = findObject(key);
  return getResource((object?.leaves[0] ?? getSetting(key)).resource);
}

/** What stands behind the setting's name, as it was typed. */
function valueAfter(rest: string, key: string): string {
  const at = rest.search(new RegExp(`(?:^|\\s)${key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?:\\s|$)`));
  return rest.slice(at).trimStart().slice(key.length).trim();
}

function holdOf(options: Readonly<Record<string, string>>): Hold {
  if (options['until'] !== undefined) return { kind: 'exception', untilAt: parseUntil(options['until']) };
  return options['baseline'] === undefined ? { kind: 'none' } : { kind: 'baseline' };
}

function asked(request: ChangeRequest, { approvalsChannel }: SlackTools): string {
  return `Request #${request.number} waits for approval in <#${approvalsChannel}>. You will get a message when it is decided.`;
}

function askedView(request: ChangeRequest, tools: SlackTools): ReturnType<typeof notice> {
  return notice('Asked for', [asked(request, tools)]);
}

function usageError(message: string): UserError {
  return new UserError('invalid', message, { mend: `Usage: ${SET_USAGE}` });
}
