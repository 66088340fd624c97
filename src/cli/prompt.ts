import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Questions to a person at a terminal, or to whatever is piped in, one line an answer. */
export interface Questions {
  /** Shows a text and returns the line that is typed, which is not shown where it `isSecret`; null after the last line. */
  ask(text: string, isSecret?: boolean): Promise<string | null>;
  close(): void;
}

/** Opens standard input for questions, which are shown on standard error. */
export function openQuestions(): Questions {
  const state = { isMuted: false };
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!state.isMuted) process.stderr.write(chunk);
      done();
    },
  });
  const lines: string[] = [];
  let waiting: ((line: string | null) => void) | null = null;
  let isClosed = false;
  const isTerminal = process.stdin.isTTY;
  const reader = createInterface({ input: process.stdin, output, terminal: isTerminal });
  // Readline draws the line anew when something in it is taken back, and the question with it.
  const show = (text: string): void => {
    if (!isTerminal) return void process.stderr.write(text);
    reader.setPrompt(text);
    reader.prompt();
  };
  const give = (line: string | null): void => {
    waiting?.(line);
    waiting = null;
  };
  // Piped lines come all at once, also while nobody is asking.
  reader.on('line', (line) => (waiting === null ? void lines.push(line) : give(line)));
  reader.on('SIGINT', () => reader.close());
  reader.on('close', () => {
    isClosed = true;
    give(null);
  });
  return {
    async ask(text, isSecret = false) {
      if (!isClosed) show(text);
      const known = lines.shift();
      if (known !== undefined || isClosed) return known ?? null;
      state.isMuted = isSecret;
      const line = await new Promise<string | null>((resolve) => (waiting = resolve));
      state.isMuted = false;
      if (isSecret && isTerminal) process.stderr.write('\n');
      return line;
    },
    close: () => reader.close(),
  };
}
