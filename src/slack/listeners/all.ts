import type { Conversation } from '../conversation.js';
import { baseline } from './baseline.js';
import { baselineEdit } from './baseline-edit.js';
import { baselineFiles } from './baseline-files.js';
import { baselineVersions } from './baseline-versions.js';
import { breaking } from './break-glass.js';
import { changes } from './changes.js';
import { check } from './check.js';
import { decisions } from './decisions.js';
import { drift } from './drift.js';
import { edit } from './edit.js';
import { episodes } from './episodes.js';
import { except } from './except.js';
import { helpConversation } from './help.js';
import { history } from './history.js';
import { notify } from './notify.js';
import { parts } from './parts.js';
import { pause } from './pause.js';
import { requests } from './requests.js';
import { revert } from './revert.js';
import { review } from './review.js';
import { show } from './show.js';
import { stop } from './stop.js';
import { sweeps } from './sweeps.js';
import { withdraw } from './withdraw.js';

const matters: readonly Conversation[] = [
  show,
  check,
  changes,
  decisions,
  edit,
  withdraw,
  breaking,
  review,
  revert,
  parts,
  requests,
  history,
  notify,
  baseline,
  baselineEdit,
  baselineVersions,
  baselineFiles,
  drift,
  episodes,
  sweeps,
  except,
  pause,
  stop,
];

/** Every conversation people can have with Plumbline, help included. */
export const conversations: readonly Conversation[] = [
  helpConversation(matters.flatMap((conversation) => conversation.commands ?? [])),
  ...matters,
];
