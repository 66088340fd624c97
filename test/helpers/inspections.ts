import { inspectionsOf, type StoredInspection } from '../../src/drift/inspection-store.js';
import type { Db } from '../../src/storage/database.js';

/** All inspections of a sweep at once. */
export async function listInspections(db: Db, sweepId: string): Promise<readonly StoredInspection[]> {
  const all: StoredInspection[] = [];
  for await (const inspection of inspectionsOf(db, sweepId)) all.push(inspection);
  return all;
}
