import type { Episode } from '../../drift/episode.js';
import { type Block, modal, plain, section, type View } from './kit.js';
import { targetName } from './change-words.js';
import { labelOf, valueOf } from './setting-words.js';
import { clip, escape } from './text.js';

/** The callback ids of the windows in which a drift is answered. */
export const ADOPT_FORM = 'episode.adopt.form';
export const EXCEPT_FORM = 'episode.except.form';

const REASON_MOST = 2000;
const OPTION_TEXT = 75;

/** A drift as such a window shows it. */
interface Answered {
  readonly episode: Episode;
  readonly nameOf: (pbxId: string) => string;
  readonly metadata: string;
}

/** Asks for whom, and why, what a PBX has is to become the baseline's value. */
export function adoptForm({ episode, nameOf, metadata }: Answered): View {
  const { pbxId, key, live, rule } = episode;
  const name = nameOf(pbxId);
  const scopes = [
    { value: 'pbx', text: `Only for ${name}` },
    ...(rule.target === pbxId ? [] : [{ value: 'rule', text: `For ${targetName(rule.target, nameOf)}` }]),
  ].map(({ value, text }) => ({ value, text: plain(clip(text, OPTION_TEXT)) }));
  const [first] = scopes;
  const blocks: Block[] = [
    section(
      `*${labelOf(key)}* of *${escape(name)}* was ${valueOf(key, live)} when it was last seen; the baseline says ${valueOf(key, rule.value)}. What it is now is read again, and the request shows what the new rule would change where.`,
    ),
    {
      type: 'input',
      block_id: 'scope',
      label: plain('For which PBXs the baseline is to say so'),
      element: {
        type: 'static_select',
        action_id: 'value',
        options: scopes,
        ...(first === undefined ? {} : { initial_option: first }),
      },
    },
    reasonInput('Why it is right as it is'),
  ];
  return modal('Adopt into baseline', blocks, {
    callbackId: ADOPT_FORM,
    submit: 'Ask for approval',
    close: 'Cancel',
    metadata,
  });
}

/** Asks until when, and why, the rule is to be suspended on the PBX. */
export function exceptForm({ episode, nameOf, metadata }: Answered): View {
  const { pbxId, key, live } = episode;
  const blocks: Block[] = [
    section(
      `Until the date, sweeps leave *${labelOf(key)}* of *${escape(nameOf(pbxId))}* as it is (${valueOf(key, live)} when last seen). The sweep after it restores what the baseline says. You answer for it.`,
    ),
    {
      type: 'input',
      block_id: 'until',
      label: plain('Until the end of'),
      hint: plain('At most a year from now, in UTC.'),
      element: { type: 'datepicker', action_id: 'value' },
    },
    reasonInput('Reason'),
  ];
  return modal('Make an exception', blocks, {
    callbackId: EXCEPT_FORM,
    submit: 'Ask for approval',
    close: 'Cancel',
    metadata,
  });
}

function reasonInput(label: string): Block {
  return {
    type: 'input',
    block_id: 'reason',
    label: plain(label),
    element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: REASON_MOST },
  };
}
