import { configJsonSchema } from '../config-schema.js';
import { examples, printJson, type Shell } from './command.js';

const HELP = `
Editors that know YAML check and complete plumbline.yml with it. Write this as the first line of the file:

  # yaml-language-server: $schema=./plumbline.schema.json

What the file refers to, such as tags, times and secrets, is checked when Plumbline reads it.
`;

/** `plumbline schema`: the JSON Schema of `plumbline.yml`; needs no configuration. */
export function addSchema({ program, world }: Shell): void {
  program
    .command('schema')
    .description('Print the JSON Schema of plumbline.yml, for editors.')
    .addHelpText('after', `${examples('schema > plumbline.schema.json')}${HELP}`)
    .action(() => printJson(world, configJsonSchema()));
}
