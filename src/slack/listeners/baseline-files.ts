import { writeDocument } from '../../baseline/document-write.js';
import { type BaselineVersion, currentBaseline } from '../../baseline/store.js';
import { getVersion, isAlreadySo, nextFromFile, versionIn } from '../../changes/next-baseline.js';
import { proposeBaseline } from '../../changes/propose-baseline.js';
import { checkMayPropose } from '../../changes/propose.js';
import { textOfBytes } from '../../config-text.js';
import { UserError, UserErrors } from '../../errors.js';
import { answer, errorLines, notice } from '../blocks/answers.js';
import { IMPORT_FORM, importForm } from '../blocks/baseline-forms.js';
import { fileMessage } from '../blocks/baseline-versions-view.js';
import type { Message, View } from '../blocks/kit.js';
import { counted } from '../blocks/text.js';
import type { CommandInput, Conversation, FormInput } from '../conversation.js';
import { openView } from '../open-modal.js';
import { replyWhenReady } from '../patience.js';
import { slackErrorCode } from '../slack-error.js';
import { withSource } from '../source.js';
import { shareFile } from '../upload.js';
import { askedNotice } from './except-words.js';
import { valueOf } from './propose.js';

/** So many of a file's faults stand in the window. */
const MOST_FAULTS = 12;

/** The baseline as a file: handing it out, and replacing the baseline by one. */
export const baselineFiles: Conversation = {
  commands: [
    {
      command: '/pbx-baseline',
      verb: 'export',
      usage: '/pbx-baseline export [version]',
      help: 'Sends you the baseline as a YAML file for git, in a direct message.',
      most: 1,
      run: exportBaseline,
    },
    {
      command: '/pbx-baseline',
      verb: 'import',
      usage: '/pbx-baseline import',
      help: 'Asks for the baseline to become exactly what a YAML file says.',
      most: 0,
      run: openImport,
    },
  ],
  forms: [{ callbackId: IMPORT_FORM, run: importBaseline }],
};

async function exportBaseline(input: CommandInput): Promise<void> {
  const { ctx, words, reply } = input;
  const [word] = words.args;
  const version = word === undefined ? (await currentBaseline(ctx.db)).version : versionIn(word);
  if (version === null) {
    throw new UserError('invalid', `“${word ?? ''}” is no version.`, {
      mend: 'Write its number, such as 3.',
    });
  }
  const found = await getVersion(ctx, version);
  await replyWhenReady(reply, 'Writing the file…', () => handedOut(input, found, word === undefined));
}

/** The file in the person's direct messages; where Slack does not take it, as much of it as fits here. */
async function handedOut(
  { ctx, client, person }: CommandInput,
  { version, rules, publishedAt, publishedBy }: BaselineVersion,
  isInForce: boolean,
): Promise<Message> {
  const head = `Baseline v${version}, published ${publishedAt} by ${publishedBy.kind}:${publishedBy.id}.`;
  const text = writeDocument({ rules, basedOn: isInForce ? version : null }, head);
  const title = `Baseline v${version}: ${counted(rules.length, 'rule')} as YAML`;
  try {
    const opened = await client.conversations.open({ users: person.actor.id });
    const channel = opened.channel?.id;
    if (channel === undefined) throw new Error('Slack opened no conversation');
    const file = { name: `baseline-v${version}.yml`, title: `Baseline v${version}`, text };
    await shareFile(client, { channel, comment: title, file });
    return answer(`${title}: the file is in your direct messages with me.`);
  } catch (error) {
    ctx.log.warn({ err: error }, 'a baseline file could not be uploaded');
    const because = slackErrorCode(error) ?? 'no answer';
    const whole = `\`plumbline baseline export --version ${version}\` on the machine on which Plumbline runs writes it whole`;
    return fileMessage(`${title}. Slack did not take it as a file (${because}); ${whole}.`, text);
  }
}

async function openImport({ ctx, client, person, triggerId, source }: CommandInput): Promise<void> {
  checkMayPropose(ctx, person);
  await openView({ client, triggerId, log: ctx.log }, importForm(withSource('import', source)));
}

async function importBaseline(input: FormInput): Promise<View> {
  const { ctx, person, fields, origin, source } = input;
  const { text, name, field } = await textFrom(input);
  return atField(field, async () => {
    const next = await nextFromFile(ctx, text, name);
    if (isAlreadySo(next)) return notice('Nothing to do', ['The baseline says exactly this already.']);
    const petition = { ...person, reason: valueOf(fields, 'reason'), origin, source, target: 'baseline' };
    return askedNotice(input, await proposeBaseline(ctx, { ...petition, ...next }));
  });
}

interface Given {
  readonly text: string;
  readonly name: string;
  readonly field: 'file' | 'text';
}

async function textFrom({ fields, download }: FormInput): Promise<Given> {
  const file = fields.find(({ blockId }) => blockId === 'file')?.files[0];
  const text = valueOf(fields, 'text');
  if ((file === undefined) === (text.trim() === '')) {
    const message =
      file === undefined ? 'There is neither a file nor a text.' : 'There is a file as well as a text.';
    throw new UserError('invalid', message, { field: 'text', mend: 'Give one of the two.' });
  }
  if (file === undefined) return { text, name: 'the text', field: 'text' };
  const bytes = await download(file.url);
  return { text: textOfBytes(bytes, `The file “${file.name}”`, 'file'), name: file.name, field: 'file' };
}

/** What is wrong with the file is told at its input, but a reason at its own. */
async function atField(field: string, work: () => Promise<View>): Promise<View> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UserError) || error.field === 'reason' || error.code === 'forbidden') throw error;
    const faults = error instanceof UserErrors ? error.errors : [error];
    const lines = faults.slice(0, MOST_FAULTS).flatMap((one) => errorLines(one));
    const left = faults.length - MOST_FAULTS;
    const more = left > 0 ? [`And ${left} more.`] : [];
    throw new UserError(error.code, [...lines, ...more].join('\n'), { field });
  }
}
