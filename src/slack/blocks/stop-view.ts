import type { Stop, StopNoted } from '../../fleet/stop.js';
import { context, type Message, modal, quotation, section, type View } from './kit.js';
import { isUserId, time } from './people.js';
import { clip, escape, spoken } from './text.js';

/** The callback id of the window that asks once more before a stop is ended. */
export const START_FORM = 'start.form';

const REASON_TEXT = 500;

/** Tells the approvals channel, or the one who did it, that everything is stopped. */
export function stoppedMessage(stop: Stop, { isInFile, isInDatabase }: StopNoted): Message {
  const lead = `:octagonal_sign: *Everything is stopped* by ${whose(stop)}. Nothing is written to any PBX until an admin types \`/pbx-drift start\`.`;
  const rest =
    'Looking and asking still work, and approved changes wait. A request that is just being applied ends where it is, and says so.';
  const only = [
    ...(isInDatabase
      ? []
      : [
          ':warning: The database could not take it, so it holds on this machine only: stop Plumbline on the others too.',
        ]),
    ...(isInFile ? [] : ['The stop file could not be written; the database alone holds it.']),
  ];
  return {
    text: spoken([lead, `Reason: ${escape(stop.reason)}`, ...only, rest]),
    blocks: [section([lead, ...only].join('\n')), quotation(clip(stop.reason, REASON_TEXT)), context(rest)],
  };
}

/** Tells the approvals channel, or the one who did it, that the stop is over. */
export function startedMessage(by: string, waiting: number): Message {
  const then =
    waiting === 0
      ? 'No approved change waited.'
      : `${waiting === 1 ? 'One approved change' : `${waiting} approved changes`} that waited ${waiting === 1 ? 'is' : 'are'} written now, unless a freeze holds ${waiting === 1 ? 'it' : 'them'} back.`;
  const line = `:white_check_mark: *The stop is over*: <@${by}> ended it. ${then} The next sweep corrects again.`;
  return { text: spoken([line]), blocks: [section(line)] };
}

/** Shows what is stopped, and since when and why, before it is ended. */
export function startForm(stop: Stop, waiting: number, metadata: string): View {
  const when = stop.since === '' ? '' : ` ${time(stop.since)}`;
  const then =
    waiting === 0
      ? 'No approved change waits. The next sweep corrects again.'
      : `*${waiting === 1 ? 'One approved change is' : `${waiting} approved changes are`} written at once*, and the next sweep corrects again.`;
  return modal(
    'End the stop?',
    [
      section(`Everything was stopped${when} by ${whose(stop)}:`),
      quotation(clip(stop.reason, REASON_TEXT)),
      section(then),
    ],
    { callbackId: START_FORM, submit: 'End the stop', close: 'Leave it stopped', metadata },
  );
}

function whose({ by }: Stop): string {
  return isUserId(by) ? `<@${by}>` : escape(by);
}
