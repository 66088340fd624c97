import { breakGlassConfirmation } from '../../changes/break-glass.js';
import { type ChangeRequest, confirmationOf, keysOf } from '../../changes/request.js';
import { linesOf } from './change-diff.js';
import { askWords } from './change-words.js';
import { type Block, listed, modal, plain, quotation, section, sections, type View } from './kit.js';
import { warningsOf } from './setting-words.js';
import { clip } from './text.js';

const LINES_TEXT = 20_000;
const REASON_MOST = 2000;

/** The callback ids of the windows that ask once more before something is done. */
export const APPROVE_FORM = 'approve.form';
export const DENY_FORM = 'deny.form';
export const WITHDRAW_FORM = 'withdraw.form';
export const BREAK_GLASS_FORM = 'break-glass.form';
export const REVIEW_FORM = 'review.form';
export const REVERT_FORM = 'revert.form';

/** A request as such a window shows it. */
export interface Asked {
  readonly request: ChangeRequest;
  /** The name of its target. */
  readonly name: string;
  readonly nameOf: (pbxId: string) => string;
  /** What the submitted form is to act on. */
  readonly metadata: string;
}

/** What an approver of a high-risk request reads and types. */
export function approveForm(asked: Asked): View {
  const { request, metadata } = asked;
  return modal(
    `Approve request #${request.number}`,
    [...whatBlocks(asked), confirmationInput(confirmationOf(request) ?? '', 'approve')],
    { callbackId: APPROVE_FORM, submit: 'Approve', close: 'Cancel', metadata },
  );
}

/** Asks for the reason of a deny. */
export function denyForm({ request, metadata }: Asked): View {
  return modal(
    `Deny request #${request.number}`,
    [section('The person who asked and the audit log see your reason.'), textInput('reason', 'Reason')],
    { callbackId: DENY_FORM, submit: 'Deny', close: 'Cancel', metadata },
  );
}

/** Asks whether a request is really to be taken back. */
export function withdrawForm(asked: Asked): View {
  const { request, metadata } = asked;
  return modal(
    `Withdraw #${request.number}`,
    [
      ...askedBlocks(asked),
      section('Once it is withdrawn nobody can approve it any more; you can ask again at any time.'),
    ],
    { callbackId: WITHDRAW_FORM, submit: 'Withdraw', close: 'Keep it', metadata },
  );
}

/** What somebody reads and types who applies a request without approval. */
export function breakGlassForm(asked: Asked): View {
  const { request, metadata } = asked;
  const blocks = [
    ...whatBlocks(asked),
    breakGlassNote(),
    textInput('reason', 'Why this cannot wait'),
    confirmationInput(breakGlassConfirmation(request), 'apply without approval'),
  ];
  return modal(`Break glass: #${request.number}`, blocks, {
    callbackId: BREAK_GLASS_FORM,
    submit: 'Apply now',
    close: 'Cancel',
    metadata,
  });
}

/** What breaking the glass means. */
export function breakGlassNote(): Block {
  return section(
    ':rotating_light: *This is applied at once, everybody who may approve is told, and another person must review it afterwards.*',
  );
}

/** Asks the reviewer of a request that was applied without approval for a note. */
export function reviewForm(asked: Asked): View {
  const { request, metadata } = asked;
  return modal(
    `Review request #${request.number}`,
    [
      ...askedBlocks(asked),
      section('Your note stays on the card and in the audit log, and closes the review.'),
      textInput('note', 'What you found'),
    ],
    { callbackId: REVIEW_FORM, submit: 'Close the review', close: 'Cancel', metadata },
  );
}

/** Asks why a request is to be taken back. */
export function revertForm(asked: Asked): View {
  const { request, metadata } = asked;
  return modal(
    `Revert request #${request.number}`,
    [
      ...askedBlocks(asked),
      section('This asks for what it wrote to become what it was before, by the same rules as any change.'),
      textInput('reason', 'Reason'),
    ],
    { callbackId: REVERT_FORM, submit: 'Ask for approval', close: 'Cancel', metadata },
  );
}

/** The input for the words that must be typed before something risky is done. */
export function confirmationInput(wanted: string, purpose: string): Block {
  return {
    type: 'input',
    block_id: 'confirmation',
    label: plain(`Type ${wanted} to ${purpose}`),
    element: { type: 'plain_text_input', action_id: 'value', max_length: 200 },
  };
}

/** What could happen, as the settings themselves say it; nothing where they say nothing. */
function warningBlocks(keys: readonly string[]): Block[] {
  const warnings = warningsOf(keys).map((warning) => `:warning: ${warning}`);
  return warnings.length === 0 ? [] : sections(['*What could happen*', ...warnings]);
}

function whatBlocks(asked: Asked): Block[] {
  const { content, reason } = asked.request;
  return [
    ...askedBlocks(asked),
    section('*Reason*'),
    quotation(clip(reason, REASON_MOST)),
    ...warningBlocks(keysOf(content)),
  ];
}

function askedBlocks({ request, name, nameOf }: Asked): Block[] {
  return [
    section(askWords(request, name)),
    ...listed(
      linesOf(request, nameOf),
      LINES_TEXT,
      (left) => `${left} more: press “Show JSON” to see all of them.`,
    ),
  ];
}

function textInput(blockId: string, label: string): Block {
  return {
    type: 'input',
    block_id: blockId,
    label: plain(label),
    element: { type: 'plain_text_input', action_id: 'value', multiline: true, max_length: REASON_MOST },
  };
}
