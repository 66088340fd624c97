import type { Conversation } from '../conversation.js';
import { baseline } from './baseline.js';
import { changes } from './changes.js';
import { decisions } from './decisions.js';
import { drift } from './drift.js';
import { helpConversation } from './help.js';
import { requests } from './requests.js';
import { show } from './show.js';

const matters: readonly Conversation[] = [show, changes, decisions, requests, baseline, drift];

/** Every conversation people can have with Plumbline, help included. */
export const conversations: readonly Conversation[] = [
  helpConversation(matters.flatMap((conversation) => conversation.commands ?? [])),
  ...matters,
];
