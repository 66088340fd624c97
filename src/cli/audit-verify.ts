import type { Command } from 'commander';
import { checkExport, type ExportVerdict } from '../audit/check-export.js';
import { verifyAudit } from '../audit/queries.js';
import { UserError } from '../errors.js';
import { examples, printJson, printLines, type Shell, notice, withPlumbline } from './command.js';
import type { World } from './world.js';

interface VerifyOptions {
  readonly file?: string;
  readonly json?: true;
}

/** `plumbline audit verify`: of the database, or of an export without any database. */
export function addAuditVerify(shell: Shell, audit: Command): void {
  audit
    .command('verify')
    .description('Check that no row of the audit log was changed, removed or inserted.')
    .option('--file <path>', 'check a JSONL export instead of the database')
    .option('--json', 'as JSON')
    .addHelpText('after', HELP)
    .action((options: VerifyOptions) =>
      options.file === undefined
        ? verifyDatabase(shell, options.json === true)
        : verifyFile(shell, options.file, options.json === true),
    );
}

function verifyDatabase(shell: Shell, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const { world } = shell;
    const { rows, fault } = await verifyAudit(ctx.db);
    if (isJson) printJson(world, { rows, fault });
    else if (fault === null) printLines(world, [`The audit log is whole: ${rows} rows.`]);
    if (fault !== null) notice(world, [`plumbline: The audit log is not whole: ${fault}.`]);
    return fault === null ? 0 : 1;
  });
}

async function verifyFile(shell: Shell, path: string, isJson: boolean): Promise<void> {
  const { world } = shell;
  const verdict = await checkExport(readable(world, path));
  const { rows, first, last, fault } = verdict;
  if (isJson) printJson(world, { rows, first, last: last?.seq ?? null, lastHash: last?.hash ?? null, fault });
  else if (fault === null) printLines(world, wholeWords(verdict));
  if (fault !== null) notice(world, [`plumbline: The export is not whole: ${fault}.`]);
  shell.exitCode = fault === null ? 0 : 1;
}

function wholeWords({ rows, first, last }: ExportVerdict): readonly string[] {
  if (last === null) return ['The export holds no rows.'];
  return [
    `The export is whole: ${rows} ${rows === 1 ? 'row' : 'rows'}, ${first} to ${last.seq}.`,
    `The hash of the last one is ${last.hash}.`,
  ];
}

async function* readable(world: World, path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* world.readChunks(path);
  } catch {
    throw new UserError('not-found', `The file “${path}” cannot be read.`, {
      field: '--file',
      mend: 'After --file comes the path of a file that plumbline audit export has written.',
    });
  }
}

const HELP = `${examples('audit verify', 'audit verify --file audit.jsonl')}
Each row holds the hash of the row before it, so that a row cannot be changed, removed, inserted or moved
without being noticed. Whoever can write to the database could make the whole chain anew, or cut off its
end: note the hash of the last row of an export elsewhere, and look for it in later exports.

A file is checked without the database. What its first row follows is taken as given, and rows missing
after its last one are not noticed: compare the numbers that are printed. An export with --subject has
gaps, which are reported as missing rows.

Exit codes: 0 whole, 1 not whole or not readable.
`;
