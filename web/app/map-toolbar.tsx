/** What is shown of the map, and how: its lanes, its scale, an address to go to. */
import { useId, useRef, useState } from 'preact/hooks';
import type { PatType, Want } from '../../src/index.ts';
import { PAT_CHOICES } from '../draw/type-names.ts';
import type { Companions } from '../state/companions.ts';
import { MOST_LANES } from '../state/view-state.ts';
import type { Lane } from '../worker/protocol.ts';
import { stepMap, zoomMap } from './map-control.ts';
import { useOpened, usePage } from './page-context.ts';
import { frameOfAddress } from './parse-address.ts';

const WANTS: readonly (readonly [Want, string])[] = [
  ['ept', 'EPT type'],
  ['mtrr', 'MTRR type'],
  ['levels', 'page size'],
  ['effective', 'effective type'],
];

/** Id of the field that `/` goes to. */
export const ADDRESS_ID = 'address';

/** All tools of the map. */
export function MapToolbar({ isCounted }: { readonly isCounted: boolean }) {
  const page = usePage();
  const { want, pat, scale, window } = page.view.value;
  return (
    <div class="tools">
      <Lanes />
      <div class="tool-row">
        <label>
          Show{' '}
          <select
            value={want}
            onChange={({ currentTarget }) => page.look({ want: currentTarget.value as Want })}
          >
            {WANTS.map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
        {want === 'effective' && (
          <label>
            PAT{' '}
            <select
              value={pat}
              onChange={({ currentTarget }) => page.look({ pat: Number(currentTarget.value) as PatType })}
            >
              {PAT_CHOICES.map(({ pat, name }) => (
                <option key={name} value={pat}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          Scale{' '}
          <select
            value={scale}
            onChange={({ currentTarget }) => page.look({ scale: currentTarget.value as 'log' | 'true' })}
          >
            <option value="log">by logarithm of size</option>
            <option value="true">true</option>
          </select>
        </label>
        <fieldset class="buttons" aria-label="Window">
          <button type="button" aria-label="Zoom in" title="Zoom in (w)" onClick={() => zoomMap(page, 0.5)}>
            +
          </button>
          <button type="button" aria-label="Zoom out" title="Zoom out (s)" onClick={() => zoomMap(page, 2)}>
            −
          </button>
          <button
            type="button"
            aria-label="To lower addresses"
            title="Lower (a)"
            onClick={() => stepMap(page, -0.5)}
          >
            ←
          </button>
          <button
            type="button"
            aria-label="To higher addresses"
            title="Higher (e)"
            onClick={() => stepMap(page, 0.5)}
          >
            →
          </button>
          <button type="button" disabled={!window} onClick={() => page.look({ window: undefined })}>
            Whole space
          </button>
        </fieldset>
        <Places />
        <Address />
        {isCounted && <span class="soft">more answers than cells: drawn by their shares</span>}
      </div>
    </div>
  );
}

function Places() {
  const page = usePage();
  return (
    <fieldset class="buttons" aria-label="Places">
      <button type="button" title="[" onClick={() => void page.seek('boundary', 'previous')}>
        ‹ boundary
      </button>
      <button type="button" title="]" onClick={() => void page.seek('boundary', 'next')}>
        boundary ›
      </button>
      <button
        type="button"
        title="d"
        disabled={page.view.value.lanes.length < 2}
        onClick={() => void page.seek('difference', 'next')}
      >
        difference ›
      </button>
    </fieldset>
  );
}

function Address() {
  const page = usePage();
  const { machine } = useOpened();
  const field = useRef<HTMLInputElement>(null);
  const [wrong, setWrong] = useState('');
  const go = (event: Event) => {
    event.preventDefault();
    const gfn = frameOfAddress(field.current?.value ?? '');
    const isInside = gfn !== undefined && gfn < machine.frames;
    setWrong(
      isInside
        ? ''
        : gfn === undefined
          ? 'hex, as 0xa0000, or a size, as 4G'
          : `the space ends at 2^${machine.maxphyaddr}`,
    );
    if (isInside) page.select(gfn);
  };
  return (
    <form class="address" onSubmit={go}>
      <label for={ADDRESS_ID}>Address</label>
      <input
        id={ADDRESS_ID}
        ref={field}
        size={14}
        placeholder="0xa0000"
        autocomplete="off"
        spellcheck={false}
        aria-invalid={wrong !== ''}
        aria-describedby="address-wrong"
      />
      <button type="submit">Go</button>
      <span id="address-wrong" class="wrong" role="alert">
        {wrong}
      </span>
    </form>
  );
}

/** What a lane is called. */
export function laneTitle(
  { policy, vcpu, set = [], machine }: Lane,
  companions: Companions = new Map(),
): string {
  const name = machine === undefined ? undefined : companions.get(machine)?.name;
  return [
    ...(name === undefined ? [] : [name]),
    policy,
    ...(vcpu === undefined ? [] : [`vCPU ${vcpu}`]),
    ...set,
  ].join(', ');
}

function Lanes() {
  const page = usePage();
  const { lanes, lane: chosen } = page.view.value;
  const titles = lanes.map((lane) => laneTitle(lane, page.companions.value));
  return (
    <ul class="lanes" aria-label="Lanes">
      {titles.map((title, index) => (
        <li key={title} class={index === chosen ? 'lane chosen' : 'lane'}>
          <button
            type="button"
            class="plain"
            aria-pressed={index === chosen}
            title={`Ask this lane (${index + 1})`}
            onClick={() => page.look({ lane: index })}
          >
            <kbd>{index + 1}</kbd> {title}
            {index === 0 && lanes.length > 1 && <span class="soft"> reference</span>}
          </button>
          {index > 0 && (
            <button
              type="button"
              class="plain"
              aria-label={`Make ${title} the reference`}
              title="Make it the reference"
              onClick={() => page.putFirst(index)}
            >
              ↑
            </button>
          )}
          {lanes.length > 1 && (
            <button
              type="button"
              class="plain"
              aria-label={`Remove the lane ${title}`}
              title="Remove"
              onClick={() => page.removeLane(index)}
            >
              ×
            </button>
          )}
        </li>
      ))}
      {lanes.length < MOST_LANES && (
        <li>
          <AddLane />
        </li>
      )}
    </ul>
  );
}

const KINDS = { manual: 'Manual', kernel: 'KVM', peer: 'Others' } as const;

function AddLane() {
  const page = usePage();
  const { machine } = useOpened();
  const id = useId();
  const { view, catalogue } = page;
  const vcpu = view.value.lanes[view.value.lane]?.vcpu;
  const policies = catalogue.value?.policies ?? [];
  const add = (value: string) => {
    const [kind = '', name = '', of = ''] = value.split(' ');
    const isVcpu = kind === 'vcpu';
    const policy = isVcpu ? (view.value.lanes[0]?.policy ?? machine.policy) : name;
    const cpu = isVcpu ? Number(name) : vcpu;
    page.addLane({
      policy,
      ...(cpu !== undefined && { vcpu: cpu }),
      ...(of !== '' && { machine: Number(of) }),
    });
  };
  return (
    <>
      <label class="sr-only" for={id}>
        Add a lane
      </label>
      <select
        id={id}
        value=""
        onChange={({ currentTarget }) => {
          add(currentTarget.value);
          currentTarget.value = '';
        }}
      >
        <option value="">+ lane</option>
        {machine.groups.length > 1 && (
          <optgroup label="vCPUs">
            {machine.groups.map(({ label, ids }) => (
              <option key={label} value={`vcpu ${ids[0]}`}>
                {label}
              </option>
            ))}
          </optgroup>
        )}
        {[...page.companions.value].map(([id, { name, machine: beside }]) => (
          <optgroup key={id} label={name}>
            {beside.groups.map(({ label, ids }) => (
              <option key={label} value={`vcpu ${ids[0]} ${id}`}>
                {label}
              </option>
            ))}
          </optgroup>
        ))}
        {(Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => (
          <optgroup key={kind} label={KINDS[kind]}>
            {policies
              .filter((policy) => policy.kind === kind)
              .map(({ name, title }) => (
                <option key={name} value={`policy ${name}`}>
                  {title === '' || title === name ? name : `${name}: ${title}`}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </>
  );
}
