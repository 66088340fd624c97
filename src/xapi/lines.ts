import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { buildConnector, Client } from 'undici';

const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;
const IDLE_AT_MOST = 64;

/** Where a line leads. */
export interface Place {
  readonly origin: string;
  /** A certificate authority in PEM form, trusted beside the public ones. */
  readonly ca: string | undefined;
  /** How long connecting may take. */
  readonly timeoutMs: number;
}

/** The one connection to a PBX: opened when it is needed, for one request at a time. */
export interface Line {
  /** Lends the connection to `work`; where that rejects, the next use connects anew. */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Waits for the request in flight and hangs up for good. */
  close(): Promise<void>;
}

/** The lines to all PBXs. */
export interface Lines {
  /** A line that verifies TLS whatever the environment says; nothing is connected before its first use. */
  open(place: Place): Line;
}

type Connector = ReturnType<typeof buildConnector>;

/**
 * Lines of which only the `idleAtMost` used last stay connected while nothing is asked over them, so that a fleet of
 * thousands holds few sockets. Certificate authorities are read once for all lines that trust the same ones.
 */
export function createLines({ idleAtMost = IDLE_AT_MOST }: { readonly idleAtMost?: number } = {}): Lines {
  /** How to hang up each idle line, the one idle longest in front. */
  const idle = new Set<() => void>();
  const connectorFor = createConnectors();
  // An error of its own for every idle connection would cost more than hanging it up.
  const hungUp = new Error('hung up');

  function rest(hangUp: () => void): void {
    idle.add(hangUp);
    const [oldest] = idle;
    if (idle.size > idleAtMost) oldest?.();
  }

  function open(place: Place): Line {
    let client: Client | null = null;
    let isClosed = false;
    const connected = (): Client => (client ??= connect(place, connectorFor(place)));
    const hangUp = (): void => {
      idle.delete(hangUp);
      void client?.destroy(hungUp);
      client = null;
    };
    return {
      async use(work) {
        idle.delete(hangUp);
        const lent = connected();
        try {
          const done = await work(lent);
          if (!isClosed) rest(hangUp);
          return done;
        } catch (error) {
          // A client that could not connect may never try again by itself.
          void lent.destroy();
          if (!isClosed) client = null;
          throw error;
        }
      },
      async close() {
        isClosed = true;
        idle.delete(hangUp);
        await connected().close();
      },
    };
  }

  return { open };
}

function connect({ origin }: Place, connector: Connector): Client {
  return new Client(origin, {
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxResponseSize: LARGEST_ANSWER_BYTES,
    connect: connector,
  });
}

function createConnectors(): (place: Place) => Connector {
  const connectors = new Map<string, Connector>();
  const contexts = new Map<string, SecureContext>();

  function contextFor(ca: string | undefined): SecureContext {
    const known = contexts.get(ca ?? '');
    const context = known ?? createSecureContext(ca === undefined ? {} : { ca: [...rootCertificates, ca] });
    contexts.set(ca ?? '', context);
    return context;
  }

  return ({ origin, ca, timeoutMs }) => {
    const isSecure = origin.startsWith('https:');
    const key = JSON.stringify([isSecure, timeoutMs, ca]);
    const security = isSecure ? { rejectUnauthorized: true, secureContext: contextFor(ca) } : {};
    const connector = connectors.get(key) ?? buildConnector({ timeout: timeoutMs, ...security });
    connectors.set(key, connector);
    return connector;
  };
}
