import type { Fields } from '../json.js';
import type { Workspace } from '../state.js';
import { Refusal } from '../refusal.js';
import type { MethodTable } from './handler.js';

/** Who the token belongs to, and the workspace itself. `apps.connections.open` is the socket's. */
export const authMethods: MethodTable = {
  'auth.test': authTest,
  'team.info': teamInfo,
  'bots.info': botsInfo,
};

function authTest(workspace: Workspace): Fields {
  const { identity } = workspace;
  return {
    url: `${workspace.url}/`,
    team: identity.teamName,
    user: identity.botName,
    team_id: identity.teamId,
    user_id: identity.botUserId,
    bot_id: identity.botId,
    is_enterprise_install: false,
  };
}

function teamInfo({ identity }: Workspace): Fields {
  return { team: { id: identity.teamId, name: identity.teamName, domain: identity.domain, icon: {} } };
}

function botsInfo({ identity }: Workspace, args: Fields): Fields {
  if (args['bot'] !== undefined && args['bot'] !== identity.botId) throw new Refusal('bot_not_found');
  return {
    bot: {
      id: identity.botId,
      deleted: false,
      name: identity.botName,
      app_id: identity.appId,
      user_id: identity.botUserId,
      icons: {},
    },
  };
}
