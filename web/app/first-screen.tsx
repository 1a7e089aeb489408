/** The first screen: where a dump goes. */
import { useRef } from 'preact/hooks';
import { openFiles } from './intake.ts';
import { usePage } from './page-context.ts';
import { Recipes } from './recipes.tsx';

/** Presets that show something worth a look each. */
const EXAMPLES: Readonly<Record<string, string>> = {
  'surface-pro7': 'laptop, default WB with UC holes',
  'thinkpad-t400': 'laptop of 2008, UC holes in front of WB',
  'lenovo-z575': 'a mask with holes',
  'ovmf-gpu': 'VM with a 16 GiB BAR',
  'thinkbook-20vh': 'UC from 16 to 512 GiB',
};

/** Says what to do, and takes a file. */
export function FirstScreen() {
  const page = usePage();
  const isReady = page.phase.value.kind === 'empty';
  return (
    <div class="first">
      <ChooseFile />
      <section aria-labelledby="examples">
        <h2 id="examples">Or look at an example</h2>
        <div class="examples">
          {Object.entries(EXAMPLES).map(([name, what]) => (
            <button
              type="button"
              key={name}
              disabled={!isReady}
              onClick={() => void page.open({ preset: name })}
            >
              <b>{name}</b> <span>{what}</span>
            </button>
          ))}
        </div>
      </section>
      <Recipes />
    </div>
  );
}

function ChooseFile() {
  const page = usePage();
  const input = useRef<HTMLInputElement>(null);
  return (
    <section class="drop" aria-labelledby="drop">
      <h2 id="drop">Drop or paste a dump</h2>
      <p>
        dmesg, /proc/mtrr, rdmsr, coreboot or EDK II logs, QEMU and KVM state, or an eptsweep config: which it
        is, is found out.
      </p>
      <p>
        <button type="button" class="main" onClick={() => input.current?.click()}>
          Choose a file
        </button>{' '}
        <span class="soft">or paste with Ctrl+V, anywhere on this page</span>
      </p>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="A dump, and further texts that say what is RAM"
        onChange={({ currentTarget }) => {
          openFiles(page, [...(currentTarget.files ?? [])]);
          currentTarget.value = '';
        }}
      />
      <p class="soft">
        Shows which memory type each page gets from MTRRs, PAT and KVM's EPT entries, and why. It is computed
        in this page; nothing leaves the browser.
      </p>
    </section>
  );
}
