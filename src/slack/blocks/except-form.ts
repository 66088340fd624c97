import { type Block, modal, plain, section, type View } from './kit.js';
import { clip } from './text.js';

/** The callback ids of the windows that ask for an exception, and for a pause. */
export const NEW_EXCEPTION_FORM = 'except.form';
export const PAUSE_FORM = 'pause.form';

const REASON_MOST = 2000;
const OPTIONS_MOST = 100;
const OPTION_TEXT = 75;
const LIST_MOST = 3000;

/** What such a window begins with, as far as it is known; a target and an owner by their ids. */
export interface Begun {
  readonly target?: string | undefined;
  /** The names of settings. */
  readonly keys?: readonly string[];
  /** As `2026-12-31`. */
  readonly untilDate?: string | undefined;
  readonly reason?: string | undefined;
  readonly owner?: string | undefined;
}

/** What such a window needs to know of the fleet. */
export interface ExceptFacts {
  /** All that a person may name, the PBXs first, as they are stored and as people call them. */
  readonly targets: readonly { readonly target: string; readonly name: string }[];
  readonly metadata: string;
}

/** Asks for the rules of which settings are to be suspended where, until when, why, and who answers for it. */
export function newExceptionForm(begun: Begun, facts: ExceptFacts): View {
  const blocks = [
    section(
      'Until then sweeps leave these settings as they are, whatever the baseline says. The first sweep after it holds the baseline’s rules again.',
    ),
    targetInput(begun, facts),
    settingsInput(begun),
    ...commonInputs(begun),
  ];
  return asking('Exception', NEW_EXCEPTION_FORM, blocks, facts);
}

/** Asks for which PBXs sweeps are to pause, until when, why, and who answers for it. */
export function pauseForm(begun: Begun, facts: ExceptFacts): View {
  const blocks = [
    section(
      'Until then sweeps neither look at these PBXs nor correct anything there. Approved changes are still written.',
    ),
    targetInput(begun, facts),
    ...commonInputs(begun),
  ];
  return asking('Pause sweeps', PAUSE_FORM, blocks, facts);
}

function asking(title: string, callbackId: string, blocks: Block[], { metadata }: ExceptFacts): View {
  return modal(title, blocks, { callbackId, submit: 'Ask for approval', close: 'Cancel', metadata });
}

/** A menu where all fit into one, else a text. */
function targetInput({ target }: Begun, { targets }: ExceptFacts): Block {
  const base = { type: 'input', block_id: 'target', label: plain('For which PBXs') } as const;
  if (targets.length > OPTIONS_MOST) {
    const initial = target === undefined ? {} : { initial_value: target };
    const hint = plain('The id of a PBX, tag:NAME or all.');
    return { ...base, hint, element: { type: 'plain_text_input', action_id: 'value', ...initial } };
  }
  const options = targets.map(({ target: value, name }) => ({ value, text: plain(clip(name, OPTION_TEXT)) }));
  const initial = options.find(({ value }) => value === target);
  return {
    ...base,
    element: {
      type: 'static_select',
      action_id: 'value',
      options,
      ...(initial === undefined ? {} : { initial_option: initial }),
    },
  };
}

function settingsInput({ keys = [] }: Begun): Block {
  return {
    type: 'input',
    block_id: 'settings',
    label: plain('Settings'),
    hint: plain(
      'One name a line, such as AvatarStyle. Only what the baseline holds there can have an exception.',
    ),
    element: {
      type: 'plain_text_input',
      action_id: 'value',
      multiline: true,
      max_length: LIST_MOST,
      ...(keys.length === 0 ? {} : { initial_value: clip(keys.join('\n'), LIST_MOST) }),
    },
  };
}

function commonInputs({ untilDate, reason, owner }: Begun): Block[] {
  return [
    {
      type: 'input',
      block_id: 'until',
      label: plain('Until the end of'),
      hint: plain('At most a year from now, in UTC. It is warned about before it ends.'),
      element: {
        type: 'datepicker',
        action_id: 'value',
        ...(untilDate === undefined ? {} : { initial_date: untilDate }),
      },
    },
    {
      type: 'input',
      block_id: 'reason',
      label: plain('Reason'),
      hint: plain('Approvers, reports and the audit log show it.'),
      element: {
        type: 'plain_text_input',
        action_id: 'value',
        multiline: true,
        max_length: REASON_MOST,
        ...(reason === undefined || reason === '' ? {} : { initial_value: clip(reason, REASON_MOST) }),
      },
    },
    {
      type: 'input',
      block_id: 'owner',
      label: plain('Who answers for it'),
      hint: plain('This person is warned before it ends, and may end it early.'),
      element: {
        type: 'users_select',
        action_id: 'value',
        ...(owner === undefined ? {} : { initial_user: owner }),
      },
    },
  ];
}
