import { settings } from '../settings/catalogue.js';
import { settingsMarkdown } from '../settings/docs.js';
import { expects } from '../settings/kind.js';
import { examples, printJson, printLines, type Shell, table } from './command.js';

interface SettingsOptions {
  readonly json?: true;
  readonly markdown?: true;
}

/** `plumbline settings`: the catalogue; asks no PBX and needs no configuration. */
export function addSettings(shell: Shell): void {
  shell.program
    .command('settings')
    .description('List all settings Plumbline knows, and what each of them accepts.')
    .option('--json', 'as JSON')
    .option('--markdown', 'as the page docs/settings.md')
    .addHelpText('after', examples('settings', 'settings --json', 'settings --markdown'))
    .action((options: SettingsOptions) => list(shell, options));
}

function list({ world }: Shell, options: SettingsOptions): void {
  if (options.markdown === true) return world.out(settingsMarkdown());
  if (options.json === true) {
    return printJson(
      world,
      settings.map((setting) => ({ ...setting, accepts: expects(setting) })),
    );
  }
  printLines(
    world,
    table(settings.map((setting) => [setting.key, setting.label, expects(setting), `${setting.risk} risk`])),
  );
}
