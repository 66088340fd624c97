import type { Fields } from '../json.js';
import type { Workspace } from '../state.js';

/** One Web API method: does the work and returns the answer without `ok`; throws a `Refusal`. */
type MethodHandler = (workspace: Workspace, args: Fields) => Fields;

export type MethodTable = Readonly<Record<string, MethodHandler>>;
