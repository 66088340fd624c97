import { type Command, Option } from 'commander';
import { exportAudit, type Exported, type ExportFormat, exportFormats } from '../audit/export.js';
import type { AuditFilter } from '../audit/queries.js';
import type { Db } from '../storage/database.js';
import { addFilterOptions, filterOf, type FilterOptions } from './audit-filter.js';
import { examples, type Shell, withPlumbline } from './command.js';
import { openOutput } from './output-file.js';
import type { Sink } from './world.js';

interface ExportOptions extends FilterOptions {
  readonly format: ExportFormat;
  readonly output?: string;
  readonly force?: true;
}

/** `plumbline audit export`: the log for an auditor, to standard output or to a file. */
export function addAuditExport(shell: Shell, audit: Command): void {
  const command = audit
    .command('export')
    .description('Write the audit log, oldest first, as an auditor wants it.')
    .addOption(
      new Option('--format <format>', 'one JSON object a line, or CSV')
        .choices(exportFormats)
        .default('jsonl' satisfies ExportFormat),
    );
  addFilterOptions(command)
    .option('--output <file>', 'write to a file, not to standard output')
    .option('--force', 'replace the file where there is one')
    .addHelpText('after', HELP)
    .action((options: ExportOptions) => exportLog(shell, options));
}

function exportLog(shell: Shell, options: ExportOptions): Promise<void> {
  const { world } = shell;
  const filter = filterOf(options);
  return withPlumbline(shell, async ({ ctx }) => {
    const { output, format } = options;
    const exported =
      output === undefined
        ? await exportAudit(ctx.db, filter, format, (text) => world.write(text))
        : await exportToFile(
            ctx.db,
            filter,
            format,
            await openOutput(world, output, {
              field: '--output',
              isReplacing: options.force === true,
            }),
          );
    if (output !== undefined) world.err(`${writtenWords(output, exported, filter)}\n`);
    if (exported.strays > 0) world.err(strayWords(exported.strays));
    if (exported.fault === null) return 0;
    world.err(`plumbline: The rows were written, but the audit log is not whole: ${exported.fault}.\n`);
    return 1;
  });
}

async function exportToFile(
  db: Db,
  filter: AuditFilter,
  format: ExportFormat,
  file: Sink,
): Promise<Exported> {
  try {
    const exported = await exportAudit(db, filter, format, (text) => file.write(text));
    await file.close();
    return exported;
  } catch (error) {
    await file.discard();
    throw error;
  }
}

function writtenWords(path: string, { rows, first, last }: Exported, filter: AuditFilter): string {
  const { since, until, subject } = filter;
  const meant = [
    ...(since === undefined ? [] : [`from ${since} on`]),
    ...(until === undefined ? [] : [`before ${until}`]),
    ...(subject === undefined ? [] : [`about ${subject.kind} ${subject.id}`]),
  ].join(', ');
  const asked = `(${meant === '' ? 'the whole log' : meant})`;
  if (first === null || last === null) return `Wrote no rows to ${path} ${asked}.`;
  return `Wrote ${rows} ${rows === 1 ? 'row' : 'rows'} to ${path} ${asked}: ${first.seq} of ${first.at} to ${last.seq} of ${last.at}.
The hash of the last one is ${last.hash}.`;
}

function strayWords(strays: number): string {
  const are =
    strays === 1
      ? '1 row lies between the others but carries'
      : `${strays} rows lie between the others but carry`;
  return `${are} another time, because clocks differ; left out, there would be a gap.\n`;
}

const HELP = `${examples(
  'audit export > audit.jsonl',
  'audit export --since 2026-11-01 --until 2026-11-30 --output november.jsonl',
  'audit export --format csv --output audit.csv --force',
  'audit export --subject baseline:3',
)}
With a time, all rows from the first to the last one of that time are written; where clocks differ, rows
between them may carry another time.

previousHash is the hash of the row before, and empty in row 1. hash is the SHA-256, in hexadecimal, of this
array as compact JSON in UTF-8:
  [seq, at, actor, action, subject.kind, subject.id, detail, previousHash]
where actor and detail are texts: the compact JSON of the two objects, as it stands in the line.
So every row vouches for all rows before it. “plumbline audit verify --file audit.jsonl” checks a JSONL
export without the database.

In CSV a cell that begins with =, +, -, @, a tab or a carriage return has an apostrophe in front, so that a
spreadsheet does not take it for a formula. CSV cannot be checked.

Exit codes: 0 written, 1 not written, or written and not whole.
`;
