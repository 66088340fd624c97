import { type AuditRow, listAudit } from '../audit/queries.js';
import { addAuditExport } from './audit-export.js';
import { addFilterOptions, filterOf, type FilterOptions } from './audit-filter.js';
import { addAuditVerify } from './audit-verify.js';
import {
  actorWords,
  examples,
  printJson,
  printLines,
  type Shell,
  table,
  wholeNumber,
  withPlumbline,
} from './command.js';

interface AuditOptions extends FilterOptions {
  readonly limit: number;
  readonly json?: true;
}

/** `plumbline audit`, and below it `export` and `verify`. */
export function addAudit(shell: Shell): void {
  const audit = shell.program.command('audit').description('Show who did what, newest first.');
  addFilterOptions(audit)
    .option('--limit <number>', 'how many rows', wholeNumber(1), 50)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      examples(
        'audit',
        'audit --since 2026-11-01 --until 2026-11-30',
        'audit --subject baseline:3',
        'audit --limit 500 --json',
        'audit export --output audit.jsonl',
        'audit verify',
      ),
    )
    .action((options: AuditOptions) => list(shell, options));
  addAuditExport(shell, audit);
  addAuditVerify(shell, audit);
}

function list(shell: Shell, options: AuditOptions): Promise<void> {
  const filter = filterOf(options);
  return withPlumbline(shell, async ({ ctx }) => {
    const rows = await listAudit(ctx.db, { ...filter, limit: options.limit });
    if (options.json === true) printJson(shell.world, rows);
    else printLines(shell.world, table(rows.map(cellsOf)));
    return 0;
  });
}

function cellsOf({ seq, at, actor, action, subject, detail }: AuditRow): readonly string[] {
  const plain = Object.entries(detail).filter(([, value]) => ['string', 'number'].includes(typeof value));
  const facts = [...plain.map(([name, value]) => `${name}=${String(value)}`), ...ownApproval(detail)];
  return [String(seq), at, actorWords(actor), action, `${subject.kind} ${subject.id}`, facts.join(' ')];
}

/** Where the operator's own act was the approval, the list says so: nobody else looked at it. */
function ownApproval({ approval }: AuditRow['detail']): readonly string[] {
  const isOwn =
    typeof approval === 'object' && approval !== null && 'kind' in approval && approval.kind === 'operator';
  if (!isOwn || !('because' in approval)) return [];
  return [`approved by the operator's own act: ${String(approval.because)}`];
}
