import type { webApi } from '@slack/bolt';
import type { Ctx } from '../ctx.js';
import type { Message, View } from './blocks/kit.js';
import type { People, Person } from './people.js';
import type { Words } from './words.js';

/** What every conversation may use. */
export interface SlackTools {
  readonly ctx: Ctx;
  readonly client: webApi.WebClient;
  readonly people: People;
  /** Brings the Home tabs up to date soon. */
  readonly refreshHomes: () => void;
  readonly approvalsChannel: string;
  /** Fetches a file that was uploaded to a form. */
  readonly download: (url: string) => Promise<Uint8Array>;
}

export interface CommandInput extends SlackTools {
  readonly words: Words;
  readonly person: Person;
  readonly channelId: string;
  readonly triggerId: string;
  /** The command for the audit log: `/pbx set in C0APPROVALS`. */
  readonly source: string;
  /** Answers the person who typed, and nobody else. */
  readonly reply: (message: Message) => Promise<void>;
}

/** One verb of a slash command, with its help beside it. */
export interface Command {
  readonly command: string;
  readonly verb: string;
  readonly usage: string;
  readonly help: string;
  readonly options?: readonly string[];
  /** How many words it takes at most; default any number. */
  readonly most?: number;
  readonly run: (input: CommandInput) => Promise<void>;
}

export interface ActionInput extends SlackTools {
  /** The value of the button or of what was chosen in the menu: an id. */
  readonly value: string;
  readonly person: Person;
  readonly triggerId: string;
  /** The window the button stands in, or null for one in a message. */
  readonly viewId: string | null;
  /** The message or window for the audit log: `C0APPROVALS/1700000000.000100` or `view:V0123`. */
  readonly source: string;
  /** Answers the person who clicked, and nobody else. */
  readonly reply: (message: Message) => Promise<void>;
}

/** What happens when a button is pressed or something is chosen in a menu. */
export interface Action {
  readonly id: string;
  readonly run: (input: ActionInput) => Promise<void>;
}

export interface SubmittedFile {
  readonly name: string;
  readonly url: string;
}

/** One input of a submitted form. */
export interface Field {
  readonly blockId: string;
  readonly value: string;
  /** Whether the person put the value there: now, in an earlier attempt or in the command that opened the form. */
  readonly isChanged: boolean;
  readonly files: readonly SubmittedFile[];
}

export interface FormInput extends SlackTools {
  readonly person: Person;
  readonly fields: readonly Field[];
  readonly metadata: string;
  /** Identifies this form, so that a second delivery of it does nothing new. */
  readonly origin: string;
  /** The form for the audit log, with the message or command that opened it. */
  readonly source: string;
}

/** What happens when a form is submitted. A `UserError` it throws is shown at the input its field names. */
export interface Form {
  readonly callbackId: string;
  /** The input a `UserError`'s field belongs to, where they do not share the name. */
  readonly blockOf?: (field: string) => string;
  /** The view that takes the form's place, or null to close it. */
  readonly run: (input: FormInput) => Promise<View | null>;
}

/** Everything people can do in one matter: its commands, buttons and forms in one place. */
export interface Conversation {
  readonly commands?: readonly Command[];
  readonly actions?: readonly Action[];
  readonly forms?: readonly Form[];
}
