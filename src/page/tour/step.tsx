import { useEffect, useState } from 'react';
import type { Facts } from '../../demo/playground/face.js';
import { useSlack } from '../frame/live.js';
import { pointAt } from '../fleet/point.js';
import { showPane } from '../frame/pane.js';
import { usePlace } from '../frame/place.js';
import type { Lesson } from './guide.js';

interface StepFacts {
  readonly lesson: Lesson;
  readonly number: number;
  /** What happened, once it has. */
  readonly done: string | undefined;
  readonly isCurrent: boolean;
  readonly facts: Facts;
}

/** One step: the next one is open, the others can be opened. */
export function Step({ lesson, number, done, isCurrent, facts }: StepFacts) {
  const isDone = done !== undefined;
  const [isOpen, setOpen] = useState(isCurrent);
  useEffect(() => setOpen(isCurrent), [isCurrent]);
  const bodyId = `tour-${lesson.id}`;
  return (
    <li className="step" data-done={isDone} aria-current={isCurrent ? 'step' : undefined}>
      <h3>
        <button type="button" aria-expanded={isOpen} aria-controls={bodyId} onClick={() => setOpen(!isOpen)}>
          <span className="step-mark" aria-hidden="true">
            {isDone ? '✓' : number}
          </span>
          {lesson.title}
          {isDone && <span className="unseen">, done</span>}
        </button>
      </h3>
      {isDone && <p className="step-done">{done}</p>}
      <div id={bodyId} className="step-body" hidden={!isOpen}>
        <p>{lesson.todo}</p>
        <Be lesson={lesson} />
        {lesson.line !== undefined && <Line line={lesson.line} facts={facts} />}
        <p className="step-look">
          <b>Look:</b> {lesson.look}
        </p>
        <Go lesson={lesson} />
        <Point lesson={lesson} />
        <p className="step-doc">
          <a href={`./docs/${lesson.doc}`} target="_blank" rel="noreferrer">
            docs/{lesson.doc}
          </a>
        </p>
      </div>
    </li>
  );
}

/** Who to be, unless one is already. */
function Be({ lesson: { person } }: Pick<StepFacts, 'lesson'>) {
  const people = useSlack()?.people ?? [];
  const [place, go] = usePlace();
  if (person === undefined) return null;
  const name = people.find(({ id }) => id === person)?.realName ?? person;
  if (place.person === person) return <p className="step-you">You are {name}.</p>;
  return (
    <button type="button" onClick={() => go({ person })}>
      Be {name}
    </button>
  );
}

function Point({ lesson: { setting } }: Pick<StepFacts, 'lesson'>) {
  if (setting === undefined) return null;
  const point = (): void => {
    showPane('Phone systems');
    pointAt(setting);
  };
  return (
    <button type="button" onClick={point}>
      {setting.label}
    </button>
  );
}

function Go({ lesson: { room } }: Pick<StepFacts, 'lesson'>) {
  const channels = useSlack()?.channels ?? [];
  const [place, go] = usePlace();
  if (room === undefined || place.room === room) return null;
  const name = channels.find(({ id }) => id === room)?.name ?? room;
  const open = (): void => {
    showPane('Slack');
    go({ room });
  };
  return (
    <button type="button" onClick={open}>
      Open #{name}
    </button>
  );
}

function Line({ line, facts }: { readonly line: string; readonly facts: Facts }) {
  const [place, go] = usePlace();
  const [said, setSaid] = useState('');
  function type(): void {
    showPane('Slack');
    if (place.room === 'home') go({ room: facts.channels.approvals });
    // The message box of another room is there only after it was drawn.
    setTimeout(() => dispatchEvent(new CustomEvent('plumbline-compose', { detail: { text: line } })), 50);
    setSaid('It stands in the message box: press Enter there.');
  }
  function copy(): void {
    navigator.clipboard.writeText(line).then(
      () => setSaid('Copied.'),
      () => setSaid('The browser did not let it be copied: select the text instead.'),
    );
  }
  return (
    <div className="line">
      <code>{line}</code>
      <button type="button" onClick={type}>
        Type it for me
      </button>
      <button type="button" className="quiet" onClick={copy}>
        Copy
      </button>
      <p role="status">{said}</p>
    </div>
  );
}
