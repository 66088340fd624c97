import { setTimeout as sleep } from 'node:timers/promises';
import { nextDue } from '../jobs/due.js';
import { UserError, UserErrors } from '../errors.js';
import { examples, type Shell } from './command.js';
import type { Server, World } from './world.js';

const STOP_WITHIN_MS = 9_000;

/** `plumbline serve`: Slack where it is configured, and the schedule, until a signal ends it. */
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
  const server = await world.openServer();
  const signalled = world.signalled();
  world.onHangup(() => void reload(server));
  try {
    await server.start();
    tellState(server);
    const signal = await signalled;
    server.ctx.log.info({ signal }, 'stopping');
  } catch (error) {
    await stopInTime(world, server);
    throw error;
  }
  await stopInTime(world, server);
}

function tellState({ ctx, slack }: Server): void {
  const { log, schedule } = ctx;
  const pbxs = ctx.pbxs.map(({ id, url }) => ({ id, url }));
  const nextSweepAt = nextDue(schedule, ctx.now())?.toISOString() ?? null;
  log.info({ pbxs, slack, schedule, nextSweepAt }, 'Plumbline runs');
  if (slack === null) log.info('Slack is not configured: only the schedule runs');
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

/** Work that hangs on a dead PBX must not outlive the patience of whoever sent the signal. */
async function stopInTime(world: World, server: Server): Promise<void> {
  const late = sleep(STOP_WITHIN_MS, 'late' as const, { ref: false });
  if ((await Promise.race([server.stop(), late])) !== 'late') return;
  server.ctx.log.warn(
    'work was still under way when the time to stop was over; it is taken up at the next start',
  );
  world.quit(1);
}
