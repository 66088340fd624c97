import { type AuditRow, listAudit, verifyAudit } from '../audit/queries.js';
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

interface AuditOptions {
  readonly limit: number;
  readonly json?: true;
}

/** `plumbline audit` and `plumbline audit verify`. */
export function addAudit(shell: Shell): void {
  const audit = shell.program
    .command('audit')
    .description('Show who did what, newest first.')
    .option('--limit <number>', 'how many rows', wholeNumber(1), 50)
    .option('--json', 'as JSON')
    .addHelpText('after', examples('audit', 'audit --limit 500 --json', 'audit verify'))
    .action((options: AuditOptions) => list(shell, options));
  audit
    .command('verify')
    .description('Check that no row of the audit log was changed, removed or inserted.')
    .option('--json', 'as JSON')
    .addHelpText('after', examples('audit verify'))
    .action((options: { readonly json?: true }) => verify(shell, options.json === true));
}

function list(shell: Shell, options: AuditOptions): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const rows = await listAudit(ctx.db, { limit: options.limit });
    if (options.json === true) printJson(shell.world, rows);
    else printLines(shell.world, table(rows.map(cellsOf)));
    return 0;
  });
}

function verify(shell: Shell, isJson: boolean): Promise<void> {
  return withPlumbline(shell, async ({ ctx }) => {
    const { world } = shell;
    const { rows, fault } = await verifyAudit(ctx.db);
    if (isJson) printJson(world, { rows, fault });
    else if (fault === null) printLines(world, [`The audit log is whole: ${rows} rows.`]);
    if (fault !== null) world.err(`plumbline: The audit log is not whole: ${fault}.\n`);
    return fault === null ? 0 : 1;
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
