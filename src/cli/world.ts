import type { Ctx } from '../ctx.js';
import type { UserError } from '../errors.js';
import type { Questions } from './prompt.js';

/** 0: done, in sync. 1: not done, or unknown. 2: something drifted. */
export type ExitCode = 0 | 1 | 2;

/** Plumbline, put together but not started: what a command reads and acts through. */
export interface Opened {
  readonly ctx: Ctx;
  /** Resolves when no work is under way. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** How Slack is reached, and where messages go. */
export interface SlackPlace {
  readonly kind: 'socket' | 'http';
  readonly approvalsChannel: string;
  readonly reportsChannel: string;
  readonly tagChannels: Readonly<Record<string, string>>;
}

/** Plumbline as it serves: Slack where it is configured, and the schedule. */
export interface Server extends Opened {
  readonly databaseUrl: string;
  /** Null where Slack is not configured. */
  readonly place: SlackPlace | null;
  readonly slack: {
    /** Who Slack says Plumbline is; null as long as Slack was not reached. */
    identity(): { readonly workspace: string; readonly bot: string } | null;
    /** Resolves once Slack is reached, with the channels in which Plumbline cannot work. */
    channelFaults(): Promise<readonly UserError[]>;
  } | null;
  start(): Promise<void>;
}

/** A file that is being written. */
export interface Sink {
  write(text: string): Promise<void>;
  close(): Promise<void>;
  /** Closes the file and, where it was made for this, takes it away again. */
  discard(): Promise<void>;
}

/** All that a command touches outside of Plumbline. */
export interface World {
  /** The operating-system user, who is the actor of what the terminal does. */
  readonly user: string;
  /** Writes to standard output, which holds the answer and nothing else. */
  out(text: string): void;
  /** As `out`, for an answer of any length: resolves when there is room for more. */
  write(text: string): Promise<void>;
  /** Writes to standard error, where everything meant for people only goes. */
  err(text: string): void;
  readFile(path: string): Promise<Uint8Array>;
  /** Reads a file of any length bit by bit. */
  readChunks(path: string): AsyncIterable<Uint8Array>;
  /** The variables of the process, without those of a `.env`. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  openQuestions(): Questions;
  isThere(path: string): boolean;
  /** Makes a folder with all that it is in; harmless where it is there. */
  makeFolder(path: string): Promise<void>;
  /**
   * Makes a file, with the rights of `mode` where one is given. One that is already there is only replaced where that is
   * wanted; else it rejects with EEXIST.
   */
  createFile(path: string, isReplacing: boolean, mode?: number): Promise<Sink>;
  /** Reads the configuration and opens Plumbline without Slack. */
  open(): Promise<Opened>;
  openServer(): Promise<Server>;
  /** Where a stop is noted, whatever else is wrong with the configuration. Throws `UserError` where that is not known. */
  stopPath(): string;
  /** Whether standard error is a terminal that a person looks at. */
  readonly isTerminal: boolean;
  /** Whether defects are reported with their stack. */
  isDebugging(): boolean;
  /** Calls `listener` at every signal that asks to read the configuration again. */
  onHangup(listener: () => void): void;
  /** Resolves with the name of the next signal that asks this process to end. */
  signalled(): Promise<string>;
  /** Ends the process at once, for work that does not come to an end by itself. */
  quit(code: ExitCode): void;
}
