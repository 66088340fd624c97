import { setTimeout as sleep } from 'node:timers/promises';
import { currentBaseline } from '../baseline/store.js';
import { nextDue } from '../jobs/due.js';
import { UserError, UserErrors } from '../errors.js';
import { examples, type Shell } from './command.js';
import { lookAround } from './look-around.js';
import { type StartFacts, startEntry, startLines } from './start-words.js';
import { ownVersion } from './version.js';
import type { ExitCode, Server, World } from './world.js';

/** Whoever sends the signal, such as Docker or systemd, often kills after ten seconds. */
const STOP_WITHIN_MS = 8_000;
/** npm and npx pass on a Ctrl-C that the terminal has sent already: this long it is the same one. */
const ECHO_MS = 500;

/**
 * `plumbline serve`: Slack where it is configured, and the schedule, until a signal ends it. Where a terminal shows standard
 * error, the start is told there in a few plain lines; anywhere else everything is one JSON object a line, as the log is.
 */
export function addServe(shell: Shell): void {
  shell.program
    .command('serve')
    .description(
      'Serve Slack and sweep on schedule, until SIGINT or SIGTERM. SIGHUP reads the configuration again.',
    )
    .addHelpText('after', examples('serve'))
    .action(() => serve(shell.world));
}

async function serve(world: World): Promise<void> {
  const signalled = world.signalled();
  const server = await Promise.race([world.openServer(), signalled]);
  if (typeof server === 'string') return world.quit(0);
  world.onHangup(() => void reload(server));
  const starting = { isOver: false };
  const started = begin(world, server).finally(() => (starting.isOver = true));
  try {
    await Promise.race([started, signalled]);
  } catch (error) {
    await stopInTime(world, server, { code: 1, isWhole: () => true });
    throw error;
  }
  started.catch((error: unknown) => server.ctx.log.debug({ err: error }, 'the start was broken off'));
  server.ctx.log.info({ signal: await signalled }, 'stopping');
  await stopInTime(world, server, { code: 0, isWhole: () => starting.isOver });
}

async function begin(world: World, server: Server): Promise<void> {
  const { ctx } = server;
  await ctx.announce.introduce();
  await server.start();
  if (ctx.closing.aborted) return;
  tellStart(world, server, await factsOf(server));
  void lookAround(world, server);
}

async function factsOf({ ctx, slack, place, databaseUrl }: Server): Promise<StartFacts> {
  const { pbxs, roles, schedule } = ctx;
  return {
    version: ownVersion(),
    databaseUrl,
    slack: place,
    identity: slack?.identity() ?? null,
    pbxs,
    baseline: await currentBaseline(ctx.db),
    roles,
    schedule,
    nextSweepAt: nextDue(schedule, ctx.now()),
  };
}

function tellStart(world: World, { ctx: { log } }: Server, facts: StartFacts): void {
  if (world.isTerminal) {
    world.err(
      startLines(facts)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return;
  }
  log.info(startEntry(facts), 'Plumbline runs');
  if (facts.slack === null) log.info('Slack is not configured: only the schedule runs');
}

/** A configuration that is wrong changes nothing, and the log says what is wrong with it. */
async function reload({ ctx }: Server): Promise<void> {
  try {
    const { changes } = await ctx.reload();
    ctx.log.info({ changes }, 'the configuration was read again');
  } catch (error) {
    const refused = 'the configuration was not taken over; the one before stays in force';
    if (!(error instanceof UserError)) return ctx.log.error({ err: error }, refused);
    const all = error instanceof UserErrors ? error.errors : [error];
    const faults = all.map(({ message, field, mend }) => ({ message, field, mend }));
    ctx.log.error({ faults }, refused);
  }
}

interface Ending {
  readonly code: ExitCode;
  /** Whether nothing but the end itself is under way. */
  readonly isWhole: () => boolean;
}

/**
 * Finishes what is under way. Work that hangs on a dead PBX or on Slack must not outlive the patience of whoever sent the
 * signal, nor a second one: every unfinished row is taken up at the next start, as after a power cut.
 */
async function stopInTime(world: World, server: Server, { code, isWhole }: Ending): Promise<void> {
  const { log } = server.ctx;
  const over = new AbortController();
  const end = await Promise.race([
    server.stop().then(() => 'done' as const),
    // It keeps the process alive: what is waited for may be nothing that does.
    sleep(STOP_WITHIN_MS, 'late' as const, { signal: over.signal }),
    secondSignal(world),
  ]).finally(() => over.abort());
  if (end === 'done' && isWhole()) return;
  if (end === 'late') {
    log.warn('work was still under way when the time to stop was over; it is taken up at the next start');
  }
  if (end === 'again') log.warn('ended at once by a second signal; open work is taken up at the next start');
  world.quit(code);
}

async function secondSignal(world: World): Promise<'again'> {
  await sleep(ECHO_MS, undefined, { ref: false });
  await world.signalled();
  return 'again';
}
