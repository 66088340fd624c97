import pLimit from 'p-limit';
import { Client } from 'undici';
import { AT_ONCE, CLIENT_ID, DRIFT, type Place, RESOURCES, secretOf, TIMEOUT_MS } from '../fleet.js';
import { serveDeeds } from '../remote.js';
import { type Run, timed } from '../timed.js';

const AUDIT_LOG = '/ReportAuditLog/Pbx.GetAuditLogData()?$orderby=Timestamp%20desc&$top=100';

/** The requests of one sweep and nothing else: no database, no comparison, no report. */
function sweep(places: readonly Place[]): Promise<Run> {
  const limit = pLimit(AT_ONCE);
  return timed(async () => {
    await Promise.all(places.map((place) => limit(() => visit(place))));
  });
}

async function visit(place: Place): Promise<void> {
  const { origin, pathname } = new URL(place.url);
  const client = new Client(origin, { pipelining: 1 });
  const send = (
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    headers: Record<string, string>,
    body?: string,
  ) =>
    client.request({
      method,
      path: `${pathname.replace(/\/$/, '')}${path}`,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  try {
    await exchange(place, send);
  } catch (error) {
    if (!place.isDead) throw error;
  } finally {
    await client.destroy();
  }
}

type Send = (
  method: 'GET' | 'POST' | 'PATCH',
  path: string,
  headers: Record<string, string>,
  body?: string,
) => ReturnType<Client['request']>;

async function exchange({ id, isDrifted }: Place, send: Send): Promise<void> {
  const form = new URLSearchParams({
    client_id: CLIENT_ID,
    client_secret: secretOf(id),
    grant_type: 'client_credentials',
  });
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const granted = await send('POST', '/connect/token', type, form.toString());
  const { access_token: token } = (await granted.body.json()) as { readonly access_token: string };
  const headers = { authorization: `Bearer ${token}` };
  const read = async (path: string): Promise<void> => {
    const { statusCode, body } = await send('GET', `/xapi/v1${path}`, headers);
    await body.text();
    if (statusCode !== 200) throw new Error(`${path}: ${statusCode}`);
  };
  for (const name of RESOURCES) await read(`/${name}`);
  if (!isDrifted) return;
  await read(AUDIT_LOG);
  await read(`/${DRIFT.resource}`);
  const patch = { ...headers, 'content-type': 'application/json' };
  const change = JSON.stringify({ [DRIFT.property]: !DRIFT.live });
  const { body } = await send('PATCH', `/xapi/v1/${DRIFT.resource}`, patch, change);
  await body.dump();
  await read(`/${DRIFT.resource}`);
}

const deeds = { sweep };
export type Floor = typeof deeds;
serveDeeds(deeds);
