import { timestamp } from '../ctx.js';
import { reportCsv, reportExport } from '../drift/export.js';
import { findSweepReport, type ReportPart, type SweepReport } from '../drift/queries.js';
import type { Sweep } from '../drift/store.js';
import { answer } from './blocks/answers.js';
import { detailMessages } from './blocks/report.js';
import { code } from './blocks/text.js';
import { listAudiences, type MessageKey, saveUnpostable } from './message-store.js';
import { slackErrorCode } from './slack-error.js';
import { audienceIn, type ReportDesk } from './report-channel.js';
import { uploadOnce } from './upload.js';

/** What tells a spreadsheet that opens the file how its letters are written. */
const UTF_8 = '\uFEFF';

/** The thread under a sweep's report in one channel. */
export interface Thread {
  readonly sweep: Sweep;
  readonly channel: string;
  readonly part: ReportPart;
  readonly threadTs: string;
  readonly nameOf: (pbxId: string) => string;
}

/** Posts the details of a report in its thread: a few messages, and what exceeds them as a file. */
export async function postDetails(desk: ReportDesk, thread: Thread): Promise<void> {
  const { ctx, config, outbox } = desk;
  const { sweep, channel, threadTs } = thread;
  const { id, revision } = sweep;
  const { messages, isCut } = detailMessages(thread.part, thread.nameOf);
  const keyOf = (index: number): MessageKey => {
    return { kind: 'sweep', id, audience: audienceIn(config, channel, `details:${index}`) };
  };
  for (const [index, message] of messages.entries()) {
    await outbox.publish({ key: keyOf(index), revision, channel, message, threadTs });
  }
  const known = await listAudiences(ctx.db, { kind: 'sweep', id }, 'details:');
  for (let index = messages.length; known.includes(keyOf(index).audience); index += 1) {
    const message = answer('This part of an earlier state of the report is no longer needed.');
    await outbox.publish({ key: keyOf(index), revision, channel, message, threadTs });
  }
  if (isCut) await postFiles(desk, thread);
}

/** A file that cannot be uploaded does not lose the report: the thread says how to get it. */
async function postFiles(desk: ReportDesk, thread: Thread): Promise<void> {
  const { ctx, config, outbox } = desk;
  const { sweep, channel, threadTs } = thread;
  const { id, number, state } = sweep;
  const key: MessageKey = { kind: 'sweep', id, audience: audienceIn(config, channel, `file:${state}`) };
  const found = await findSweepReport(ctx.db, id);
  if (found === undefined) return;
  try {
    const files = filesOf(found, thread);
    const comment = `The whole of report #${number}, setting by setting, as CSV and JSON.`;
    await uploadOnce(desk, { key, channel, threadTs, comment, files });
  } catch (error) {
    ctx.log.warn({ err: error, sweep: id }, 'the report could not be uploaded as a file');
    const because = slackErrorCode(error) ?? 'no answer';
    const message = answer(
      `The whole report does not fit into this thread, and Slack did not take it as a file (${code(because)}). ${mendFor(because)}On the machine on which Plumbline runs, \`plumbline report ${number} --csv report.csv\` writes it.`,
    );
    const note: MessageKey = { ...key, audience: `${key.audience}:note` };
    await outbox.publish({ key: note, revision: 0, channel, message, threadTs });
    await saveUnpostable(ctx.db, key, channel, timestamp(ctx));
  }
}

function mendFor(because: string): string {
  return because === 'missing_scope' ? 'The app needs the scope `files:write`: install it anew. ' : '';
}

/** Only the PBXs of this channel. */
function filesOf({ sweep, report }: SweepReport, { part, nameOf }: Thread) {
  const own = new Set([...part.notable, ...part.quiet].map(({ pbxId }) => pbxId));
  const { notable: _, quiet: __, ...totals } = part;
  const entries = report.entries.filter(({ pbxId }) => own.has(pbxId));
  const found = { sweep, report: { ...report, ...totals, entries } };
  const name = `drift-report-${sweep.number}-${sweep.state}`;
  const title = `Drift report #${sweep.number}`;
  return [
    { name: `${name}.csv`, title: `${title} (CSV)`, text: `${UTF_8}${reportCsv(found, { nameOf })}` },
    {
      name: `${name}.json`,
      title: `${title} (JSON)`,
      text: `${JSON.stringify(reportExport(found, { nameOf }), null, 2)}\n`,
    },
  ];
}
