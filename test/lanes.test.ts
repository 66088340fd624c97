import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createLanes } from '../src/drift/lanes.js';

interface Work {
  readonly name: string;
  readonly done: Promise<string>;
  end(): void;
  fail(error: Error): void;
}

/** Work that ends when the test says so, and what has begun, in order. */
function workshop(options: Parameters<typeof createLanes>[0]) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const lanes = createLanes(options);
  const begun: string[] = [];
  const add = (name: string): Work => {
    let end: Work['end'] = () => undefined;
    let fail: Work['fail'] = () => undefined;
    const ending = new Promise<string>((resolve, reject) => {
      end = () => resolve(name);
      fail = reject;
    });
    const done = lanes.run(() => {
      begun.push(name);
      return ending;
    });
    done.catch(() => undefined);
    return { name, done, end: () => end(), fail: (error) => fail(error) };
  };
  return { begun, add, addAll: (names: string) => names.split(' ').map(add), lanes };
}

/** Lets time pass, and then everything happen that it set off. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await turn();
}

test('work begins in order, and no more of it than there are lanes', async () => {
  const { begun, addAll } = workshop({ atOnce: 2 });
  const [a, b, c] = addAll('a b c d');
  await turn();
  expect(begun).toEqual(['a', 'b']);
  b?.end();
  expect(await b?.done).toBe('b');
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  a?.end();
  c?.end();
  await Promise.all([a?.done, c?.done]);
  await turn();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

test('work that fails, even at once, fails alone and frees its lane', async () => {
  const { begun, add, lanes } = workshop({ atOnce: 1 });
  const first = add('first');
  const thrown = lanes.run(() => {
    throw new Error('at once');
  });
  const refused = expect(thrown).rejects.toThrow('at once');
  const last = add('last');
  first.fail(new Error('broken'));
  await expect(first.done).rejects.toThrow('broken');
  await refused;
  await turn();
  expect(begun).toEqual(['first', 'last']);
  last.end();
  expect(await last.done).toBe('last');
});

test('PBXs that never answer do not hold up the healthy ones', async () => {
  const { begun, add, addAll } = workshop({ atOnce: 2, slowAfterMs: 100, slowAtMost: 10 });
  const dead = addAll('dead1 dead2 dead3 dead4');
  const healthy = add('healthy');
  await pass(99);
  expect(begun).toEqual(['dead1', 'dead2']);
  await pass(1);
  expect(begun).toEqual(['dead1', 'dead2', 'dead3', 'dead4']);
  await pass(100);
  expect(begun.at(-1)).toBe('healthy');
  healthy.end();
  expect(await healthy.done).toBe('healthy');
  for (const one of dead) one.end();
  expect(await Promise.all(dead.map(({ done }) => done))).toEqual(dead.map(({ name }) => name));
});

test('slow work is bounded too: what is over the bound keeps its lane until a place is free', async () => {
  const { begun, addAll } = workshop({ atOnce: 1, slowAfterMs: 100, slowAtMost: 1 });
  const [a, b, c] = addAll('a b c');
  await pass(100);
  expect(begun).toEqual(['a', 'b']);
  await pass(1000);
  expect(begun).toEqual(['a', 'b']);
  a?.end();
  await a?.done;
  await pass(0);
  expect(begun).toEqual(['a', 'b', 'c']);
  b?.end();
  c?.end();
  await Promise.all([b?.done, c?.done]);
});

test('slow work that ends gives back no lane it no longer had', async () => {
  const { begun, addAll } = workshop({ atOnce: 1, slowAfterMs: 100, slowAtMost: 5 });
  const [a, b, c] = addAll('a b c');
  await pass(100);
  a?.end();
  await a?.done;
  await turn();
  expect(begun).toEqual(['a', 'b']);
  b?.end();
  await b?.done;
  await turn();
  expect(begun).toEqual(['a', 'b', 'c']);
  c?.end();
  await c?.done;
});

test('no timer is left behind, and none is set while nobody waits', async () => {
  const { addAll, add } = workshop({ atOnce: 2, slowAfterMs: 100 });
  const [a, b] = addAll('a b');
  await turn();
  expect(vi.getTimerCount()).toBe(0);
  const c = add('c');
  await turn();
  expect(vi.getTimerCount()).toBe(1);
  a?.end();
  await a?.done;
  await turn();
  expect(vi.getTimerCount()).toBe(0);
  b?.end();
  c.end();
  await Promise.all([b?.done, c.done]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a thousand pieces of work all end, whatever becomes of them', async () => {
  const lanes = createLanes({ atOnce: 7 });
  let underWay = 0;
  let most = 0;
  const ended = await Promise.allSettled(
    Array.from({ length: 1000 }, (_, nth) =>
      lanes.run(async () => {
        most = Math.max(most, (underWay += 1));
        await turn();
        underWay -= 1;
        if (nth % 10 === 0) throw new Error(String(nth));
        return nth;
      }),
    ),
  );
  expect(most).toBe(7);
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(100);
  expect(ended.map((one) => (one.status === 'fulfilled' ? one.value : null))[999]).toBe(999);
});
