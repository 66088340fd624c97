import { activate } from './faults.js';
import { insist } from './insistence.js';
import { type Author, changeByHand, checkVersion, notify, type PbxState, visible } from './pbx.js';
import { rotate } from './token.js';
import type { ChangeAuthor, SimulatedPbx } from './types.js';

const CONSOLE_USER = '100 Console Admin';
const CONSOLE_IP = '203.0.113.10';
const UNTIL_TIMEOUT_MS = 5000;

/** The handle by which tests and the demo watch and disturb a PBX. */
export function simulatedPbx(pbx: PbxState, url: string): SimulatedPbx {
  return {
    id: pbx.id,
    url,
    get version() {
      return pbx.version;
    },
    setVersion: (version) => andTell(pbx, () => (pbx.version = checkVersion(version))),
    resource: (name) => visible(pbx, name),
    change: (resource, properties, by = {}) => changeByHand(pbx, resource, properties, authorOf(by)),
    insist: (resource, properties, by = {}) => insist(pbx, resource, properties, authorOf(by), by),
    get insistences() {
      return pbx.insistences.size;
    },
    relent: () => andTell(pbx, () => pbx.insistences.forEach((stop) => stop())),
    setStatus(properties) {
      pbx.status = { ...pbx.status, ...properties };
    },
    setLicence: (properties) => void Object.assign(pbx.licence, properties),
    get requests() {
      return [...pbx.requests];
    },
    writes: () => [...pbx.writes],
    get auditLog() {
      return [...pbx.auditLog];
    },
    fault: (fault) => andTell(pbx, () => pbx.faults.push(activate(fault))),
    get faults() {
      return pbx.faults.map(({ fault, left }) => (Number.isFinite(left) ? { ...fault, times: left } : fault));
    },
    clearFaults: () => andTell(pbx, () => pbx.faults.splice(0)),
    expireTokens: () => pbx.desk.holders.clear(),
    rotateSecret: (clientId, secret) => rotate(pbx.desk, clientId, secret),
    get isBlacklisted() {
      return pbx.desk.blacklist.size > 0;
    },
    clearBlacklist: () =>
      andTell(pbx, () => [pbx.desk.blacklist, pbx.desk.failures].forEach((one) => one.clear())),
    onChange(listener) {
      pbx.listeners.add(listener);
      return () => void pbx.listeners.delete(listener);
    },
    until: (what, probe, timeoutMs = UNTIL_TIMEOUT_MS) => until(pbx, what, probe, timeoutMs),
  };
}

function andTell(pbx: PbxState, change: () => unknown): void {
  change();
  notify(pbx);
}

function authorOf({ user = CONSOLE_USER, ip = CONSOLE_IP }: ChangeAuthor): Author {
  return { user, ip, isByHand: true };
}

function until<T>(
  pbx: PbxState,
  what: string,
  probe: () => T | undefined | null | false,
  timeoutMs: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const last = pbx.requests.slice(-5).map(({ method, path, status }) => `${method} ${path} ${status}`);
      fail(
        new Error(`PBX ${pbx.id}: no ${what} within ${timeoutMs} ms; last: ${last.join(', ') || 'nothing'}`),
      );
    }, timeoutMs);
    function end(): void {
      clearTimeout(timer);
      pbx.listeners.delete(look);
    }
    function fail(error: unknown): void {
      end();
      reject(error);
    }
    function look(): void {
      try {
        const found = probe();
        if (found === undefined || found === null || found === false) return;
        end();
        resolve(found);
      } catch (error) {
        fail(error);
      }
    }
    pbx.listeners.add(look);
    look();
  });
}
