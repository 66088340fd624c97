/** One instruction of a Dockerfile: `COPY` with everything behind it on one line. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Reads a Dockerfile's instructions; comments go, and lines that a backslash continues are joined. */
export function readDockerfile(text: string): readonly Instruction[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [name = ''] = line.split(/\s/, 1);
    return { name: name.toUpperCase(), rest: line.slice(name.length).trim() };
  });
}

/** The words of an instruction in its JSON form: `["node", "cli.js"]`, also behind options. */
export function wordsOf({ name, rest }: Instruction): readonly string[] {
  const words: unknown = JSON.parse(rest.slice(rest.indexOf('[')));
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw new Error(`${name} is not written as a list of words`);
}

/** The only instruction of a name in the last stage. Throws where there is none, or more than one. */
export function onlyOne(instructions: readonly Instruction[], name: string): Instruction {
  const last = instructions.slice(instructions.findLastIndex((one) => one.name === 'FROM'));
  const [found, ...others] = last.filter((one) => one.name === name);
  if (found !== undefined && others.length === 0) return found;
  throw new Error(`the last stage needs one ${name}`);
}
