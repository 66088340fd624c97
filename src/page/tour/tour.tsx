import { useEffect, useRef, useState } from 'react';
import type { Facts } from '../../demo/playground/face.js';
import { useFacts, usePbx } from '../frame/live.js';
import { useMemory } from '../frame/memory.js';
import { lessons } from './guide.js';
import { Step } from './step.js';
import { STEPS, type Ticks } from './steps.js';
import { useTour } from './watch.js';

/** The guided tour, which ticks off what really happened. */
export function Tour() {
  const facts = useFacts();
  const [isSkipped, setSkipped] = useMemory('plumbline-tour-skipped', false);
  if (facts === undefined) return null;
  if (isSkipped) {
    return (
      <div className="tour" data-skipped="true">
        <button type="button" onClick={() => setSkipped(false)}>
          Show the tour
        </button>
      </div>
    );
  }
  return <Guide facts={facts} skip={() => setSkipped(true)} />;
}

/** What was just done, for those who do not see it being ticked off; what was done before the page opened is no news. */
function useNewest(ticks: Ticks): string {
  const known = useRef(ticks);
  const [said, setSaid] = useState('');
  useEffect(() => {
    const newest = STEPS.find((step) => ticks[step] !== undefined && known.current[step] === undefined);
    known.current = ticks;
    if (newest !== undefined) setSaid(`Step ${STEPS.indexOf(newest) + 1} is done. ${ticks[newest] ?? ''}`);
  }, [ticks]);
  return said;
}

function Guide({ facts, skip }: { readonly facts: Facts; skip(): void }) {
  const { ticks, startOver } = useTour(facts);
  const said = useNewest(ticks);
  const headquarters = usePbx(facts.pbxs[0]?.id ?? '');
  const done = STEPS.filter((step) => ticks[step] !== undefined).length;
  const current = STEPS.find((step) => ticks[step] === undefined);
  return (
    <div className="tour">
      <header>
        <h2>Tour</h2>
        <p id="tour-progress">
          {done} of {STEPS.length} done
        </p>
        <progress aria-labelledby="tour-progress" max={STEPS.length} value={done} />
      </header>
      <ol>
        {lessons(facts, headquarters).map((lesson, index) => (
          <Step
            key={lesson.id}
            lesson={lesson}
            number={index + 1}
            done={ticks[lesson.id]}
            isCurrent={lesson.id === current}
            facts={facts}
          />
        ))}
      </ol>
      {current === undefined && (
        <p className="tour-end">
          That is the whole round. Go on by yourself: type <code>/pbx help</code>, or switch on something that
          can go wrong under a phone system and run the sweep.
        </p>
      )}
      <p className="unseen" role="status">
        {said}
      </p>
      <Foot isOver={current === undefined} isBegun={done > 0} skip={skip} startOver={startOver} />
    </div>
  );
}

interface FootFacts {
  readonly isOver: boolean;
  readonly isBegun: boolean;
  skip(): void;
  startOver(): void;
}

function Foot({ isOver, isBegun, skip, startOver }: FootFacts) {
  return (
    <footer>
      <button type="button" className="quiet" onClick={skip}>
        {isOver ? 'Hide the tour' : 'Skip the tour'}
      </button>
      {isBegun && (
        <button
          type="button"
          className="quiet"
          title="Counts only what you do from now on. The playground stays as it is; restart it for a fresh one."
          onClick={startOver}
        >
          Start over
        </button>
      )}
    </footer>
  );
}
