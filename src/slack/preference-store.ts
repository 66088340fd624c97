import type { Db } from '../storage/database.js';

/** Which ends a person is told in a direct message: of what they asked or decided, only of what they asked, or none. */
export type OutcomePreference = 'all' | 'own' | 'none';

export const outcomePreferences: readonly OutcomePreference[] = ['all', 'own', 'none'];

/** What a person, by Slack user id, wants to be told; `own` where they never said. */
export async function findPreference(db: Db, person: string): Promise<OutcomePreference> {
  const row = await db
    .selectFrom('preferences')
    .select('outcomes')
    .where('person', '=', person)
    .executeTakeFirst();
  return outcomePreferences.find((known) => known === row?.outcomes) ?? 'own';
}

/** Keeps what a person wants to be told from now on. */
export async function savePreference(db: Db, person: string, outcomes: OutcomePreference): Promise<void> {
  await db
    .insertInto('preferences')
    .values({ person, outcomes })
    .onConflict((conflict) => conflict.column('person').doUpdateSet({ outcomes }))
    .execute();
}
